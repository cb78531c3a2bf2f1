import type { Feedback } from "../../src/protocol/index.ts";
import { type Answer, fromVector, type Question, type Truth } from "../../src/schema.ts";
import { answerIdentity, EXPLANATION_FORMAT, type Reply, seedV1 } from "../../src/scoring/index.ts";

export const frozen = { classWeights: { 0: 0.4, 1: 0.6 }, baseRate: 0.4, medianTimeSeconds: 120 } as const;

/** A question by number: blinded id, and numbers that no other has. */
export const questionOf = (number: number): Question => ({
  sessionId: `q-${number.toString(16).padStart(32, "0")}`,
  features: fromVector(Float64Array.from({ length: 40 }, (_, i) => (i === 5 ? Number.NaN : i === 0 ? number : 1))),
  landmark: { messages: 4 },
  horizonSeconds: 1_800,
});
export const yes: Answer = {
  conversionHappened: 1,
  timeToConversionSeconds: 62.5,
  confidence: 0.7,
  timeIfConvertedSeconds: 62.5,
};

/** True feedback about an answer, as an honest validator makes it. */
export function feedbackAbout(
  question: Question,
  answer: Answer,
  truth: Truth,
  { hotkey, number = 1, atSeconds = 100 }: { hotkey: string; number?: number; atSeconds?: number },
): Feedback {
  const reply: Reply = { ok: true, answer, latencySeconds: 0.05 };
  const mode = seedV1();
  const [stored] = mode.score({ frozen, replies: [reply] }, truth);
  if (stored === undefined) throw new Error(answerIdentity(answer));
  return {
    question,
    answer,
    truth,
    explanation: {
      format: EXPLANATION_FORMAT,
      question: number,
      hotkey,
      stratum: "4 messages",
      askedAtSeconds: 40,
      mode: { name: mode.name, version: mode.version, constants: mode.constants, formula: [] },
      frozen,
      reply,
      truth: { ...truth, from: truth.converted === 1 ? "converted" : "closed", atSeconds },
      stored,
      ...{ recomputed: null, agrees: null, differences: [] },
      others: { replies: 1, valid: 1, identical: 1 },
      notes: [],
    },
  };
}
