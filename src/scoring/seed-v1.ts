import type { Answer, Truth } from "../schema.ts";
import { exponentialAverage } from "./exponential.ts";
import {
  assertFrozen,
  assertTruth,
  DEADLINE_SECONDS,
  nothingEarned,
  type Reply,
  refusal,
  type Score,
  type ScoringMode,
} from "./mode.ts";

/** The quickstart's constants: shares of the prediction, of the total, and the width of the time reward in seconds. */
export const SEED_V1_CONSTANTS = {
  classification: 0.55,
  regression: 0.35,
  diversity: 0.1,
  predictionShare: 0.8,
  latencyShare: 0.2,
  timeToleranceSeconds: 15,
  deadlineSeconds: DEADLINE_SECONDS,
  alpha: 0.05,
} as const;
type Constants = { readonly [K in keyof typeof SEED_V1_CONSTANTS]: number };
const NAMES = ["classification", "regression", "diversity", "latency"] as const;

/**
 * Answers are identical when the class agrees, p rounded to 1e-6 and the time rounded to 1e-3.
 *
 * @example
 * answerIdentity({ conversionHappened: 1, timeToConversionSeconds: 62, confidence: 0.9, timeIfConvertedSeconds: null }); // "1|900000|62000"
 */
export function identity({ conversionHappened, confidence, timeToConversionSeconds }: Answer): string {
  return `${conversionHappened}|${Math.round((confidence ?? 0.5) * 1e6)}|${Math.round(timeToConversionSeconds * 1e3)}`;
}

/** |1 - error / tolerance|, never below 0; only a conversion that was foretold and came, at a known moment, is paid. */
export function timeReward(
  { conversionHappened, timeToConversionSeconds }: Answer,
  truth: Truth,
  toleranceSeconds: number,
): number {
  if (conversionHappened !== 1 || truth.converted !== 1 || truth.timeSeconds === null) return 0;
  return Math.max(0, 1 - Math.abs(timeToConversionSeconds - truth.timeSeconds) / toleranceSeconds);
}

function diversityOf(answer: Answer, twins: number): number {
  const p = answer.confidence ?? 0.5;
  const contradicts = answer.conversionHappened === 1 ? p < 0.5 : p > 0.5;
  return contradicts ? 0 : Math.abs(2 * p - 1) / twins;
}

/**
 * seed-v1, the quickstart's formula:
 * prediction = .55 classification + .35 regression + .10 diversity; total = .80 prediction + .20 latency.
 *
 * @param alpha weight of the newest score in the exponential average (`--neuron.moving_average_alpha`).
 * @param constants in place of today's, to compute again what was scored by others.
 * @example
 * const frozen = { classWeights: { 0: 0.625, 1: 0.375 }, baseRate: 0.5, medianTimeSeconds: 60 };
 * const answer = { conversionHappened: 1, timeToConversionSeconds: 62, confidence: 1, timeIfConvertedSeconds: null } as const;
 * seedV1().score({ frozen, replies: [{ ok: true, answer, latencySeconds: 0 }] }, { converted: 1, timeSeconds: 62 })[0]?.total; // 0.725
 */
export function seedV1({
  constants = {},
  alpha = constants.alpha ?? SEED_V1_CONSTANTS.alpha,
}: {
  alpha?: number;
  constants?: Partial<Constants>;
} = {}): ScoringMode {
  const c = { ...SEED_V1_CONSTANTS, ...constants, alpha };
  return {
    name: "seed-v1",
    version: 1,
    constants: c,
    formula: [
      "prediction = classification share x classification + regression share x regression + diversity share x diversity",
      "diversity = |2p - 1| / answers identical to this one; total = prediction share x prediction + latency share x latency",
    ],
    average: exponentialAverage(alpha),
    score({ frozen, replies }, truth) {
      assertFrozen(frozen);
      assertTruth(truth);
      const refusals = replies.map(refusal);
      const twins = new Map<string, number>();
      replies.forEach((reply, i) => {
        if (!reply.ok || refusals[i] !== null) return;
        const key = identity(reply.answer);
        twins.set(key, (twins.get(key) ?? 0) + 1);
      });
      return replies.map((reply: Reply, i): Score => {
        const reason = refusals[i] ?? null;
        if (!reply.ok || reason !== null) return nothingEarned(reason ?? "invalid", NAMES, reply.latencySeconds);
        const { answer, latencySeconds } = reply;
        const classification = answer.conversionHappened === truth.converted ? frozen.classWeights[truth.converted] : 0;
        const regression = timeReward(answer, truth, c.timeToleranceSeconds);
        const diversity = diversityOf(answer, twins.get(identity(answer)) ?? 1);
        const latency = Math.max(0, 1 - latencySeconds / c.deadlineSeconds);
        const prediction = c.classification * classification + c.regression * regression + c.diversity * diversity;
        const best =
          c.classification * frozen.classWeights[truth.converted] +
          c.regression * (truth.timeSeconds === null ? 0 : 1) +
          c.diversity;
        return {
          total: c.predictionShare * prediction + c.latencyShare * latency,
          prediction,
          components: { classification, regression, diversity, latency },
          invalid: null,
          best: c.predictionShare * best + c.latencyShare,
          latencySeconds,
        };
      });
    },
  };
}
