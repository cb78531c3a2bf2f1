import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { auc } from "../../scoring/index.ts";
import { type Dataset, INPUTS, settledOnly } from "../data/dataset.ts";
import { splitFolds } from "../models/folds.ts";
import { fitTrees } from "../trees/fit-trees.ts";
import { createTreesScorer } from "../trees/score-trees.ts";

/** How well one feature alone tells the classes apart, on rows that the tiny model has not seen. */
export interface SingleFeature {
  readonly feature: FeatureName;
  readonly auc: number;
}

/** A single input that tells the classes apart this well has usually seen the outcome. */
export const SUSPICIOUS_AUC = 0.95;
const TINY = { rounds: 10, maxLeaves: 4, learningRate: 0.3, minRowsPerLeaf: 10 } as const;

/**
 * Trains a tiny model on each feature alone, in two folds by conversation: an AUC above {@link SUSPICIOUS_AUC} means that the
 * feature was taken after the outcome, or is the outcome. That a feature is unknown counts as a value. Largest first.
 *
 * @example
 * (await checkLeakage(dataset)).filter(({ auc }) => auc > SUSPICIOUS_AUC); // []
 */
export async function checkLeakage(dataset: Dataset, { seed = 1 }: { seed?: number } = {}): Promise<SingleFeature[]> {
  const { rows, X, y, groups } = settledOnly(dataset);
  if (new Set(groups).size < 4 || new Set(y).size < 2) return [];
  const folds = splitFolds(settledOnly(dataset), { folds: 2, seed });
  const found: SingleFeature[] = [];
  for (const [column, feature] of FEATURE_NAMES.entries()) {
    const values = Float64Array.from({ length: rows }, (_, row) => X[row * INPUTS + column]);
    if (new Set(values).size < 2) continue;
    const scores = new Float64Array(rows);
    for (const { train, test } of folds) {
      const targets = train.map((row) => y[row]);
      if (new Set(targets).size < 2) return [];
      const data = { X: Float64Array.from(train, (row) => values[row]), columns: 1, targets };
      const { trees } = await fitTrees(data, { ...TINY, seed });
      const score = createTreesScorer(trees);
      for (const row of test) scores[row] = score(values, row);
    }
    found.push({ feature, auc: auc(scores, y) ?? 0.5 });
  }
  return found.sort((a, b) => b.auc - a.auc);
}

/**
 * Sentences for the features that are suspicious: those above {@link SUSPICIOUS_AUC}.
 *
 * @example
 * leakageWarnings([{ feature: "total_messages", auc: 0.99 }]);
 * // ["total_messages alone separates the classes (AUC 0.990): check that it was taken before the outcome."]
 */
export function leakageWarnings(features: readonly SingleFeature[]): string[] {
  return features
    .filter(({ auc: area }) => area > SUSPICIOUS_AUC)
    .map(
      ({ feature, auc: area }) =>
        `${feature} alone separates the classes (AUC ${area.toFixed(3)}): check that it was taken before the outcome.`,
    );
}
