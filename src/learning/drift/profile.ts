import { InvalidArgumentError } from "../../core/index.ts";
import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";

/** How one feature was spread over the rows that a model learned from. */
export interface FeatureProfile {
  readonly name: FeatureName;
  /** Rising; bin `i` holds what lies above edge `i - 1` and not above edge `i`. */
  readonly edges: readonly number[];
  /** Share of the rows in each bin, and of those where it is unknown as the last: `edges.length + 2` numbers. */
  readonly shares: readonly number[];
}

/** How all features were spread: what questions are compared with. Plain data. */
export interface Profile {
  readonly rows: number;
  readonly features: readonly FeatureProfile[];
}

/** Tenths of the rows, as is usual for the index; a feature of few values has fewer bins. */
const BINS = 10;

/** The bin of a value; NaN is unknown and has the last one. */
export function binOf(edges: readonly number[], value: number): number {
  if (Number.isNaN(value)) return edges.length + 1;
  let bin = 0;
  while (bin < edges.length && value > edges[bin]) bin += 1;
  return bin;
}

/** Distinct tenths of sorted values; one at the very end would cut nothing off. */
function edgesOf(sorted: Float64Array): number[] {
  const edges: number[] = [];
  const last = sorted[sorted.length - 1];
  for (let i = 1; i < BINS && sorted.length > 0; i++) {
    const edge = sorted[Math.ceil((i * sorted.length) / BINS) - 1];
    if (edge < last && edge !== edges.at(-1)) edges.push(edge);
  }
  return edges;
}

/**
 * The spread of every feature over some rows, in tenths: fixed at training, so that whatever is asked later is counted into the
 * same bins.
 *
 * @throws {InvalidArgumentError} without rows.
 * @example
 * profileOf(train).features[0]?.shares.length; // 11
 */
export function profileOf({ rows, X }: Pick<Dataset, "rows" | "X">): Profile {
  if (rows === 0) throw new InvalidArgumentError({ argument: "dataset", problem: "must have rows", value: rows });
  const features = FEATURE_NAMES.map((name, column): FeatureProfile => {
    const values = Float64Array.from({ length: rows }, (_, row) => X[row * INPUTS + column]);
    const edges = edgesOf(values.filter((value) => !Number.isNaN(value)).sort());
    const counts = new Float64Array(edges.length + 2);
    for (const value of values) counts[binOf(edges, value)] += 1;
    return { name, edges, shares: Array.from(counts, (count) => count / rows) };
  });
  return { rows, features };
}

/** Rows counted into the bins of a profile: the whole memory of a watch, whatever the number of rows. */
export interface BinCounts {
  rows: number;
  readonly counts: readonly Float64Array[];
}

/** Nothing counted yet. */
export function emptyCounts({ features }: Profile): BinCounts {
  return { rows: 0, counts: features.map(({ edges }) => new Float64Array(edges.length + 2)) };
}

/** Counts one row, in place. */
export function countRow({ features }: Profile, into: BinCounts, X: Float64Array, offset = 0): void {
  into.rows += 1;
  features.forEach(({ edges }, column) => {
    into.counts[column][binOf(edges, X[offset + column])] += 1;
  });
}
