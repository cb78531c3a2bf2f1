import type { Matrix } from "./matrix.ts";

/** Shares are sums in some order: what is above kappa by less than this is not above it. */
const ROUNDING = 1e-12;

/**
 * The stake-weighted median of every column: the largest weight that validators with more than `kappa` of the stake give, or
 * exceed. What a minority gives beyond it counts for nothing.
 *
 * @param weights rows that sum to 1.
 * @param stake of the rows, summing to 1.
 * @example
 * consensusOf([Float64Array.of(0.6, 0.4), Float64Array.of(0, 1)], Float64Array.of(0.7, 0.3), 2, 0.5); // [0.6, 0.4]
 */
export function consensusOf(weights: Matrix, stake: Float64Array, columns: number, kappa: number): Float64Array {
  const consensus = new Float64Array(columns);
  const voters = [...weights.keys()].filter((row) => (stake[row] ?? 0) > 0);
  for (let column = 0; column < columns; column++) {
    const weightOf = (row: number) => weights[row]?.[column] ?? 0;
    const givers = voters.filter((row) => weightOf(row) > 0).sort((a, b) => weightOf(b) - weightOf(a));
    let held = 0;
    for (const row of givers) {
      held += stake[row] ?? 0;
      if (held <= kappa + ROUNDING) continue;
      consensus[column] = weightOf(row);
      break;
    }
  }
  return consensus;
}
