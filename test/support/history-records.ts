import { type Features, fromVector } from "../../src/schema.ts";
import type { Reply, Score } from "../../src/scoring/index.ts";
import type { NewQuestion, Settled } from "../../src/validator/index.ts";

const features: Features = fromVector(Array.from({ length: 40 }, (_, i) => (i % 7 === 0 ? Number.NaN : i / 3)));
export const MODE = { name: "seed-v1", version: 1, constants: { a: 0.1, b: 1 / 3 } };

/** A question as it is asked. */
export function newQuestion(
  number: number,
  changes: Partial<NewQuestion> & { conversationId?: string } = {},
): NewQuestion {
  const { conversationId = `c${number}`, ...rest } = changes;
  const landmark = number % 2 === 0 ? { messages: 4 } : { seconds: 60.5 };
  return {
    open: {
      number,
      conversationId,
      stratum: "shop, 4 messages",
      landmark,
      askedAtSeconds: number + 0.25,
      question: { sessionId: `q-${number}`, features, landmark, horizonSeconds: 60 },
    },
    frozen: { classWeights: { 0: 0.4, 1: 0.6 }, baseRate: 1 / 3, medianTimeSeconds: 60.1 },
    mode: MODE,
    asked: ["hk-b", "hk-a", "hk-c"],
    askedAtMs: 1_700_000_000_000 + number,
    ...rest,
  };
}
const yes: Reply = {
  ok: true,
  latencySeconds: 0.1 + 0.2,
  answer: { conversionHappened: 1, timeToConversionSeconds: 62.5, confidence: 0.7, timeIfConvertedSeconds: 61 },
};
const no: Reply = {
  ok: true,
  latencySeconds: 0.5,
  answer: { conversionHappened: 0, timeToConversionSeconds: -1, confidence: null, timeIfConvertedSeconds: null },
};
export const LATE: Reply = { ok: false, reason: "timeout", latencySeconds: 12 };
export const BUSY: Reply = { ok: false, reason: "busy", latencySeconds: null };
export const REPLIES: ReadonlyMap<string, Reply> = new Map<string, Reply>([
  ["hk-b", yes],
  ["hk-a", no],
  ["hk-c", LATE],
]);
const score = (total: number, invalid: string | null = null): Score => ({
  total,
  prediction: total / 3,
  components: { classification: total / 7, regression: 0 },
  invalid,
  best: 0,
  latencySeconds: invalid === null ? 0.3 : null,
});
export const SETTLED: Settled = {
  truth: { converted: 1, timeSeconds: 62.25 },
  reason: "converted",
  toldBy: "shop, event e-17",
  atSeconds: 70.5,
  scores: new Map([
    ["hk-b", score(0.7)],
    ["hk-a", score(0.1)],
    ["hk-c", score(0, "timeout")],
  ]),
};
