import type { ScoringMode } from "../../scoring/index.ts";
import type { Dataset } from "../data/dataset.ts";
import type { BaseRate, Decision } from "./model.ts";

/** What a model says of rows it has not seen. */
export interface RowForecasts {
  readonly probabilities: ArrayLike<number>;
  /** After each row's own moment. */
  readonly timesSeconds: ArrayLike<number>;
}

/** Forecasts with the interval that holds 80 % of the times, and the class that is named. */
export interface Forecasts extends RowForecasts {
  readonly lowSeconds: Float64Array;
  readonly highSeconds: Float64Array;
  readonly classes: Uint8Array;
}

/** Mean reward when class 1 is named from `threshold` on. */
export interface DecisionPoint {
  readonly threshold: number;
  readonly reward: number;
}

/** Thresholds tried: every fiftieth. */
const STEPS = 50;
/** Seconds from question to answer that rewards are computed with: on a fast line. */
export const ASSUMED_LATENCY_SECONDS = 0.1;

/** What each row would be paid for class 0 and for class 1, alone among the answers. */
export function rewardsOf(
  { probabilities, timesSeconds }: RowForecasts,
  { y, timeSeconds }: Pick<Dataset, "y" | "timeSeconds">,
  { baseline, mode }: { baseline: BaseRate; mode: ScoringMode },
): readonly { readonly no: number; readonly yes: number }[] {
  const { rate, medianTimeSeconds } = baseline;
  const frozen = { classWeights: { 0: rate, 1: 1 - rate } as const, baseRate: rate, medianTimeSeconds };
  return Array.from(y, (label, row) => {
    const truth = {
      converted: label === 1 ? (1 as const) : (0 as const),
      timeSeconds: label === 1 && timeSeconds[row] > 0 ? timeSeconds[row] : null,
    };
    const paid = (conversionHappened: 0 | 1) => {
      const time = timesSeconds[row];
      const answer = {
        conversionHappened,
        timeToConversionSeconds: conversionHappened === 1 ? time : -1,
        confidence: Math.min(1, Math.max(0, probabilities[row])),
        timeIfConvertedSeconds: time,
      };
      const reply = { ok: true as const, answer, latencySeconds: ASSUMED_LATENCY_SECONDS };
      return mode.score({ frozen, replies: [reply] }, truth)[0].total;
    };
    return { no: paid(0), yes: paid(1) };
  });
}

/**
 * Expected reward under a scoring mode at each threshold, the model's own timing included: what a yes earns beside the class
 * depends on how well the time is known.
 *
 * @example
 * decisionCurve(forecasts, rows, { baseline, mode: scoringMode("seed-v1") })[20]; // { threshold: 0.4, reward: 0.36 }
 */
export function decisionCurve(
  forecasts: RowForecasts,
  rows: Pick<Dataset, "y" | "timeSeconds">,
  by: { baseline: BaseRate; mode: ScoringMode },
): DecisionPoint[] {
  const rewards = rewardsOf(forecasts, rows, by);
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const threshold = step / STEPS;
    const sum = rewards.reduce((all, { no, yes }, i) => all + (forecasts.probabilities[i] >= threshold ? yes : no), 0);
    return { threshold, reward: rewards.length === 0 ? 0 : sum / rewards.length };
  });
}

/** The threshold of the largest expected reward; of equals the one nearest 0.5, as under a mode that does not pay the class. */
export function chooseThreshold(
  forecasts: RowForecasts,
  rows: Pick<Dataset, "y" | "timeSeconds">,
  by: { baseline: BaseRate; mode: ScoringMode },
): Decision {
  const curve = decisionCurve(forecasts, rows, by);
  const most = Math.max(...curve.map(({ reward }) => reward));
  const best = curve.filter(({ reward }) => reward >= most - 1e-9);
  const { threshold } = best.reduce((a, b) => (Math.abs(b.threshold - 0.5) < Math.abs(a.threshold - 0.5) ? b : a));
  return { threshold, scoring: by.mode.name };
}
