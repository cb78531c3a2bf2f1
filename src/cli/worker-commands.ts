import type { Command } from "commander";
import { examples, type Flags, logFlags, notNegative, whole } from "./flags.ts";

/** Who does the pieces that others hand out. */
export function workerCommand(program: Command): void {
  logFlags(
    program
      .command("worker")
      .description("do pieces of `sweep`, `backtest`, `train --cv` and `features` that other machines began")
      .option("--jobs.redis <url>", "Redis through which work is handed out; needs bullmq and ioredis")
      .option(
        "--jobs.data <folder>",
        "folder of data, shared with whoever starts work or for what is fetched (default: ~/.conversion-subnet/jobs)",
      )
      .option("--concurrency <number>", "pieces done at once, each on a thread (default: the cores)", whole(1))
      .option("--drain <seconds>", "at the end, time for pieces in hand; then they are given back", notNegative, 60),
  )
    .addHelpText(
      "after",
      examples(
        "worker --jobs.redis redis://127.0.0.1:6379",
        "worker --jobs.redis redis://:PASSWORD@10.0.0.5:6379 --concurrency 8 --jobs.data /mnt/shared",
      ),
    )
    .action(async (flags: Flags) => (await import("./worker.ts")).runWorker(flags));
}
