import {
  createLogger,
  createLogRing,
  errorText,
  type LogFile,
  type Logger,
  type LogRing,
  type Metrics,
  openLogFile,
  silentLogger,
  steadyHeap,
  systemClock,
  type Tracing,
  teeLogger,
} from "../core/index.ts";
import { openTelemetry, openTracing, type Telemetry } from "../telemetry/index.ts";
import type { Flags } from "./flags.ts";
import { logPathOf } from "./neuron-folder.ts";
import { levelOf, loggerOf } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/** What a node that runs says of itself, and to whom. */
export interface NodeTelemetry {
  /** Says it to the terminal, to the ring, and to the file of `--logging.file`. */
  readonly logger: Logger;
  /** The newest of what was said, for whoever looks in. */
  readonly ring: LogRing;
  /** What is counted, and the page of it. */
  readonly telemetry: Telemetry;
  /** Spans, with --telemetry.traces. */
  readonly tracing: Tracing | undefined;
}

/** Counts what is logged, by how loud it is; what is not printed is not counted. */
function countingLogger(metrics: Metrics): Logger {
  const at = (level: string) => {
    const count = metrics.counter("conversion_subnet_log_records_total", { level });
    return () => count();
  };
  return { ...silentLogger, info: at("info"), warn: at("warn"), error: at("error") };
}

async function openFile(flags: Flags, kind: "miner" | "validator", others: Logger): Promise<LogFile | null> {
  const path = logPathOf(flags, kind);
  if (path === null) return null;
  const sizes = {
    maxBytes: Number(flags["logging.max_bytes"]),
    keep: Number(flags["logging.keep"]),
    lineStart: '{"time":"',
  };
  return openLogFile(
    { path, ...sizes },
    {
      onLost: (why) =>
        others.error("The log file cannot be written to; its lines are lost", { file: path, error: why }),
      onWritten: (lost) => others.warn("The log file is written to again", { file: path, lost }),
    },
  );
}

/**
 * Runs a node with what it says of itself: opened before anything else of it, and closed after it.
 *
 * @throws {LockedError} when another process writes to the log file.
 */
export async function withNodeTelemetry<T>(
  flags: Flags,
  kind: "miner" | "validator",
  work: (node: NodeTelemetry) => Promise<T>,
): Promise<T> {
  steadyHeap();
  const level = levelOf(flags);
  const ring = createLogRing({ level }, systemClock);
  const others = teeLogger(loggerOf(flags), ring.logger);
  const file = await openFile(flags, kind, others);
  const version = packageVersion();
  const telemetry = await openTelemetry({ version });
  const tracing = flags["telemetry.traces"] === true ? await openTracing({ version }) : undefined;
  const counted = countingLogger(telemetry.metrics);
  const kept = file && createLogger({ level, format: "json", write: file.write, nowMs: systemClock.nowMs });
  try {
    return await work({
      logger: kept === null ? teeLogger(others, counted) : teeLogger(others, kept, counted),
      ring,
      telemetry,
      tracing,
    });
  } catch (error) {
    // The terminal is told by whoever catches it.
    kept?.error("The node ended", { error: errorText(error) });
    throw error;
  } finally {
    await file?.close();
  }
}
