import { type Answer, DEFAULT_HORIZON_SECONDS, type Features, type Question, toVector } from "../../schema.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import { createScaleRow, type Scaler } from "../data/scaler.ts";
import { LayerShapeError, PredictionNotFiniteError } from "../errors.ts";
import type { Network } from "../network/layers.ts";
import { createRunner } from "../network/runner.ts";
import { logistic } from "../network/steps.ts";
import type { Model, TrainedNetwork } from "./model.ts";

/** A forecast before it becomes an answer. */
export interface Forecast {
  /** P(conversion). */
  probability: number;
  /** Median seconds from the first message if it converts. */
  timeSeconds: number;
}

/** Forecasts from 40 numbers at `offset` of `X`; NaN = unknown. The result is reused by the next call. */
export type Forecaster = (X: Float64Array, offset?: number) => Readonly<Forecast>;

/**
 * Batch-1 forward pass: the network's first output for the standardised row at `offset`.
 *
 * @throws {LayerShapeError} for a network that is not 40 in, 1 out.
 */
export function createOutput(
  { network, parameters }: TrainedNetwork,
  scaler: Scaler,
): (X: Float64Array, offset: number) => number {
  if (network.inputs !== INPUTS || network.outputs !== 1) {
    throw new LayerShapeError({
      layer: "the model",
      expected: `rows x ${INPUTS} -> rows x 1`,
      received: `rows x ${network.inputs} -> rows x ${network.outputs}`,
    });
  }
  const runner = createRunner(network, Float64Array.from(parameters), { maxRows: 1 });
  const scaleRow = createScaleRow(scaler);
  const scaled = new Float64Array(INPUTS);
  return (X, offset) => {
    scaleRow(X, offset, scaled, 0);
    return runner.forward(scaled, 1, false)[0];
  };
}

/** {@link createOutput} of every row of a dataset. */
export function outputsOf(trained: TrainedNetwork, scaler: Scaler, { rows, X }: Pick<Dataset, "rows" | "X">) {
  const output = createOutput(trained, scaler);
  return Float64Array.from({ length: rows }, (_, row) => output(X, row * INPUTS));
}

/**
 * What turns the classifier's output into a probability. A last sigmoid belongs to the network as a user wrote it; else the
 * output is a logit.
 */
export function probabilityOf({ layers }: Network): (output: number) => number {
  return layers.at(-1)?.kind === "sigmoid" ? (output) => output : logistic;
}

/** The model compiled for rows of numbers. */
export function createForecaster(model: Model): Forecaster {
  const { rate, medianTimeSeconds } = model.baseline;
  const out: Forecast = { probability: rate, timeSeconds: medianTimeSeconds };
  if (model.kind === "baseline") return () => out;
  const { classifier, time } = model;
  const output = createOutput(classifier, model.scaler);
  const probability = probabilityOf(classifier.network);
  const timeOutput = time === null ? null : createOutput(time, model.scaler);
  const logMedian = Math.log(medianTimeSeconds);
  return (X, offset = 0) => {
    out.probability = rate + classifier.weight * (probability(output(X, offset)) - rate);
    if (time !== null && timeOutput !== null) {
      const own = time.centre + time.scale * timeOutput(X, offset);
      out.timeSeconds = Math.exp(logMedian + time.weight * (own - logMedian));
    }
    return out;
  };
}

/** Clocks of chats tick in whole seconds: what has not happened by a moment happens at least this much later. */
export const MIN_AHEAD_SECONDS = 1;

/** A time that is after the landmark's moment and, where that leaves room, before the horizon. */
export function boundTime(timeSeconds: number, fromSeconds: number | null, horizonSeconds: number): number {
  const earliest = fromSeconds === null ? Number.MIN_VALUE : fromSeconds + MIN_AHEAD_SECONDS;
  return Math.max(Math.min(timeSeconds, horizonSeconds), earliest);
}

/** The answer to a question. */
export type Predictor = (question: Question) => Answer;

/**
 * Compiles a model into a function that reuses its buffers: a few microseconds a question.
 *
 * @throws {PredictionNotFiniteError} from the returned function when the model gives NaN or infinity.
 * @example
 * const answer = createPredictor(model);
 * answer(question).conversionHappened; // 1
 */
export function createPredictor(model: Model): Predictor {
  const forecast = createForecaster(model);
  const vector = new Float64Array(INPUTS);
  return ({ features, landmark, horizonSeconds }) => {
    const { probability, timeSeconds } = forecast(toVector(features, vector));
    if (!Number.isFinite(probability) || !Number.isFinite(timeSeconds)) {
      throw new PredictionNotFiniteError({ probability, timeSeconds });
    }
    const duration = features.conversation_duration_seconds;
    const from = landmark !== null && "seconds" in landmark ? landmark.seconds : duration;
    const time = boundTime(timeSeconds, from, horizonSeconds);
    const confidence = Math.min(1, Math.max(0, probability));
    const conversionHappened = confidence >= 0.5 ? 1 : 0;
    return {
      conversionHappened,
      timeToConversionSeconds: conversionHappened === 1 ? time : -1,
      confidence,
      timeIfConvertedSeconds: time,
    };
  };
}

/** Features as a question of the default horizon, without a landmark; a question as it is. */
export function asQuestion(questionOrFeatures: Question | Features): Question {
  if ("sessionId" in questionOrFeatures) return questionOrFeatures;
  return { sessionId: "", features: questionOrFeatures, landmark: null, horizonSeconds: DEFAULT_HORIZON_SECONDS };
}

/**
 * Answers one question. For many, compile once with {@link createPredictor}.
 *
 * @throws {PredictionNotFiniteError}
 * @example
 * predict(baselineModel({ rate: 0.6, medianTimeSeconds: 90 }), question).timeToConversionSeconds; // 90
 */
export function predict(model: Model, questionOrFeatures: Question | Features): Answer {
  return createPredictor(model)(asQuestion(questionOrFeatures));
}
