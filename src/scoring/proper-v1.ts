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
const C = PROPER_V1_CONSTANTS;

/** The median time if it converts: as given, else the time of a yes, else unknown. */
function timeIfConverted(answer: Answer): number | null {
  return answer.timeIfConvertedSeconds ?? (answer.conversionHappened === 1 ? answer.timeToConversionSeconds : null);
}

function parts(
  { p, tc }: { readonly p: number; readonly tc: number | null },
  { baseRate: b, medianTimeSeconds: m }: Frozen,
  truth: Truth,
) {
  const y = truth.converted;
  const whether = (b - y) ** 2 - (p - y) ** 2;
  if (y === 0 || truth.timeSeconds === null || tc === null) return { whether, when: 0 };
  const t = truth.timeSeconds;
  const capped = (guess: number) => Math.min(Math.abs(guess - t), C.timeCapSeconds);
  return { whether, when: (capped(m) - capped(tc)) / C.timeCapSeconds };
}
const combine = ({ whether, when }: { whether: number; when: number }) => C.whether * whether + C.when * when;

/** What silence costs: the 10th percentile of the valid scores, their minimum when few, the worst a constant can do when none. */
function priceOfSilence(valid: readonly number[], { baseRate: b }: Frozen): number {
  if (valid.length === 0) return -C.whether * Math.max(b, 1 - b) ** 2;
  return quantile(valid, valid.length < C.silenceMinValid ? 0 : C.silenceQuantile) ?? 0;
}

function latencyFactor(standing: Standing): number {
  const middle = median(
    standing.window.flatMap(({ latencySeconds }) => (latencySeconds === null ? [] : [latencySeconds])),
  );
  if (middle === null) return C.slowestFactor;
  const share = (middle - C.fullSpeedSeconds) / (C.slowestSeconds - C.fullSpeedSeconds);
  return 1 - (1 - C.slowestFactor) * Math.min(1, Math.max(0, share));
}

/** mean(s) / mean(s*) and its standard error over the window; null before anything could be won. */
function skillOf({ window }: Standing): { skill: number; standardError: number } | null {
  const best = mean(window.map((entry) => entry.best)) ?? 0;
  const average = mean(window.map((entry) => entry.total)) ?? 0;
  if (window.length < 2 || best <= 0) return null;
  const variance =
    (mean(window.map((entry) => (entry.total - average) ** 2)) ?? 0) * (window.length / (window.length - 1));
  return { skill: average / best, standardError: Math.sqrt(variance / window.length) / best };
}

const average: Averaging = {
  add: (standing, score) => {
    assertScore(score);
    return {
      ...standing,
      asked: standing.asked + 1,
      answered: standing.answered + (score.invalid === null ? 1 : 0),
      window: [
        ...standing.window.slice(-(C.windowQuestions - 1)),
        { total: score.total, best: score.best, latencySeconds: score.invalid === null ? score.latencySeconds : null },
      ],
    };
  },
  value: (standing) => skillOf(standing)?.skill ?? null,
  pay(standing) {
    const result = skillOf(standing);
    if (result === null) return null;
    const answered = standing.window.filter(({ latencySeconds }) => latencySeconds !== null).length;
    if (standing.window.length < C.minSettled || answered / standing.window.length < C.minAnsweredShare) return 0;
    return Math.max(0, result.skill - result.standardError) * latencyFactor(standing);
  },
};

/**
 * proper-v1: pays for honest forecasts. Against the base rate b and the median time m, both frozen when asked:
 * s = .7 ((b - y)^2 - (p - y)^2) + .3 y (min(|m - t|, 300) - min(|tc - t|, 300)) / 300. The class is not paid.
 * Silence costs the 10th percentile of the others. Paid: skill over the last 1,000 questions minus its standard error.
 *
 * @example
 * const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 };
 * const answer = { conversionHappened: 0, timeToConversionSeconds: -1, confidence: 0, timeIfConvertedSeconds: null } as const;
 * properV1().score({ frozen, replies: [{ ok: true, answer, latencySeconds: 0 }] }, { converted: 0, timeSeconds: null })[0]?.total; // 0.175
 */
export function properV1(): ScoringMode {
  return {
    name: "proper-v1",
    version: 1,
    constants: C,
    average,
    score({ frozen, replies }, truth) {
      assertFrozen(frozen);
      assertTruth(truth);
      const perfect = { p: truth.converted, tc: truth.timeSeconds };
      const best = combine(parts(perfect, frozen, truth));
      const found = replies.map((reply) => {
        const invalid = refusal(reply);
        return {
          reply,
          invalid,
          parts:
            reply.ok && invalid === null
              ? parts({ p: reply.answer.confidence ?? 0.5, tc: timeIfConverted(reply.answer) }, frozen, truth)
              : null,
        };
      });
      const silence = priceOfSilence(
        found.flatMap(({ parts: mine }) => (mine === null ? [] : [combine(mine)])),
        frozen,
      );
      return found.map(({ reply, invalid, parts: mine }): Score => {
        const total = mine === null ? silence : combine(mine);
        const components = mine ?? { whether: 0, when: 0 };
        return { total, prediction: total, components, invalid, best, latencySeconds: reply.latencySeconds };
      });
    },
  };
}
