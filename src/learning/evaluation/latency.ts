import type { Clock } from "../../core/index.ts";
import { fromVector, type Question } from "../../schema.ts";
import { quantile } from "../../scoring/index.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import type { Model } from "../models/model.ts";
import { createPredictor } from "../models/predict.ts";

/** How long an answer takes, question by question, in this process. */
export interface LatencyFigures {
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly calls: number;
}

const CALLS = 2000;
const WARM_UP = 500;

/**
 * Times single predictions from a 40-key object, in microseconds: preparation, classifier, calibration, time. Null without rows.
 *
 * @example
 * measureLatency(model, dataset, systemClock)?.calls; // 2000
 */
export function measureLatency(
  model: Model,
  { rows, X }: Pick<Dataset, "rows" | "X">,
  clock: Clock,
): LatencyFigures | null {
  if (rows === 0) return null;
  const questions = Array.from(
    { length: Math.min(rows, 200) },
    (_, row): Question => ({
      sessionId: "",
      features: fromVector(X.subarray(row * INPUTS, (row + 1) * INPUTS)),
      landmark: null,
      horizonSeconds: Number.MAX_SAFE_INTEGER,
    }),
  );
  const predictor = createPredictor(model);
  const times: number[] = [];
  for (let call = 0; call < WARM_UP + CALLS; call++) {
    const question = questions[call % questions.length];
    const started = clock.monotonicMs();
    predictor(question);
    if (call >= WARM_UP) times.push((clock.monotonicMs() - started) * 1000);
  }
  return { p50Micros: quantile(times, 0.5) ?? 0, p99Micros: quantile(times, 0.99) ?? 0, calls: CALLS };
}
