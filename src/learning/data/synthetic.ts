import { createRandom } from "../../core/index.ts";
import { FEATURES } from "../../schema.ts";
import { logistic } from "../network/steps.ts";
import { type Dataset, INPUTS } from "./dataset.ts";

/**
 * Seeded made-up rows, two per conversation, for tests, benchmarks and examples: numbers within the table's limits, a class
 * drawn from a smooth function of five of them, and a time that depends on a sixth. They say nothing about real chats.
 *
 * @param strength how much the features tell; 0 = nothing at all.
 * @example
 * syntheticDataset({ rows: 1000, seed: 7 }).rows; // 1000
 */
export function syntheticDataset({
  rows,
  seed = 1,
  strength = 2,
  missingShare = 0.05,
}: {
  rows: number;
  seed?: number;
  strength?: number;
  missingShare?: number;
}): Dataset {
  const random = createRandom(seed).fork("synthetic rows");
  const X = new Float64Array(rows * INPUTS);
  const y = new Uint8Array(rows);
  const timeSeconds = new Float64Array(rows).fill(Number.NaN);
  for (let row = 0; row < rows; row++) {
    const unit = Float64Array.from({ length: INPUTS }, () => random.next() * 2 - 1);
    FEATURES.forEach(({ integer, max }, i) => {
      const value = ((unit[i] + 1) / 2) * Math.min(max, 100);
      X[row * INPUTS + i] = random.next() < missingShare ? Number.NaN : integer ? Math.round(value) : value;
    });
    const score = unit[18] - unit[7] + unit[27] * unit[39] + unit[33] - 0.5 * unit[14];
    y[row] = random.next() < logistic(strength * score - 0.4) ? 1 : 0;
    if (y[row] === 0) continue;
    const from = X[row * INPUTS];
    const ahead = Math.exp(4 + (0.3 + strength / 5) * unit[15] + 0.4 * random.normal());
    timeSeconds[row] = (Number.isNaN(from) ? 0 : from) + ahead;
  }
  const groups = Array.from({ length: rows }, (_, row) => `synthetic-${row >> 1}`);
  const landmarks = Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? "4 messages" : "8 messages"));
  return { rows, X, y, timeSeconds, groups, landmarks };
}
