import { InvalidArgumentError } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, type Landmark } from "../../schema.ts";

/** What nothing else was said about. */
export const LIVE_DEFAULTS = {
  landmarks: DEFAULT_LANDMARKS,
  horizonSeconds: DEFAULT_HORIZON_SECONDS,
  outcomeDelaySeconds: 0,
  latenessSeconds: 3,
  staleSeconds: 600,
  maxFutureSeconds: 60,
  maxAgeSeconds: 604_800,
  maxOpen: 10_000,
  maxMessages: 1_000,
  maxHeldChars: 2 ** 26,
  maxWaiting: 5_000,
  maxAwaySeconds: 300,
  pollMs: 100,
  name: "live",
};

/** Plain values of live conversations; all have defaults. */
export interface LiveOptions {
  /** The validator's: a conversation is held back until its next landmark is complete. */
  readonly landmarks?: readonly Landmark[];
  /** For conversations of these sources. */
  readonly landmarksBySource?: Readonly<Record<string, readonly Landmark[]>>;
  readonly horizonSeconds?: number;
  /** How long after the horizon, or after closing, a conversion within the horizon may still be reported. Default 0. */
  readonly outcomeDelaySeconds?: number;
  /** How long after its moment a landmark is waited for, so that events out of order are put right. Default 3. */
  readonly latenessSeconds?: number;
  /** A landmark that is heard of later than this is not asked about: others may know by then what came of it. Default 600. */
  readonly staleSeconds?: number;
  /** How far an event's clock may be ahead of ours. Default 60. */
  readonly maxFutureSeconds?: number;
  /** How old an event may be. Default 604,800: a week. */
  readonly maxAgeSeconds?: number;
  /** Conversations under way at once. Default 10,000. */
  readonly maxOpen?: number;
  /** Messages of one conversation. Default 1,000. */
  readonly maxMessages?: number;
  /** UTF-16 code units held back in all conversations together. Default 2 ** 26. */
  readonly maxHeldChars?: number;
  /** Events that wait for their commit; beyond them the door says 503. Default 5,000. */
  readonly maxWaiting?: number;
  /** An absence longer than this makes silence say nothing: what has no outcome by its horizon is void. Default 300. */
  readonly maxAwaySeconds?: number;
  /** How often it is looked whether something is due. Default 100. */
  readonly pollMs?: number;
  /** For logs (default `"live"`). */
  readonly name?: string;
}

/** Every number of these is 0 or more and finite; those that count are whole and above 0. */
export function assertLiveOptions(options: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(options)) {
    if (typeof value !== "number") continue;
    const counts = argument.startsWith("max") && !argument.endsWith("Seconds");
    if (counts ? Number.isSafeInteger(value) && value > 0 : value >= 0 && Number.isFinite(value)) continue;
    const problem = counts ? "must be a whole number above 0" : "must be a number, 0 or more";
    throw new InvalidArgumentError({ argument, problem, value });
  }
}
