import { auc, brierScore, logLoss, mean } from "../../scoring/index.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import type { BaselineModel, Model } from "../models/model.ts";
import { boundTime, createForecaster } from "../models/predict.ts";

/** A model on rows it has not seen, beside the base rate. Null: no such row, or one class only. */
export interface Evaluation {
  readonly rows: number;
  readonly auc: number | null;
  readonly brier: number | null;
  readonly baseRateBrier: number | null;
  readonly logLoss: number | null;
  /** Mean absolute error over the rows that converted at a known moment. */
  readonly timeMaeSeconds: number | null;
  /** The same of the median time, which also is never said before the landmark. */
  readonly baselineTimeMaeSeconds: number | null;
}

/** Forecasts of every row, times after the row's own moment. */
export function forecastRows(model: Model, { rows, X }: Pick<Dataset, "rows" | "X">) {
  const forecast = createForecaster(model);
  const probabilities = new Float64Array(rows);
  const timesSeconds = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const { probability, timeSeconds } = forecast(X, row * INPUTS);
    const from = X[row * INPUTS + DURATION];
    probabilities[row] = probability;
    timesSeconds[row] = boundTime(timeSeconds, Number.isNaN(from) ? null : from, Number.POSITIVE_INFINITY);
  }
  return { probabilities, timesSeconds };
}

/** Column of conversation_duration_seconds: the landmark's moment, as far as a row tells it. */
const DURATION = 0;

/**
 * Figures of a model on a dataset.
 *
 * @example
 * evaluate(baselineModel({ rate: 0.5, medianTimeSeconds: 60 }), dataset).auc; // 0.5
 */
export function evaluate(model: Model, dataset: Dataset): Evaluation {
  const baseline: BaselineModel = { kind: "baseline", baseline: model.baseline };
  const own = forecastRows(model, dataset);
  const base = forecastRows(baseline, dataset);
  const timed = dataset.groups.flatMap((_, row) => (dataset.timeSeconds[row] > 0 ? [row] : []));
  const error = (times: Float64Array) => mean(timed.map((row) => Math.abs(times[row] - dataset.timeSeconds[row])));
  return {
    rows: dataset.rows,
    auc: auc(own.probabilities, dataset.y),
    brier: brierScore(own.probabilities, dataset.y),
    baseRateBrier: brierScore(base.probabilities, dataset.y),
    logLoss: logLoss(own.probabilities, dataset.y),
    timeMaeSeconds: error(own.timesSeconds),
    baselineTimeMaeSeconds: error(base.timesSeconds),
  };
}
