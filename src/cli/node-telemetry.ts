import { createLogRing, type Logger, type LogRing, systemClock, teeLogger } from "../core/index.ts";
import { openTelemetry, type Telemetry } from "../telemetry/index.ts";
import type { Flags } from "./flags.ts";
import { levelOf, loggerOf } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/** What a node that runs says of itself, and to whom. */
export interface NodeTelemetry {
  /** Says it to the terminal and to the ring. */
  readonly logger: Logger;
  /** The newest of what was said, for whoever looks in. */
  readonly ring: LogRing;
  /** What is counted, and the page of it. */
  readonly telemetry: Telemetry;
  close(): Promise<void>;
}

/** Opened before anything else of a node, and closed after it. */
export async function openNodeTelemetry(flags: Flags): Promise<NodeTelemetry> {
  const ring = createLogRing({ level: levelOf(flags) }, systemClock);
  const telemetry = await openTelemetry({ version: packageVersion() });
  return {
    logger: teeLogger(loggerOf(flags), ring.logger),
    ring,
    telemetry,
    close: async () => undefined,
  };
}
