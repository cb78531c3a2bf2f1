import { defineTask } from "../../jobs/index.ts";
import { type Dataset, settledOnly, takeRows } from "../data/dataset.ts";
import type { Forecasts } from "../models/decision.ts";
import { fit } from "../models/fit.ts";
import { baselineModel, type Model } from "../models/model.ts";
import type { FitSwitches } from "../models/switches.ts";
import { forecastRows } from "./evaluate.ts";
import { type Evaluation, figuresOf } from "./figures.ts";

/** One round of cross-validation: row numbers, and what is learned from them. */
export interface FoldInput {
  readonly train: ArrayLike<number>;
  readonly test: ArrayLike<number>;
  readonly switches: FitSwitches;
}

/** What was said of the settled rows of `test` before they were seen, by the model and by its base rate. */
export interface FoldResult {
  readonly own: Forecasts;
  readonly base: Forecasts;
  readonly figures: Evaluation;
}

/** A model on the rows of a fold. */
export function resultOf(model: Model, rows: Dataset): FoldResult {
  const settled = settledOnly(rows);
  const own = forecastRows(model, settled);
  const base = forecastRows(baselineModel(model.baseline), settled);
  return { own, base, figures: figuresOf(own, settled, model.baseline) };
}

/** One round as a piece of work: the training rows of the fold are all that `fit` sees. */
export const testFold = defineTask(
  import.meta.url,
  "testFold",
  async (
    { dataset }: { readonly dataset: Dataset },
    { train, test, switches }: FoldInput,
    { signal, progress },
  ): Promise<FoldResult> => {
    const { model, history } = await fit(takeRows(dataset, train), { ...switches, signal, onProgress: progress });
    // Half a fold would look like a worse model.
    if (history.aborted) throw signal.reason;
    return resultOf(model, takeRows(dataset, test));
  },
);
