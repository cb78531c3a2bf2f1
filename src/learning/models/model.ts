import { InvalidArgumentError } from "../../core/index.ts";
import type { Network } from "../network/layers.ts";
import type { Trees } from "../trees/trees.ts";
import type { Calibration } from "./calibration.ts";
import type { Hazard } from "./hazard.ts";
import type { Linear } from "./linear.ts";
import type { Preparation } from "./preparation.ts";

/**
 * Raised when the meaning of a stored model changes. 1: the first. 2: a model is a composition (preparation, classifier,
 * calibration, decision, time) in place of one network with a scaler.
 */
export const MODEL_VERSION = 2;

/** What a constant forecast says: the floor that every model is compared with, and shrunk to. */
export interface BaseRate {
  /** Share of conversions among the training rows, in (0, 1). */
  readonly rate: number;
  /** Median seconds from the first message to the conversion. */
  readonly medianTimeSeconds: number;
  /** Quantiles of log(time / median) at {@link SPREAD_LEVELS}, 0 in the middle; empty or absent = not known. */
  readonly spread?: readonly number[] | undefined;
}

/** A network with its numbers; parameters are f32, so a file gives back the same bits. */
export interface TrainedNetwork {
  readonly network: Network;
  readonly parameters: Float32Array;
}

/** What gives one number for a row: a logit, or the log of a time. Trees read the row as it is, the others its preparation. */
export type Scorer =
  | ({ readonly kind: "linear" } & Linear)
  | ({ readonly kind: "network" } & TrainedNetwork)
  | { readonly kind: "trees"; readonly trees: Trees };

/** What gives the logit of a conversion. */
export type Classifier =
  | { readonly kind: "constant" }
  | ({ readonly kind: "logistic" } & Linear)
  | Exclude<Scorer, { kind: "linear" }>
  /** `logit = bias + sum of weights * members' logits`; an average has equal weights and no bias. */
  | {
      readonly kind: "ensemble";
      readonly members: readonly Exclude<Classifier, { kind: "ensemble" }>[];
      readonly weights: readonly number[];
      readonly bias: number;
    };

/** Which class an answer names. */
export interface Decision {
  /** Class 1 from this confidence on. */
  readonly threshold: number;
  /** The scoring mode whose expected reward chose it; null = 0.5, the likelier class. */
  readonly scoring: string | null;
}

/** Levels at which a time model keeps the spread of its log error. */
export const SPREAD_LEVELS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/** What gives the time of a conversion if there is one: its median and quantiles. */
export type TimeModel =
  /** The median of the baseline, with its spread. */
  | { readonly kind: "constant" }
  /**
   * `log t = log median + weight * (centre + scale * mean of the members - log median)`. `weight` in [0, 1] says how far unseen
   * rows trust the members over the median; `spread` is that of the baseline, of their own errors.
   */
  | {
      readonly kind: "regression";
      readonly members: readonly Scorer[];
      readonly centre: number;
      readonly scale: number;
      readonly weight: number;
      readonly spread: readonly number[];
    }
  | ({ readonly kind: "hazard" } & Hazard);

/** How a model came about. */
export interface ModelOrigin {
  readonly seed: number;
  /** Rows that it learned from; 0 = made by hand. */
  readonly rows: number;
  /** SHA-256 (hex) of the training rows. */
  readonly dataHash: string;
  /** Hashes of some of the conversations that it learned from, drawn by the hash itself: {@link shareLearned} asks them. */
  readonly conversations: readonly string[];
  /** Figures measured on rows that the parts had not seen, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A model: plain data, each part replaceable by another of its kind. */
export interface Model {
  readonly preparation: Preparation;
  readonly classifier: Classifier;
  readonly calibration: Calibration;
  readonly decision: Decision;
  readonly time: TimeModel;
  readonly baseline: BaseRate;
  readonly origin: ModelOrigin;
}

/** The likelier class. */
export const LIKELIER: Decision = { threshold: 0.5, scoring: null };

/**
 * The model that answers the base rate and the median time to everything.
 *
 * @param rate share of conversions, in [0, 1].
 * @throws {InvalidArgumentError}
 * @example
 * predict(baselineModel({ rate: 0.4, medianTimeSeconds: 90 }), question).confidence; // 0.4
 */
export function baselineModel({ rate, medianTimeSeconds, spread = [] }: BaseRate): Model {
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
  return {
    preparation: { clip: 1, columns: [] },
    classifier: { kind: "constant" },
    calibration: { kind: "none" },
    decision: LIKELIER,
    time: { kind: "constant" },
    baseline: { rate, medianTimeSeconds, spread },
    origin: { seed: 0, rows: 0, dataHash: "", conversations: [], metrics: {} },
  };
}
