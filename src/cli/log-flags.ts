import type { Command } from "commander";
import { logFlags, whole } from "./flags.ts";

/** How loud a node is, and where it keeps what it said. */
export const nodeLogFlags = (command: Command) =>
  logFlags(command)
    .option("--logging.file [file]", "also write JSON lines to this file, or to one in the neuron's folder")
    .option("--logging.max_bytes <bytes>", "a larger file is put aside, and a new one begun", whole(1_024), 10_485_760)
    .option("--logging.keep <number>", "so many of those are kept", whole(0), 5)
    .option("--telemetry.traces", "begin OpenTelemetry spans, for an SDK that node --import registers")
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)");
