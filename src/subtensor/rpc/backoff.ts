/** Limits of the time between two attempts to connect. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before attempt number `attempt` (0 = the second try): twice as long each time, half of it by chance, so that a
 * thousand clients of a node that restarts do not come back in the same moment.
 *
 * @param chance in [0, 1).
 * @example
 * backoffMs(3, { minMs: 250, maxMs: 30_000 }, 0); // 1000
 */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffLimits, chance: number): number {
  const most = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return most / 2 + (most / 2) * chance;
}
