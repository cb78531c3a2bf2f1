import { SCORING_MODES, scoringMode } from "../../scoring/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { type DecisionPoint, decisionCurve, type RowForecasts } from "../models/decision.ts";
import type { BaseRate } from "../models/model.ts";
import type { Sample } from "./sample.ts";

/** A point of a ROC curve. */
export interface RocPoint {
  readonly falsePositiveShare: number;
  readonly truePositiveShare: number;
}
/** Foretold beside true seconds of one conversion. */
export interface TimePoint {
  readonly forecastSeconds: number;
  readonly truthSeconds: number;
}
/** Expected reward by threshold under a scoring mode. */
export interface NamedCurve {
  readonly mode: string;
  readonly points: readonly DecisionPoint[];
}

const MAX_ROC_POINTS = 200;
const MAX_TIME_POINTS = 400;

/** Every `n`th of a list, with its ends, so that a page stays small. */
function thin<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}

/** From (0, 0) to (1, 1); ties are one step. Empty when a class is missing. */
export function rocCurve(
  { probabilities, y }: Pick<Sample, "probabilities" | "y">,
  rows: readonly number[],
): RocPoint[] {
  const positives = rows.reduce((sum, row) => sum + y[row], 0);
  const negatives = rows.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const order = [...rows].sort((a, b) => probabilities[b] - probabilities[a]);
  const points: RocPoint[] = [{ falsePositiveShare: 0, truePositiveShare: 0 }];
  let [hits, misses] = [0, 0];
  order.forEach((row, i) => {
    if (y[row] === 1) hits += 1;
    else misses += 1;
    const next = order[i + 1];
    if (next !== undefined && probabilities[next] === probabilities[row]) return;
    points.push({ falsePositiveShare: misses / negatives, truePositiveShare: hits / positives });
  });
  return thin(points, MAX_ROC_POINTS);
}

/** Conversions at a known moment. */
export function timePoints(
  { timesSeconds, truthSeconds }: Pick<Sample, "timesSeconds" | "truthSeconds">,
  rows: readonly number[],
) {
  const known = rows.filter((row) => truthSeconds[row] > 0);
  return thin(known, MAX_TIME_POINTS).map(
    (row): TimePoint => ({ forecastSeconds: timesSeconds[row], truthSeconds: truthSeconds[row] }),
  );
}

/** One curve for each scoring mode. */
export function decisionCurves(own: RowForecasts, dataset: Dataset, baseline: BaseRate): NamedCurve[] {
  return SCORING_MODES.map((mode) => ({
    mode,
    points: decisionCurve(own, dataset, { baseline, mode: scoringMode(mode) }),
  }));
}
