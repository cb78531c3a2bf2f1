import { InvalidArgumentError } from "../../core/index.ts";
import type { LinkOptions } from "./link.ts";

/** What nothing else was said about. */
export const CONSUMER_DEFAULTS = {
  stream: "live",
  group: "validator",
  batch: 500,
  blockMs: 500,
  claimIdleMs: 30_000,
  maxAttempts: 5,
  maxDeadLetters: 100_000,
  maxLater: 5_000,
  sinkTimeoutMs: 8_000,
  timeoutMs: 5_000,
};

/** Plain values of a consumer of events; all but the address have defaults. */
export interface IngestConsumerOptions extends Partial<Omit<LinkOptions, "url">> {
  /** As the producers': one primary that keeps a log (appendonly yes). */
  readonly url: string;
  /** Name of the stream. Default `"live"`. */
  readonly stream?: string;
  /** Each group is given every event, and its workers share them. Default `"validator"`. */
  readonly group?: string;
  /** Name of this worker, of no other that lives. Default: 16 random digits. */
  readonly consumer?: string;
  /** Entries read at once. Default 500. */
  readonly batch?: number;
  /** How long Redis is waited for when nothing is there; a stop takes so long. Default 500. */
  readonly blockMs?: number;
  /** What a worker has not acknowledged for so long, another takes. Default 30,000. */
  readonly claimIdleMs?: number;
  /** How often an event may fail, while others do not, before it goes to the dead letters. Default 5. */
  readonly maxAttempts?: number;
  /** Dead letters kept, the newest. Default 100,000. */
  readonly maxDeadLetters?: number;
  /** Entries that wait for another try; beyond them nothing new is read. Default 5,000. */
  readonly maxLater?: number;
  /** Deadline of the sink. Default 8,000. */
  readonly sinkTimeoutMs?: number;
}

/** A stream as its group sees it, a second ago at most. */
export interface StreamStatus {
  /** All that are there, dead letters left out. */
  readonly entries: number;
  /** Given to no worker of the group yet. */
  readonly unread: number;
  /** Given to one, and not acknowledged. */
  readonly pending: number;
  /** How long the oldest of both has waited, by the two clocks; 0 when there is none. */
  readonly oldestSeconds: number;
  readonly deadLetters: number;
}
/** What became of events at this worker. */
export interface IngestConsumerStatus {
  readonly ready: boolean;
  readonly accepted: number;
  readonly duplicates: number;
  /** Moved to the dead letters. */
  readonly dead: number;
  /** Tries that failed. */
  readonly failed: number;
  /** Taken over from workers that are gone. */
  readonly claimed: number;
  /** Waiting here for another try. */
  readonly later: number;
  readonly stream: StreamStatus | null;
}

/** Every number is whole and above 0. */
export function assertConsumerOptions(options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== "number" || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new InvalidArgumentError({ argument, problem: "must be a whole number above 0", value });
  }
}
