import { join } from "node:path";
import { UserError } from "../core/index.ts";
import { reportTask, testFold, trialFold } from "../learning/index.ts";
import type { WorkerTask } from "../redis/index.ts";
import { featuresTask } from "./features-task.ts";
import type { Flags } from "./flags.ts";
import { ownFolder } from "./own-folder.ts";
import { aborted, loggerOf, untilSignal } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/** All that a worker does: nothing else is loaded, whatever a piece names. */
const TASKS: readonly WorkerTask[] = [testFold, trialFold, reportTask, featuresTask];

/** Beyond the time for pieces in hand: connections are closed. */
const CLOSING_MS = 10_000;

/** `conversion-subnet worker` */
export async function runWorker(flags: Flags): Promise<void> {
  const url = flags["jobs.redis"];
  if (typeof url !== "string") {
    throw new UserError("A worker is told by --jobs.redis where work is handed out.", {
      hint: "Try --jobs.redis redis://127.0.0.1:6379, or set CONVERSION_SUBNET_JOBS_REDIS.",
    });
  }
  const logger = loggerOf(flags);
  const { createQueueWorker } = await import("../redis/index.ts");
  const folder = typeof flags["jobs.data"] === "string" ? flags["jobs.data"] : join(ownFolder(), "jobs");
  const concurrency = typeof flags.concurrency === "number" ? flags.concurrency : undefined;
  const graceMs = Number(flags.drain) * 1_000;
  await untilSignal(
    async (signal) => {
      const version = packageVersion();
      const worker = await createQueueWorker({ url, version, concurrency, folder }, { tasks: TASKS, logger });
      logger.info("Worker ready", { redis: worker.address, version, threads: worker.concurrency, data: folder });
      await aborted(signal);
      logger.info("Worker takes no more pieces, and finishes those in hand");
      logger.info("Worker stopped", { givenBack: await worker.close({ graceMs }) });
    },
    { closingMs: graceMs + CLOSING_MS },
  );
}
