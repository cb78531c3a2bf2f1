import { exponentialAverage } from "./exponential.ts";
import { assertTruth, DEADLINE_SECONDS, nothingEarned, refusal, type Score, type ScoringMode } from "./mode.ts";
import { timeReward } from "./seed-v1.ts";

/** The constants of the Python repository's README. */
export const README_V1_CONSTANTS = {
  classification: 0.55,
  regression: 0.45,
  weightConverted: 0.375,
  weightNotConverted: 0.625,
  predictionShare: 0.8,
  latencyShare: 0.2,
  timeToleranceSeconds: 15,
  deadlineSeconds: DEADLINE_SECONDS,
  alpha: 0.05,
} as const;
type Constants = { readonly [K in keyof typeof README_V1_CONSTANTS]: number };
const NAMES = ["classification", "regression", "latency"] as const;

/**
 * readme-v1: fixed class weights, no diversity, prediction paid however late. For comparison with Python validators on
 * valid answers.
 *
 * @param constants in place of today's, to compute again what was scored by others.
 * @example
 * readmeV1().constants.regression; // 0.45
 */
export function readmeV1({
  constants = {},
  alpha = constants.alpha ?? README_V1_CONSTANTS.alpha,
}: {
  alpha?: number;
  constants?: Partial<Constants>;
} = {}): ScoringMode {
  const c = { ...README_V1_CONSTANTS, ...constants, alpha };
  return {
    name: "readme-v1",
    version: 1,
    constants: c,
    formula: [
      "prediction = classification share x classification + regression share x regression",
      "total = prediction share x prediction + latency share x latency, the prediction however late",
    ],
    average: exponentialAverage(alpha),
    score({ replies }, truth) {
      assertTruth(truth);
      const weight = truth.converted === 1 ? c.weightConverted : c.weightNotConverted;
      return replies.map((reply): Score => {
        const reason = refusal(reply);
        if (!reply.ok || (reason !== null && reason !== "late"))
          return nothingEarned(reason ?? "invalid", NAMES, reply.latencySeconds);
        const classification = reply.answer.conversionHappened === truth.converted ? weight : 0;
        const regression = timeReward(reply.answer, truth, c.timeToleranceSeconds);
        const latency = Math.max(0, 1 - reply.latencySeconds / c.deadlineSeconds);
        const prediction = c.classification * classification + c.regression * regression;
        const best = c.classification * weight + (truth.timeSeconds === null ? 0 : c.regression);
        return {
          total: c.predictionShare * prediction + c.latencyShare * latency,
          prediction,
          components: { classification, regression, latency },
          invalid: null,
          best: c.predictionShare * best + c.latencyShare,
          latencySeconds: reply.latencySeconds,
        };
      });
    },
  };
}
