import { type Dataset, INPUTS, settledOnly } from "../data/dataset.ts";
import type { Model } from "../models/model.ts";
import { boundTime, createForecaster, momentOf } from "../models/predict.ts";
import { type Evaluation, figuresOf } from "./figures.ts";

/** Forecasts of every row, times after the row's own moment. */
export function forecastRows(model: Model, { rows, X }: Pick<Dataset, "rows" | "X">) {
  const forecast = createForecaster(model);
  const probabilities = new Float64Array(rows);
  const timesSeconds = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const { probability, timeSeconds } = forecast(X, row * INPUTS);
    probabilities[row] = probability;
    timesSeconds[row] = boundTime(timeSeconds, momentOf(X, row * INPUTS), Number.POSITIVE_INFINITY);
  }
  return { probabilities, timesSeconds };
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
