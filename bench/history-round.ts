import { createRandom } from "../src/core/index.ts";
import { type Features, fromVector, type Truth } from "../src/schema.ts";
import type { Reply, Score, ScoringMode } from "../src/scoring/index.ts";
import type { HistoryStore, Standings } from "../src/validator/index.ts";

const random = createRandom("bench history");
const everybody = Array.from({ length: 256 }, (_, i) => `5Grwva${String(i).padStart(42, "x")}`);
const features: Features = fromVector(Array.from({ length: 40 }, () => random.next() * 100));
const frozen = { classWeights: { 0: 0.6, 1: 0.4 }, baseRate: 0.4, medianTimeSeconds: 120 };

const repliesOf = (hotkeys: readonly string[]): ReadonlyMap<string, Reply> =>
  new Map(
    hotkeys.map((hotkey): [string, Reply] => {
      const confidence = random.next();
      const conversionHappened = confidence >= 0.5 ? 1 : 0;
      const timeToConversionSeconds = conversionHappened === 1 ? 60 + random.next() * 60 : -1;
      const answer = { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds: 90 } as const;
      return [hotkey, { ok: true, latencySeconds: random.next(), answer }];
    }),
  );

/**
 * A question to so many miners from its asking to its scores, as the validator's judge does it; returns milliseconds.
 *
 * @param answers at most 256.
 */
export async function playRound(
  { history, mode, standings }: { history: HistoryStore; mode: ScoringMode; standings: Standings },
  number: number,
  answers = 256,
): Promise<number> {
  const hotkeys = everybody.slice(0, answers);
  const landmark = { messages: 4 };
  const question = { sessionId: `q-${number}`, features, landmark, horizonSeconds: 1_800 };
  const stratum = "shop, 4 messages";
  const open = { number, conversationId: `c-${number}`, stratum, landmark, askedAtSeconds: number, question };
  const { name, version, constants } = mode;
  const replies = repliesOf(hotkeys);
  const truth: Truth = number % 2 === 0 ? { converted: 1, timeSeconds: 80 } : { converted: 0, timeSeconds: null };
  const known = { truth, reason: "closed", atSeconds: number + 90 };
  const startedMs = performance.now();
  await history.recordQuestion({ open, frozen, mode: { name, version, constants }, asked: hotkeys, askedAtMs: number });
  await history.recordReplies(number, replies);
  // In the same commit as the scores, as it is where the answers came before the truth.
  const stored = history.recordTruth(number, known);
  const results = mode.score({ frozen, replies: [...replies.values()] }, truth);
  const scores = new Map<string, Score>();
  const prepared = [...replies].flatMap(([hotkey, reply], i) => {
    const score = results[i];
    if (score === undefined) return [];
    scores.set(hotkey, score);
    return [standings.prepare(hotkey, reply, score, truth)];
  });
  const moved = prepared.map(({ record }) => record);
  await Promise.all([stored, history.recordSettled(number, { ...known, scores }, moved)]);
  for (const { apply } of prepared) apply();
  return performance.now() - startedMs;
}
