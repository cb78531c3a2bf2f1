import { InvalidArgumentError } from "../core/index.ts";
import { type Answer, MAX_SECONDS, type Truth } from "../schema.ts";

/** What depends on history, frozen when the question is asked and stored with it. */
export interface Frozen {
  /** Weight of a correct answer per class: {1: share of negatives, 0: share of positives}. */
  readonly classWeights: { readonly 0: number; readonly 1: number };
  /** Share of conversions for that source and landmark. */
  readonly baseRate: number;
  /** Median time of conversion there, seconds. */
  readonly medianTimeSeconds: number;
}

/** What came back from one miner. `latencySeconds` is the validator's own measure, never the miner's word. */
export type Reply =
  | { readonly ok: true; readonly answer: Answer; readonly latencySeconds: number }
  | { readonly ok: false; readonly reason: string; readonly latencySeconds: number | null };

/** One miner's score for one question, with everything that made it. */
export interface Score {
  /** What the mode pays. */
  readonly total: number;
  /** The same without latency. */
  readonly prediction: number;
  /** Named parts, each in the mode's own unit. */
  readonly components: Readonly<Record<string, number>>;
  /** Why every component is 0; null for a valid answer in time. */
  readonly invalid: string | null;
  /** Score of the perfect answer, where the mode compares with it. */
  readonly best: number;
  readonly latencySeconds: number | null;
}

/** What is stored of a mode with each score. */
export interface StoredMode {
  readonly name: string;
  /** Raised whenever the same answers would be scored or averaged in another way. */
  readonly version: number;
  readonly constants: Readonly<Record<string, number>>;
}

/** A way of scoring, as a value. Its name, version and constants are stored with each score. */
export interface ScoringMode extends StoredMode {
  /** In words and symbols, a line each: `explain` prints it. */
  readonly formula?: readonly string[];
  /**
   * Scores every reply to one question at once (diversity and the price of silence look at the others). Pure.
   *
   * @returns one score per reply, in order.
   */
  score(question: { readonly frozen: Frozen; readonly replies: readonly Reply[] }, truth: Truth): Score[];
  /** How scores become a standing. */
  readonly average: Averaging;
}

/** A running average of one miner; plain data, kept by hotkey. */
export interface Standing {
  readonly asked: number;
  readonly answered: number;
  /** Exponential sum, or unused. */
  readonly weighted: number;
  /** The last scores, newest last, where the mode needs them. */
  readonly window: readonly { readonly total: number; readonly best: number; readonly latencySeconds: number | null }[];
}
/** Nothing asked yet. */
export const EMPTY_STANDING: Standing = { asked: 0, answered: 0, weighted: 0, window: [] };

/** How a mode makes a standing out of scores, and pay out of a standing. */
export interface Averaging {
  /** The standing after one more score. Only questions asked of that miner may be added. */
  add(standing: Standing, score: Score): Standing;
  /** The number shown as the miner's score; null before the first question. */
  value(standing: Standing): number | null;
  /** What its weight is proportional to, never negative; null = no weight yet. */
  pay(standing: Standing): number | null;
}

/** Longest time an answer may take, seconds. */
export const DEADLINE_SECONDS = 60;

/** Bounded, since sums over many answers must not overflow. */
const isTime = (seconds: number) => seconds > 0 && seconds <= MAX_SECONDS;

/**
 * Why a reply earns nothing, or null when it is valid and in time. NaN and infinity end here.
 *
 * @throws {InvalidArgumentError} when `latencySeconds`, which is our own, is negative or not finite.
 * @example
 * refusal({ ok: true, answer, latencySeconds: 60 }); // "late"
 */
export function refusal(reply: Reply): string | null {
  if (!reply.ok) return reply.reason;
  const { answer, latencySeconds } = reply;
  if (!Number.isFinite(latencySeconds) || latencySeconds < 0) {
    throw new InvalidArgumentError({
      argument: "latencySeconds",
      problem: "must be a finite time",
      value: latencySeconds,
    });
  }
  if (latencySeconds >= DEADLINE_SECONDS) return "late";
  const { conversionHappened: yhat, timeToConversionSeconds: that, confidence: p, timeIfConvertedSeconds: tc } = answer;
  if (yhat !== 0 && yhat !== 1) return "invalid: conversion_happened is neither 0 nor 1";
  if (yhat === 1 ? !isTime(that) : that !== -1) return "invalid: time_to_conversion_seconds";
  if (p !== null && !(p >= 0 && p <= 1)) return "invalid: confidence is not in [0, 1]";
  if (tc !== null && !isTime(tc)) return "invalid: time_if_converted_seconds";
  return null;
}

/** Checks a truth at the door of a mode. */
export function assertTruth({ converted, timeSeconds }: Truth): void {
  if (converted !== 0 && converted !== 1) {
    throw new InvalidArgumentError({ argument: "truth.converted", problem: "must be 0 or 1", value: converted });
  }
  if (timeSeconds !== null && !(Number.isFinite(timeSeconds) && timeSeconds >= 0)) {
    throw new InvalidArgumentError({
      argument: "truth.timeSeconds",
      problem: "must be a finite time or null",
      value: timeSeconds,
    });
  }
}

/** Checks what a mode judges against, at its door. */
export function assertFrozen({ classWeights, baseRate, medianTimeSeconds }: Frozen): void {
  assertFinite({ "classWeights[0]": classWeights[0], "classWeights[1]": classWeights[1], baseRate, medianTimeSeconds });
}

/** Checks a score at the door of an average. */
export function assertScore({ total, best }: Score): void {
  assertFinite({ "score.total": total, "score.best": best });
}

function assertFinite(numbers: Readonly<Record<string, number>>): void {
  for (const [argument, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) throw new InvalidArgumentError({ argument, problem: "must be finite", value });
  }
}

/** The score of a reply that earns nothing. */
export function nothingEarned(reason: string, names: readonly string[], latencySeconds: number | null): Score {
  const components = Object.fromEntries(names.map((name) => [name, 0]));
  return { total: 0, prediction: 0, components, invalid: reason, best: 0, latencySeconds };
}

/**
 * A mode's constants as one text, whatever their order.
 *
 * @example
 * constantsText({ b: 2, a: 1 }); // '{"a":1,"b":2}'
 */
export function constantsText(constants: StoredMode["constants"]): string {
  return JSON.stringify(Object.fromEntries(Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1))));
}
/**
 * What tells modes apart: name, version, and constants in any order.
 *
 * @example
 * modeKey({ name: "own", version: 1, constants: { a: 1 } }); // '["own",1,"{\\"a\\":1}"]'
 */
export function modeKey({ name, version, constants }: StoredMode): string {
  return JSON.stringify([name, version, constantsText(constants)]);
}
