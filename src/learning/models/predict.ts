import { type Answer, DEFAULT_HORIZON_SECONDS, type Features, type Question, toVector } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { writeVector } from "../data/write-vector.ts";
import { PredictionNotFiniteError } from "../errors.ts";
import { createCalibrate } from "./calibration.ts";
import type { Model } from "./model.ts";
import { createPrepareRow } from "./preparation.ts";
import { createLogit } from "./score.ts";
import { createTime } from "./time.ts";

/** A forecast before it becomes an answer. */
export interface Forecast {
  /** P(conversion). */
  probability: number;
  /** Median seconds from the first message if it converts. */
  timeSeconds: number;
}

/** Forecasts from 40 numbers at `offset` of `X`; NaN = unknown. The result is reused by the next call. */
export type Forecaster = (X: Float64Array, offset?: number, fromSeconds?: number | null) => Readonly<Forecast>;

/** Column of conversation_duration_seconds: the landmark's moment, as far as a row tells it. */
const DURATION = 0;

/** The landmark's moment of a row, from its own clock; null = unknown. */
export function momentOf(X: Float64Array, offset: number): number | null {
  const duration = X[offset + DURATION];
  return Number.isNaN(duration) ? null : duration;
}

/** The row prepared once for all parts of a model. */
export function createPrepared(model: Model): (X: Float64Array, offset: number) => Float64Array {
  const prepare = createPrepareRow(model.preparation);
  const prepared = new Float64Array(model.preparation.columns.length);
  return (X, offset) => {
    prepare(X, offset, prepared, 0);
    return prepared;
  };
}

/** The model compiled for rows of numbers. */
export function createForecaster(model: Model): Forecaster {
  const { rate } = model.baseline;
  const out: Forecast = { probability: rate, timeSeconds: model.baseline.medianTimeSeconds };
  const prepare = createPrepared(model);
  const logit = model.classifier.kind === "constant" ? null : createLogit(model.classifier, model.preparation);
  const calibrate = createCalibrate(model.calibration, rate);
  const time = createTime(model);
  return (X, offset = 0, fromSeconds = momentOf(X, offset)) => {
    const prepared = prepare(X, offset);
    if (logit !== null) out.probability = calibrate(logit(X, offset, prepared));
    out.timeSeconds = time(X, offset, prepared, fromSeconds ?? 0, 0.5);
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

/** The landmark's moment of a question; null = unknown, as when a caller in plain JavaScript leaves the feature out. */
function momentAsked(features: Features, landmark: Question["landmark"]): number | null {
  return landmark !== null && "seconds" in landmark
    ? landmark.seconds
    : (features.conversation_duration_seconds ?? null);
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
  const { threshold } = model.decision;
  return ({ features, landmark, horizonSeconds }) => {
    const from = momentAsked(features, landmark);
    const { probability, timeSeconds } = forecast(writeVector(features, vector), 0, from);
    if (!Number.isFinite(probability) || !Number.isFinite(timeSeconds)) {
      throw new PredictionNotFiniteError({ probability, timeSeconds });
    }
    const time = boundTime(timeSeconds, from, horizonSeconds);
    const confidence = Math.min(1, Math.max(0, probability));
    const conversionHappened = confidence >= threshold ? 1 : 0;
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

/** What {@link predict} and {@link predictTimes} have compiled, as long as the models live: they are values, and do not change. */
const compiled = new WeakMap<Model, Predictor>();
const compiledTimes = new WeakMap<Model, ReturnType<typeof createTimeQuantiles>>();

/**
 * Answers one question; the first compiles the model, as {@link createPredictor} does.
 *
 * @throws {PredictionNotFiniteError}
 * @example
 * predict(baselineModel({ rate: 0.6, medianTimeSeconds: 90 }), question).timeToConversionSeconds; // 90
 */
export function predict(model: Model, questionOrFeatures: Question | Features): Answer {
  const predictor = compiled.get(model) ?? createPredictor(model);
  compiled.set(model, predictor);
  return predictor(asQuestion(questionOrFeatures));
}

/**
 * Quantiles of the time if it converts, rising with the level, never before the landmark's moment and, where that leaves
 * room, never after the horizon. All equal to the median where a model does not know its spread.
 *
 * @param levels in (0, 1).
 * @example
 * predictTimes(model, question, [0.1, 0.5, 0.9]); // [41, 96, 210]
 */
export function predictTimes(
  model: Model,
  questionOrFeatures: Question | Features,
  levels: readonly number[],
): number[] {
  const { features, landmark, horizonSeconds } = asQuestion(questionOrFeatures);
  const quantiles = compiledTimes.get(model) ?? createTimeQuantiles(model);
  compiledTimes.set(model, quantiles);
  return quantiles(toVector(features), 0, levels, momentAsked(features, landmark), horizonSeconds);
}

/** {@link predictTimes} for rows of numbers. */
export function createTimeQuantiles(model: Model) {
  const prepare = createPrepared(model);
  const time = createTime(model);
  return (
    X: Float64Array,
    offset: number,
    levels: readonly number[],
    fromSeconds: number | null = momentOf(X, offset),
    horizonSeconds = Number.POSITIVE_INFINITY,
  ): number[] => {
    const prepared = prepare(X, offset);
    return levels.map((level) =>
      boundTime(time(X, offset, prepared, fromSeconds ?? 0, level), fromSeconds, horizonSeconds),
    );
  };
}
