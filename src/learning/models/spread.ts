import { SPREAD_LEVELS } from "./model.ts";

/** Quantiles of log errors at the levels of a spread, 0 in the middle, rising. */
export function spreadOf(logErrors: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(logErrors).sort();
  if (sorted.length === 0) return [];
  return SPREAD_LEVELS.map((level) => {
    const at = level * (sorted.length - 1);
    const low = sorted[Math.floor(at)];
    const value = low + (at - Math.floor(at)) * (sorted[Math.ceil(at)] - low);
    return level === 0.5 ? 0 : level < 0.5 ? Math.min(0, value) : Math.max(0, value);
  });
}
