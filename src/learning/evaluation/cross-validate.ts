import { type Dataset, settledOnly, takeRows } from "../data/dataset.ts";
import { baseRateOf } from "../models/base-rate.ts";
import type { Forecasts } from "../models/decision.ts";
import { type FoldOptions, splitFolds } from "../models/folds.ts";
import { baselineModel, type Model } from "../models/model.ts";
import { evaluate, forecastRows } from "./evaluate.ts";
import type { Evaluation } from "./figures.ts";
import type { ForecastPair } from "./report.ts";

/** What cross-validation came to: the rows that were tested, in order, beside what was said of them before they were seen. */
export interface CrossValidation {
  readonly dataset: Dataset;
  readonly forecasts: ForecastPair;
  readonly folds: readonly Evaluation[];
}

/** How to {@link crossValidate}. */
export interface CrossValidationOptions extends FoldOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each fold: how many are done, and of how many. */
  readonly onFold?: ((done: number, folds: number) => void) | undefined;
}

function joinForecasts(list: readonly Forecasts[]): Forecasts {
  const join = (pick: (one: Forecasts) => ArrayLike<number>) =>
    Float64Array.from(list.flatMap((one) => Array.from(pick(one))));
  return {
    probabilities: join((one) => one.probabilities),
    timesSeconds: join((one) => one.timesSeconds),
    lowSeconds: join((one) => one.lowSeconds),
    highSeconds: join((one) => one.highSeconds),
    classes: Uint8Array.from(join((one) => one.classes)),
  };
}

/**
 * Cross-validation by conversation (stratified) or by time: `fit` sees the training rows of each fold and nothing else, the
 * baseline too is that of the training rows. A report is made by `reportForecasts(result.dataset, result.forecasts)`.
 *
 * @throws {InvalidArgumentError} for impossible folds; what `fit` throws; the signal's reason.
 * @example
 * const { folds } = await crossValidate(dataset, async (train) => (await fit(train, { seed: 7 })).model, { folds: 5, seed: 7 });
 * folds.map(({ auc }) => auc); // [0.7, 0.72, 0.69, 0.71, 0.68]
 */
export async function crossValidate(
  dataset: Dataset,
  fit: (train: Dataset, fold: number) => Promise<Model>,
  { signal, onFold, ...options }: CrossValidationOptions = {},
): Promise<CrossValidation> {
  const rounds = splitFolds(dataset, options);
  const tested: number[] = [];
  const own: Forecasts[] = [];
  const base: Forecasts[] = [];
  const folds: Evaluation[] = [];
  for (const [k, { train, test }] of rounds.entries()) {
    signal?.throwIfAborted();
    const model = await fit(takeRows(dataset, train), k);
    const rows = settledOnly(takeRows(dataset, test));
    own.push(forecastRows(model, rows));
    base.push(forecastRows(baselineModel(model.baseline), rows));
    folds.push(evaluate(model, rows));
    tested.push(...test);
    onFold?.(k + 1, rounds.length);
  }
  const all = settledOnly(takeRows(dataset, tested));
  const forecasts = { own: joinForecasts(own), base: joinForecasts(base), baseline: baseRateOf(dataset) };
  return { dataset: all, forecasts, folds };
}
