import { auc, brierScore, logLoss, mean } from "../../scoring/index.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import type { RowForecasts } from "../models/decision.ts";
import type { BaseRate } from "../models/model.ts";
import { boundTime, momentOf } from "../models/predict.ts";

/** A model on rows it has not seen, beside the base rate. Null: no such row, or one class only. */
export interface Evaluation {
  readonly rows: number;
  readonly auc: number | null;
  readonly brier: number | null;
  readonly baseRateBrier: number | null;
  readonly logLoss: number | null;
  readonly baseRateLogLoss: number | null;
  /** Mean absolute error over the rows that converted at a known moment. */
  readonly timeMaeSeconds: number | null;
  /** The same of the median time, which also is never said before the landmark. */
  readonly baselineTimeMaeSeconds: number | null;
}

/** What the base rate and the median time say of every row. */
export function baselineForecasts({ rate, medianTimeSeconds }: BaseRate, { rows, X }: Pick<Dataset, "rows" | "X">) {
  return {
    probabilities: new Float64Array(rows).fill(rate),
    timesSeconds: Float64Array.from({ length: rows }, (_, row) =>
      boundTime(medianTimeSeconds, momentOf(X, row * INPUTS), Number.POSITIVE_INFINITY),
    ),
  };
}

/** Figures of forecasts, wherever they came from. */
export function figuresOf(own: RowForecasts, dataset: Dataset, baseline: BaseRate): Evaluation {
  const base = baselineForecasts(baseline, dataset);
  const timed = dataset.groups.flatMap((_, row) => (dataset.timeSeconds[row] > 0 ? [row] : []));
  const error = (times: ArrayLike<number>) => mean(timed.map((row) => Math.abs(times[row] - dataset.timeSeconds[row])));
  return {
    rows: dataset.rows,
    auc: auc(own.probabilities, dataset.y),
    brier: brierScore(own.probabilities, dataset.y),
    baseRateBrier: brierScore(base.probabilities, dataset.y),
    logLoss: logLoss(own.probabilities, dataset.y),
    baseRateLogLoss: logLoss(base.probabilities, dataset.y),
    timeMaeSeconds: error(own.timesSeconds),
    baselineTimeMaeSeconds: error(base.timesSeconds),
  };
}
