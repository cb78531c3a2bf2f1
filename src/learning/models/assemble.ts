import { scoringMode } from "../../scoring/index.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import { figuresOf } from "../evaluation/figures.ts";
import { createCalibrate, fitCalibration } from "./calibration.ts";
import { averageOf, combineLogits, ensembleOf, stack } from "./combine.ts";
import { chooseThreshold } from "./decision.ts";
import { type BaseRate, baselineModel, LIKELIER, type Model, type ModelOrigin, type TimeModel } from "./model.ts";
import { asClassifier } from "./parts.ts";
import { boundTime, momentOf } from "./predict.ts";
import type { Fitted } from "./rounds.ts";
import { shrinkWeight } from "./shrink.ts";
import { spreadOf } from "./spread.ts";
import type { AssembleOptions } from "./switches.ts";

/** What a model is made of. */
export interface Material {
  /** Null for a baseline. */
  readonly fitted: Fitted | null;
  readonly baseline: BaseRate;
  readonly origin: ModelOrigin;
}

const timedIndices = ({ groups, timeSeconds }: Dataset) =>
  groups.flatMap((_, row) => (timeSeconds[row] > 0 ? [row] : []));

/** A time model, and the log times it gives the unseen rows. */
function timeOf({ fitted, baseline }: Material): { time: TimeModel; logTimes: (row: number) => number } {
  const logMedian = Math.log(baseline.medianTimeSeconds);
  const constant = { time: { kind: "constant" as const }, logTimes: () => logMedian };
  if (fitted === null) return constant;
  const { parts, unseen, forecasts } = fitted;
  const members = forecasts.logTimes.slice(0, parts.times.length);
  const own =
    forecasts.hazardLogTimes ?? (members.length === 0 ? null : combineLogits(members, averageOf(members.length)));
  const rows = timedIndices(unseen);
  if (own === null || rows.length === 0) return constant;
  const truths = rows.map((row) => Math.log(unseen.timeSeconds[row]));
  const groups = rows.map((row) => unseen.groups[row]);
  const weight = shrinkWeight({ forecasts: rows.map((row) => own[row]), truths, base: logMedian, groups });
  const logTimes = (row: number) => logMedian + weight * (own[row] - logMedian);
  if (forecasts.hazardLogTimes !== null && parts.hazard !== null) {
    return { time: { kind: "hazard", ...parts.hazard, weight }, logTimes };
  }
  const spread = spreadOf(rows.map((row, i) => truths[i] - logTimes(row)));
  const { times, centre, scale } = parts;
  return { time: { kind: "regression", members: times, centre, scale, weight, spread }, logTimes };
}

/** Combination, calibration, decision and time: everything that rows which the parts have not learned from tell. */
export function assemble(
  material: Material,
  { combine = "stacked", calibration = "shrink", scoring }: AssembleOptions,
): Model {
  const { fitted, baseline, origin } = material;
  const { time, logTimes } = timeOf(material);
  if (fitted === null) return { ...baselineModel(baseline), time, origin };
  const { parts, unseen, forecasts } = fitted;
  const combination =
    combine === "stacked" && parts.classes.length > 1
      ? stack({ logits: forecasts.logits, y: unseen.y })
      : averageOf(parts.classes.length);
  const logits = combineLogits(forecasts.logits, combination);
  const rows = { logits, y: unseen.y, groups: unseen.groups, rate: baseline.rate };
  const calibrated = fitCalibration(calibration, rows);
  const probabilities = logits.map(createCalibrate(calibrated, baseline.rate));
  const timesSeconds = Float64Array.from({ length: unseen.rows }, (_, row) =>
    boundTime(Math.exp(logTimes(row)), momentOf(unseen.X, row * INPUTS), Number.POSITIVE_INFINITY),
  );
  const forecast = { probabilities, timesSeconds };
  const measured = Object.entries(figuresOf(forecast, unseen, baseline)).flatMap(([name, value]): [string, number][] =>
    typeof value === "number" ? [[name, value]] : [],
  );
  return {
    preparation: parts.preparation,
    classifier: ensembleOf(parts.classes.map(asClassifier), combination),
    calibration: calibrated,
    decision:
      scoring === undefined ? LIKELIER : chooseThreshold(forecast, unseen, { baseline, mode: scoringMode(scoring) }),
    time,
    baseline,
    origin: { ...origin, metrics: Object.fromEntries(measured) },
  };
}
