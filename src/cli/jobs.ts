import { createThreadJobs, type Jobs } from "../jobs/index.ts";
import type { Flags } from "./flags.ts";

/** Threads for as long as the work takes, as many as `--workers` says. */
export async function withJobs<T>(flags: Flags, work: (jobs: Jobs) => Promise<T>): Promise<T> {
  const jobs = createThreadJobs({ workers: typeof flags.workers === "number" ? flags.workers : undefined });
  try {
    return await work(jobs);
  } finally {
    await jobs.close();
  }
}
