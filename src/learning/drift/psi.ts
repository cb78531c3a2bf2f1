import { InvalidArgumentError } from "../../core/index.ts";
import type { FeatureName } from "../../schema.ts";
import type { BinCounts, Profile } from "./profile.ts";

/**
 * Below `moderate` little has changed, from `large` on something must be done: the rule of thumb of credit scoring, as Yurdakul and
 * Naranjo give it ("Statistical properties of the population stability index", Journal of Risk Model Validation, 2020). They show too
 * that few rows pass it by chance, hence {@link psiNoise}.
 */
export const PSI_LEVELS = { moderate: 0.1, large: 0.25 } as const;

/** How far a feature has moved. */
export type DriftLevel = "stable" | "moderate" | "large";

/** An empty bin would make the index infinite: no share counts as less. */
const LEAST_SHARE = 1e-4;
/** One look in a thousand at a feature that has not moved gives a larger index than the noise by chance. */
const NOISE_Z = 3.0902;

/**
 * Population stability index of two lists of shares: the sum of `(q - p) * ln(q / p)`. 0 for equal lists, never negative, and it
 * does not matter which comes first.
 *
 * @throws {InvalidArgumentError} for lists of different length, or a share that is negative or not finite.
 * @example
 * psi([0.5, 0.5], [0.7, 0.3]); // 0.169
 */
export function psi(expected: ArrayLike<number>, observed: ArrayLike<number>): number {
  if (expected.length !== observed.length) {
    const problem = `must be as many as the expected shares (${expected.length})`;
    throw new InvalidArgumentError({ argument: "observed", problem, value: observed.length });
  }
  let sum = 0;
  for (let i = 0; i < expected.length; i++) {
    const [p, q] = [shareAt("expected", expected, i), shareAt("observed", observed, i)];
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

function shareAt(argument: string, shares: ArrayLike<number>, i: number): number {
  const value = shares[i];
  if (value >= 0 && Number.isFinite(value)) return Math.max(LEAST_SHARE, value);
  throw new InvalidArgumentError({ argument: `${argument}[${i}]`, problem: "must be a share", value });
}

/**
 * The index that two samples of one and the same population pass once in a thousand times: it is spread as
 * `(1 / rows + 1 / other rows)` times chi-squared with one degree less than bins (Yurdakul and Naranjo), here by Wilson and Hilferty.
 *
 * @example
 * psiNoise({ bins: 11, expectedRows: 20000, observedRows: 200 }); // 0.149
 */
export function psiNoise({
  bins,
  expectedRows,
  observedRows,
}: {
  bins: number;
  expectedRows: number;
  observedRows: number;
}): number {
  const freedom = bins - 1;
  if (freedom < 1) return 0;
  const step = 2 / (9 * freedom);
  const critical = freedom * (1 - step + NOISE_Z * Math.sqrt(step)) ** 3;
  return critical * (1 / expectedRows + 1 / observedRows);
}

/** One feature, then and now. */
export interface FeatureDrift {
  readonly feature: FeatureName;
  readonly psi: number;
  /** What so few rows show by chance: an index below it says nothing. */
  readonly noise: number;
  readonly level: DriftLevel;
  /** Share of the rows where it is unknown. */
  readonly unknownBefore: number;
  readonly unknownNow: number;
}

function levelOf(index: number, noise: number): DriftLevel {
  if (index < PSI_LEVELS.moderate || index <= noise) return "stable";
  return index < PSI_LEVELS.large ? "moderate" : "large";
}

/**
 * Every feature's index, the largest first. Empty without rows.
 *
 * @example
 * const counts = emptyCounts(profile);
 * countRow(profile, counts, toVector(question.features));
 * featureDrift(profile, counts)[0]?.level; // "stable"
 */
export function featureDrift({ rows, features }: Profile, { rows: observedRows, counts }: BinCounts): FeatureDrift[] {
  if (observedRows === 0) return [];
  return features
    .map(({ name, shares }, column): FeatureDrift => {
      const now = Array.from(counts[column], (count) => count / observedRows);
      // A bin that is empty on both sides is none: "unknown", of most features.
      const bins = shares.filter((share, i) => share > 0 || now[i] > 0).length;
      // A row a bin, spread as before: else a small bin that few rows happen to miss would be an alarm by itself.
      const steadied = now.map((share, i) => share + ((shares[i] - share) * bins) / (observedRows + bins));
      const index = psi(shares, steadied);
      const noise = psiNoise({ bins, expectedRows: rows, observedRows });
      const [unknownBefore = 0, unknownNow = 0] = [shares.at(-1), now.at(-1)];
      return { feature: name, psi: index, noise, level: levelOf(index, noise), unknownBefore, unknownNow };
    })
    .sort((a, b) => b.psi - a.psi);
}
