import { InvalidArgumentError } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS } from "../../schema.ts";

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
