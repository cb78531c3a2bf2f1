import type { MinerStatus } from "../miner.ts";

/** What is counted in a status. */
export type Counts = Pick<MinerStatus, "predicted" | "fallbacks" | "lastFailure" | "requests">;

/** Nothing counted yet. */
export const NO_COUNTS: Counts = { predicted: 0, fallbacks: 0, lastFailure: null, requests: {} };

/** Counts of several processes as one. */
export function sumCounts(all: readonly Counts[]): Counts {
  const requests: Record<string, number> = Object.create(null);
  for (const one of all)
    for (const [outcome, count] of Object.entries(one.requests)) requests[outcome] = (requests[outcome] ?? 0) + count;
  return {
    predicted: all.reduce((sum, { predicted }) => sum + predicted, 0),
    fallbacks: all.reduce((sum, { fallbacks }) => sum + fallbacks, 0),
    lastFailure: all.findLast(({ lastFailure }) => lastFailure !== null)?.lastFailure ?? null,
    requests,
  };
}
