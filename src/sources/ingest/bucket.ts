import type { Clock } from "../../core/index.ts";

/** Limits how much a key may send; see {@link createBuckets}. */
export interface Buckets {
  /** 0 when it may pass, else the seconds until it may. */
  take(key: string, amount: number): number;
}

/** Keys remembered; the one that was full for longest is forgotten first. */
const MAX_KEYS = 10_000;

/**
 * A token bucket a key, on the clock that never goes back. An amount above the burst passes when the bucket is full, and leaves it in debt: a
 * batch is not refused for ever.
 *
 * @example
 * const buckets = createBuckets({ perSecond: 10, burst: 20 }, { clock: createManualClock() });
 * buckets.take("a", 20); // 0
 * buckets.take("a", 5); // 1
 */
export function createBuckets(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  { clock }: { readonly clock: Clock },
): Buckets {
  const levels = new Map<string, { level: number; atMs: number }>();
  return {
    take(key, amount) {
      const nowMs = clock.monotonicMs();
      const one = levels.get(key) ?? { level: burst, atMs: nowMs };
      levels.delete(key);
      levels.set(key, one);
      if (levels.size > MAX_KEYS) levels.delete(levels.keys().next().value ?? "");
      one.level = Math.min(burst, one.level + ((nowMs - one.atMs) / 1_000) * perSecond);
      one.atMs = nowMs;
      const wanted = Math.min(amount, burst);
      if (one.level >= wanted) {
        one.level -= amount;
        return 0;
      }
      return Math.max(1, Math.ceil((wanted - one.level) / perSecond));
    },
  };
}
