import type { Matrix } from "./matrix.ts";

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
  for (let column = 0; column < columns; column++) {
    const given = weights
      .map((line, row) => [line[column] ?? 0, stake[row] ?? 0] as const)
      .filter(([weight, share]) => weight > 0 && share > 0)
      .sort(([a], [b]) => b - a);
    let held = 0;
    for (const [weight, share] of given) {
      held += share;
      if (held <= kappa) continue;
      consensus[column] = weight;
      break;
    }
  }
  return consensus;
}
