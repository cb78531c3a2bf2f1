import type { Jobs } from "../jobs/index.ts";
import { createThreadJobs } from "../jobs/index.ts";
import type { Flags } from "./flags.ts";
import { loggerOf } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/** Whether others do the pieces. */
export const isShared = (flags: Flags): boolean => typeof flags["jobs.redis"] === "string";

async function openJobs(flags: Flags): Promise<Jobs> {
  if (!isShared(flags)) {
    return createThreadJobs({ workers: typeof flags.workers === "number" ? flags.workers : undefined });
  }
  const { createQueueJobs } = await import("../redis/index.ts");
  const folder = flags["jobs.data"];
  const listen = flags["jobs.listen"];
  return createQueueJobs(
    {
      url: String(flags["jobs.redis"]),
      version: packageVersion(),
      folder: typeof folder === "string" ? folder : undefined,
      listen: typeof listen === "string" ? listenOf(listen) : undefined,
    },
    { logger: loggerOf(flags, "warn") },
  );
}

/** "10.0.0.5:7000", "10.0.0.5", "[::1]:7000". */
function listenOf(text: string): { host: string; port: number } {
  const [, host = text, port = "0"] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** Who does pieces of work, for as long as it takes: workers of `--jobs.redis`, else threads, as many as `--workers` says. */
export async function withJobs<T>(flags: Flags, work: (jobs: Jobs) => Promise<T>): Promise<T> {
  const jobs = await openJobs(flags);
  try {
    return await work(jobs);
  } finally {
    await jobs.close();
  }
}
