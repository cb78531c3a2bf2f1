import { InvalidArgumentError } from "../../core/index.ts";
import type { Scaler } from "../data/scaler.ts";
import { type Network, parameterCount } from "../network/layers.ts";

/** Raised when the meaning of a stored model changes. 1: the first. */
export const MODEL_VERSION = 1;

/** What a constant forecast says: the floor that every model is compared with, and shrunk to. */
export interface BaseRate {
  /** Share of conversions among the training rows, in (0, 1). */
  readonly rate: number;
  /** Median seconds from the first message to the conversion. */
  readonly medianTimeSeconds: number;
}

/** A network with its numbers; parameters are f32, so a file gives back the same bits. */
export interface TrainedNetwork {
  readonly network: Network;
  readonly parameters: Float32Array;
}

/**
 * The time regressor: `log t = log median + weight * (centre + scale * output - log median)`. `weight` in [0, 1] says how far
 * validation rows trust the network over the median.
 */
export interface TimeHead extends TrainedNetwork {
  readonly centre: number;
  readonly scale: number;
  readonly weight: number;
}

/** How a model came about. */
export interface ModelOrigin {
  readonly seed: number;
  readonly rows: number;
  /** SHA-256 (hex) of the training rows. */
  readonly dataHash: string;
  /** Figures measured on validation rows, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Always the base rate and the median time. */
export interface BaselineModel {
  readonly kind: "baseline";
  readonly baseline: BaseRate;
}

/** A network shrunk to the base rate: `p = rate + weight * (sigmoid(logit) - rate)`. */
export interface NetworkModel {
  readonly kind: "network";
  readonly scaler: Scaler;
  readonly classifier: TrainedNetwork & { readonly weight: number };
  /** Null when too few conversions had a known time: the median is given then. */
  readonly time: TimeHead | null;
  readonly baseline: BaseRate;
  readonly origin: ModelOrigin;
}

/** A model is plain data; `kind` tells which. */
export type Model = NetworkModel | BaselineModel;

/**
 * The model that answers the base rate and the median time to everything.
 *
 * @param rate share of conversions, in [0, 1].
 * @throws {InvalidArgumentError}
 * @example
 * predict(baselineModel({ rate: 0.4, medianTimeSeconds: 90 }), question).confidence; // 0.4
 */
export function baselineModel({ rate, medianTimeSeconds }: BaseRate): BaselineModel {
  if (!(rate >= 0 && rate <= 1)) {
    throw new InvalidArgumentError({ argument: "rate", problem: "must be from 0 to 1", value: rate });
  }
  if (!(medianTimeSeconds > 0 && Number.isFinite(medianTimeSeconds))) {
    throw new InvalidArgumentError({
      argument: "medianTimeSeconds",
      problem: "must be a finite number above 0",
      value: medianTimeSeconds,
    });
  }
  return { kind: "baseline", baseline: { rate, medianTimeSeconds } };
}

/** A network's shape in a few characters: `40-64-relu-32-relu-1`. */
export function shapeText({ inputs, layers }: Network): string {
  const parts = layers.map((layer) => (layer.kind === "dense" ? `${layer.outputs}` : layer.kind));
  return [inputs, ...parts].join("-");
}

/** A model in a few words and numbers. */
export interface ModelSummary {
  readonly kind: Model["kind"];
  /** `"base rate"`, or the classifier's shape. */
  readonly shape: string;
  readonly parameters: number;
  readonly rate: number;
  readonly medianTimeSeconds: number;
  /** Share of the network in the probability and in the time; the rest is the base rate. */
  readonly weight: number;
  readonly timeWeight: number;
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly text: string;
}

/**
 * A short summary for logs and tables.
 *
 * @example
 * describeModel(baselineModel({ rate: 0.4, medianTimeSeconds: 90 })).text; // "base rate 0.400, median time 90.0 s"
 */
export function describeModel(model: Model): ModelSummary {
  const { rate, medianTimeSeconds } = model.baseline;
  const base = `base rate ${rate.toFixed(3)}, median time ${medianTimeSeconds.toFixed(1)} s`;
  const common = { kind: model.kind, rate, medianTimeSeconds };
  if (model.kind === "baseline") {
    return { ...common, shape: "base rate", parameters: 0, weight: 0, timeWeight: 0, rows: 0, metrics: {}, text: base };
  }
  const { classifier, time, origin } = model;
  const shape = shapeText(classifier.network);
  const parameters = parameterCount(classifier.network) + (time === null ? 0 : parameterCount(time.network));
  return {
    ...common,
    shape,
    parameters,
    weight: classifier.weight,
    timeWeight: time?.weight ?? 0,
    rows: origin.rows,
    metrics: origin.metrics,
    text: `network ${shape} on ${origin.rows} rows, weight ${classifier.weight.toFixed(2)} over ${base}`,
  };
}
