import { type Dataset, INPUTS, settledOnly } from "../data/dataset.ts";
import type { Forecasts } from "../models/decision.ts";
import type { Model } from "../models/model.ts";
import { boundTime, createForecaster, createTimeQuantiles, momentOf } from "../models/predict.ts";
import { type Evaluation, figuresOf } from "./figures.ts";

/** The interval that reports give holds this share of the times, as much on either side. */
export const COVERAGE = 0.8;
const LEVELS: readonly number[] = [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2];

/** Forecasts of every row, times after the row's own moment. */
export function forecastRows(model: Model, { rows, X }: Pick<Dataset, "rows" | "X">): Forecasts {
  const forecast = createForecaster(model);
  const quantiles = createTimeQuantiles(model);
  const probabilities = new Float64Array(rows);
  const timesSeconds = new Float64Array(rows);
  const lowSeconds = new Float64Array(rows);
  const highSeconds = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const { probability, timeSeconds } = forecast(X, row * INPUTS);
    probabilities[row] = probability;
    timesSeconds[row] = boundTime(timeSeconds, momentOf(X, row * INPUTS), Number.POSITIVE_INFINITY);
    [lowSeconds[row], highSeconds[row]] = quantiles(X, row * INPUTS, LEVELS);
  }
  const { threshold } = model.decision;
  const classes = Uint8Array.from(probabilities, (probability) => (probability >= threshold ? 1 : 0));
  return { probabilities, timesSeconds, lowSeconds, highSeconds, classes };
}

/**
 * The main figures of a model on a dataset; rows whose outcome is still out do not count. {@link createReport} has more.
 *
 * @example
 * evaluate(baselineModel({ rate: 0.5, medianTimeSeconds: 60 }), dataset).auc; // 0.5
 */
export function evaluate(model: Model, dataset: Dataset): Evaluation {
  const rows = settledOnly(dataset);
  return figuresOf(forecastRows(model, rows), rows, model.baseline);
}
