import { createRandom, shuffled } from "../../core/index.ts";
import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { logLoss } from "../../scoring/index.ts";
import { type Dataset, INPUTS, takeRows } from "../data/dataset.ts";
import type { Model } from "../models/model.ts";
import { createForecaster } from "../models/predict.ts";

/** What a model loses without a feature. */
export interface Importance {
  readonly feature: FeatureName;
  /** Log loss with the feature's values dealt out anew, less that with its own: 0 = it is not used. */
  readonly logLossIncrease: number;
}

const MAX_ROWS = 1000;
const REPEATS = 3;

/**
 * Permutation importance (Breiman 2001), the largest first. Two features that say the same share what they are worth: neither
 * may look important.
 *
 * @example
 * permutationImportance(model, test)[0]; // { feature: "total_chars_from_agent", logLossIncrease: 0.031 }
 */
export function permutationImportance(
  model: Model,
  dataset: Dataset,
  { seed = 1 }: { seed?: number | undefined } = {},
): Importance[] {
  const random = createRandom(seed).fork("importance");
  const chosen = shuffled(
    dataset.groups.map((_, row) => row),
    random,
  ).slice(0, MAX_ROWS);
  const { rows, X, y } = takeRows(dataset, chosen);
  if (rows === 0) return [];
  const forecast = createForecaster(model);
  const lossOf = (values: Float64Array) =>
    logLoss(
      Array.from({ length: rows }, (_, row) => forecast(values, row * INPUTS).probability),
      y,
    ) ?? 0;
  const own = lossOf(X);
  return FEATURE_NAMES.map((feature, column): Importance => {
    const mixed = X.slice();
    let sum = 0;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const order = shuffled(
        Array.from({ length: rows }, (_, row) => row),
        random.fork(`${feature} ${repeat}`),
      );
      order.forEach((from, to) => {
        mixed[to * INPUTS + column] = X[from * INPUTS + column];
      });
      sum += lossOf(mixed) - own;
    }
    return { feature, logLossIncrease: sum / REPEATS };
  }).sort((a, b) => b.logLossIncrease - a.logLossIncrease);
}
