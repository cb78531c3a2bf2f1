import type { Answer, Truth } from "../schema.ts";
import { mean, median, quantile } from "./metrics.ts";
import {
  type Averaging,
  assertFrozen,
  assertScore,
  assertTruth,
  type Frozen,
  refusal,
  type Score,
  type ScoringMode,
  type Standing,
} from "./mode.ts";

/** Shares, the cap of a time error in seconds, and the rules of pay. */
export const PROPER_V1_CONSTANTS = {
  whether: 0.7,
  when: 0.3,
  timeCapSeconds: 300,
  windowQuestions: 1000,
  minAnsweredShare: 0.85,
  minSettled: 50,
  fullSpeedSeconds: 1,
  slowestSeconds: 60,
  slowestFactor: 0.8,
  silenceQuantile: 0.1,
  silenceMinValid: 10,
} as const;
type Constants = { readonly [K in keyof typeof PROPER_V1_CONSTANTS]: number };
/** Versions that can be computed again. */
export const PROPER_V1_VERSIONS = [1, 2] as const;

/** The median time if it converts: as given, else the time of a yes, else unknown. */
function timeIfConverted(answer: Answer): number | null {
  return answer.timeIfConvertedSeconds ?? (answer.conversionHappened === 1 ? answer.timeToConversionSeconds : null);
}

function parts(
  { p, tc }: { readonly p: number; readonly tc: number | null },
  { baseRate: b, medianTimeSeconds: m }: Frozen,
  truth: Truth,
  c: Constants,
) {
  const y = truth.converted;
  const whether = (b - y) ** 2 - (p - y) ** 2;
  if (y === 0 || truth.timeSeconds === null || tc === null) return { whether, when: 0 };
  const t = truth.timeSeconds;
  const capped = (guess: number) => Math.min(Math.abs(guess - t), c.timeCapSeconds);
  return { whether, when: (capped(m) - capped(tc)) / c.timeCapSeconds };
}
const combine = ({ whether, when }: { whether: number; when: number }, c: Constants) =>
  c.whether * whether + c.when * when;

/** What silence costs: the 10th percentile of the valid scores, their minimum when few, the worst a constant can do when none. */
function priceOfSilence(valid: readonly number[], { baseRate: b }: Frozen, c: Constants): number {
  if (valid.length === 0) return -c.whether * Math.max(b, 1 - b) ** 2;
  return quantile(valid, valid.length < c.silenceMinValid ? 0 : c.silenceQuantile) ?? 0;
}

function latencyFactor(standing: Standing, c: Constants): number {
  const middle = median(
    standing.window.flatMap(({ latencySeconds }) => (latencySeconds === null ? [] : [latencySeconds])),
  );
  if (middle === null) return c.slowestFactor;
  const share = (middle - c.fullSpeedSeconds) / (c.slowestSeconds - c.fullSpeedSeconds);
  return 1 - (1 - c.slowestFactor) * Math.min(1, Math.max(0, share));
}

/**
 * mean(s) / mean(s*) over the window, and its standard error; null before anything could be won.
 *
 * Version 1 took the standard error from the spread of the miner's own scores. That spread is the miner's to choose: whoever says
 * less than it knows, a forecast between its own and the base rate, loses a little skill and more standard error, and was paid
 * more than the honest. Version 2 takes the standard error that a calibrated forecaster of this skill has: the variance of its s is
 * 4 E(p - b)^2 b(1 - b), its mean E(p - b)^2, that of s* b(1 - b), so that it is 2 sqrt(skill / n), whatever it says.
 */
function skillOf({ window }: Standing, version: number): { skill: number; standardError: number } | null {
  const best = mean(window.map((entry) => entry.best)) ?? 0;
  const average = mean(window.map((entry) => entry.total)) ?? 0;
  if (window.length < 2 || best <= 0) return null;
  const skill = average / best;
  if (version > 1) return { skill, standardError: 2 * Math.sqrt(Math.max(0, skill) / window.length) };
  const variance =
    (mean(window.map((entry) => (entry.total - average) ** 2)) ?? 0) * (window.length / (window.length - 1));
  return { skill, standardError: Math.sqrt(variance / window.length) / best };
}

const averageOf = (c: Constants, version: number): Averaging => ({
  add: (standing, score) => {
    assertScore(score);
    return {
      ...standing,
      asked: standing.asked + 1,
      answered: standing.answered + (score.invalid === null ? 1 : 0),
      window: [
        ...standing.window.slice(-(c.windowQuestions - 1)),
        { total: score.total, best: score.best, latencySeconds: score.invalid === null ? score.latencySeconds : null },
      ],
    };
  },
  value: (standing) => skillOf(standing, version)?.skill ?? null,
  pay(standing) {
    const result = skillOf(standing, version);
    if (result === null) return null;
    const answered = standing.window.filter(({ latencySeconds }) => latencySeconds !== null).length;
    if (standing.window.length < c.minSettled || answered / standing.window.length < c.minAnsweredShare) return 0;
    return Math.max(0, result.skill - result.standardError) * latencyFactor(standing, c);
  },
});

/**
 * proper-v1: pays for honest forecasts. Against the base rate b and the median time m, both frozen when asked:
 * s = .7 ((b - y)^2 - (p - y)^2) + .3 y (min(|m - t|, 300) - min(|tc - t|, 300)) / 300. The class is not paid.
 * Silence costs the 10th percentile of the others. Paid: skill over the last 1,000 questions minus the standard error that an
 * honest forecaster of that skill has.
 *
 * @param version 2; 1 took the standard error from the miner's own scores (see `skillOf`), and scores each question alike.
 * @param constants in place of today's, to compute again what was scored by others.
 * @example
 * const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 };
 * const answer = { conversionHappened: 0, timeToConversionSeconds: -1, confidence: 0, timeIfConvertedSeconds: null } as const;
 * properV1().score({ frozen, replies: [{ ok: true, answer, latencySeconds: 0 }] }, { converted: 0, timeSeconds: null })[0]?.total; // 0.175
 */
export function properV1({
  version = 2,
  constants = {},
}: {
  version?: (typeof PROPER_V1_VERSIONS)[number];
  constants?: Partial<Constants>;
} = {}): ScoringMode {
  const c = { ...PROPER_V1_CONSTANTS, ...constants };
  return {
    name: "proper-v1",
    version,
    constants: c,
    formula: [
      "s = whether share x ((b - y)^2 - (p - y)^2) + when share x y (min(|m - t|, cap) - min(|tc - t|, cap)) / cap",
      "silence: the 10th percentile of the valid s of the question, the least when fewer than 10, the worst constant when none",
    ],
    average: averageOf(c, version),
    score({ frozen, replies }, truth) {
      assertFrozen(frozen);
      assertTruth(truth);
      const perfect = { p: truth.converted, tc: truth.timeSeconds };
      const best = combine(parts(perfect, frozen, truth, c), c);
      const found = replies.map((reply) => {
        const invalid = refusal(reply);
        return {
          reply,
          invalid,
          parts:
            reply.ok && invalid === null
              ? parts({ p: reply.answer.confidence ?? 0.5, tc: timeIfConverted(reply.answer) }, frozen, truth, c)
              : null,
        };
      });
      const silence = priceOfSilence(
        found.flatMap(({ parts: mine }) => (mine === null ? [] : [combine(mine, c)])),
        frozen,
        c,
      );
      return found.map(({ reply, invalid, parts: mine }): Score => {
        const total = mine === null ? silence : combine(mine, c);
        const components = mine ?? { whether: 0, when: 0 };
        return { total, prediction: total, components, invalid, best, latencySeconds: reply.latencySeconds };
      });
    },
  };
}
