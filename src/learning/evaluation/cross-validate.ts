import { createInlineJobs, type Jobs } from "../../jobs/index.ts";
import { type Dataset, settledOnly, takeRows } from "../data/dataset.ts";
import { baseRateOf } from "../models/base-rate.ts";
import type { Forecasts } from "../models/decision.ts";
import { type Fold, type FoldOptions, splitFolds } from "../models/folds.ts";
import type { Model } from "../models/model.ts";
import type { FitSwitches } from "../models/switches.ts";
import type { Evaluation } from "./figures.ts";
import type { ForecastPair } from "./report.ts";
import { type FoldResult, resultOf, testFold } from "./test-fold.ts";

/** What cross-validation came to: the rows that were tested, in order, beside what was said of them before they were seen. */
export interface CrossValidation {
  readonly dataset: Dataset;
  readonly forecasts: ForecastPair;
  readonly folds: readonly Evaluation[];
}

/** Learns a model in a way of one's own, from the training rows of a fold. */
export type FitFold = (train: Dataset, fold: number) => Promise<Model>;

/** How to {@link crossValidate}. */
export interface CrossValidationOptions extends FoldOptions {
  /** Who does the folds (default: this thread, one after another). A function of one's own runs here in any case. */
  readonly jobs?: Jobs | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each fold: how many are done, and of how many. */
  readonly onFold?: ((done: number, folds: number) => void) | undefined;
  /** Share of the work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Forecasts of several sets of rows, one after another. */
export function joinForecasts(list: readonly Forecasts[]): Forecasts {
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

async function runFolds(
  dataset: Dataset,
  how: FitSwitches | FitFold,
  rounds: readonly Fold[],
  { jobs = createInlineJobs(), signal, onFold, onProgress }: CrossValidationOptions,
): Promise<FoldResult[]> {
  let done = 0;
  const told = () => {
    done += 1;
    onFold?.(done, rounds.length);
  };
  if (typeof how !== "function") {
    const inputs = rounds.map((round) => ({ ...round, switches: how }));
    return jobs.run(testFold, { dataset }, inputs, { signal, onProgress, onResult: told });
  }
  const results: FoldResult[] = [];
  for (const [k, { train, test }] of rounds.entries()) {
    signal?.throwIfAborted();
    results.push(resultOf(await how(takeRows(dataset, train), k), takeRows(dataset, test)));
    told();
    onProgress?.(done / rounds.length);
  }
  return results;
}

/**
 * Cross-validation by conversation (stratified) or by time: what learns sees the training rows of each fold and nothing else, the
 * baseline too is that of the training rows. A report is made by `reportForecasts(result.dataset, result.forecasts)`.
 *
 * @param how switches of `fit`, which `jobs` may spread over threads; or a function that learns.
 * @throws {InvalidArgumentError} for impossible folds; {@link JobFailedError} with the code of what `fit` threw; what the function
 * throws; the signal's reason.
 * @example
 * const { folds } = await crossValidate(dataset, { kind: "trees" }, { folds: 5, seed: 7, jobs: createThreadJobs() });
 * folds.map(({ auc }) => auc); // [0.7, 0.72, 0.69, 0.71, 0.68]
 */
export async function crossValidate(
  dataset: Dataset,
  how: FitSwitches | FitFold,
  options: CrossValidationOptions = {},
): Promise<CrossValidation> {
  const { folds, seed, by } = options;
  const rounds = splitFolds(dataset, { folds, seed, by });
  const results = await runFolds(dataset, how, rounds, options);
  const all = settledOnly(
    takeRows(
      dataset,
      rounds.flatMap(({ test }) => [...test]),
    ),
  );
  const forecasts = {
    own: joinForecasts(results.map(({ own }) => own)),
    base: joinForecasts(results.map(({ base }) => base)),
    baseline: baseRateOf(dataset),
  };
  return { dataset: all, forecasts, folds: results.map(({ figures }) => figures) };
}
