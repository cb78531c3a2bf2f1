import { describe, expect, it } from "vitest";
import type { Answer, Truth } from "../schema.ts";
import {
  checkExplanation,
  explain,
  explanationLines,
  type Frozen,
  PROPER_V1_CONSTANTS,
  properV1,
  type Reply,
  readmeV1,
  type ScoredRecord,
  type ScoringMode,
  seedV1,
} from "./index.ts";

const frozen: Frozen = { classWeights: { 0: 0.625, 1: 0.375 }, baseRate: 0.4, medianTimeSeconds: 100 };
const says = (p: number, time = 62, latencySeconds = 0): Reply => {
  const conversionHappened = p >= 0.5 ? 1 : 0;
  const answer: Answer = {
    conversionHappened,
    timeToConversionSeconds: conversionHappened === 1 ? time : -1,
    confidence: p,
    timeIfConvertedSeconds: time,
  };
  return { ok: true, answer, latencySeconds };
};
const silent: Reply = { ok: false, reason: "timeout", latencySeconds: 12 };
const won: Truth = { converted: 1, timeSeconds: 62 };
const REPLIES = { ann: says(1), bob: says(0.2, 90, 3), cyd: says(1), dan: silent };

/** A record as a validator keeps it. */
function recordOf(
  mode: ScoringMode,
  { replies = REPLIES as Record<string, Reply>, truth = won as Truth | null, reason = "converted" } = {},
): ScoredRecord {
  const asked = Object.keys(replies);
  const scores = truth === null ? [] : mode.score({ frozen, replies: Object.values(replies) }, truth);
  return {
    open: { number: 12, stratum: "shop, 4 messages", askedAtSeconds: 40 },
    frozen,
    mode: { name: mode.name, version: mode.version, constants: mode.constants },
    asked,
    replies: new Map(Object.entries(replies)),
    settled: {
      ...{ truth, reason, atSeconds: 70 },
      scores: new Map(scores.map((score, i) => [asked[i] ?? "", score])),
    },
  };
}
/** The record with one stored number changed. */
function tampered(record: ScoredRecord, hotkey: string, total: number): ScoredRecord {
  const score = record.settled?.scores.get(hotkey);
  if (score === undefined || record.settled === null) throw new Error("not scored");
  const scores = new Map([...record.settled.scores, [hotkey, { ...score, total }]]);
  return { ...record, settled: { ...record.settled, scores } };
}

describe("an explanation", () => {
  it.each([seedV1(), readmeV1(), properV1(), properV1({ version: 1 })])("makes every score of $name again", (mode) => {
    const record = recordOf(mode);
    for (const hotkey of record.asked) {
      const explained = explain(record, hotkey);
      expect(explained).toMatchObject({ agrees: true, differences: [], notes: [] });
      expect(explained.recomputed).toEqual(record.settled?.scores.get(hotkey));
      expect(JSON.parse(JSON.stringify(explained))).toEqual(explained);
    }
  });

  it("shows everything in lines, in the order in which it came about", () => {
    expect(explanationLines(explain(recordOf(seedV1()), "ann")).join("\n")).toMatchInlineSnapshot(`
      "Question 12 (shop, 4 messages), hotkey ann
      answer      yes, after 62 s, p 1, if it converts after 62 s, 0 s by the validator's clock
      truth       converted after 62 s; from: converted, at 70 s of the conversation clock
      frozen      class weights {1: 0.375, 0: 0.625}, base rate 0.4, median time 100 s
      mode        seed-v1, version 1: classification 0.55, regression 0.35, diversity 0.1, predictionShare 0.8, latencyShare 0.2, timeToleranceSeconds 15, deadlineSeconds 60, alpha 0.05
                  prediction = classification share x classification + regression share x regression + diversity share x diversity
                  diversity = |2p - 1| / answers identical to this one; total = prediction share x prediction + latency share x latency
      others      4 replies, 3 valid, 2 identical to this one, itself included
      components  classification 0.375, regression 1, diversity 0.5, latency 1
      score       0.685 (without latency 0.60625, best possible 0.725)
      recomputed  the same, from the stored record"
    `);
    expect(explanationLines(explain(recordOf(properV1()), "dan")).join("\n")).toMatchInlineSnapshot(`
      "Question 12 (shop, 4 messages), hotkey dan
      answer      none: timeout, 12 s by the validator's clock
      truth       converted after 62 s; from: converted, at 70 s of the conversation clock
      frozen      class weights {1: 0.375, 0: 0.625}, base rate 0.4, median time 100 s
      mode        proper-v1, version 2: whether 0.7, when 0.3, timeCapSeconds 300, windowQuestions 1000, minAnsweredShare 0.85, minSettled 50, fullSpeedSeconds 1, slowestSeconds 60, slowestFactor 0.8, silenceQuantile 0.1, silenceMinValid 10
                  s = whether share x ((b - y)^2 - (p - y)^2) + when share x y (min(|m - t|, cap) - min(|tc - t|, cap)) / cap
                  silence: the 10th percentile of the valid s of the question, the least when fewer than 10, the worst constant when none
      others      4 replies, 3 valid, 0 identical to this one, itself included
      invalid     timeout
      components  whether 0, when 0
      score       -0.186 (without latency -0.186, best possible 0.29)
      recomputed  the same, from the stored record"
    `);
  });

  it("says where a stored number differs from the one that comes out", () => {
    const explained = explain(tampered(recordOf(seedV1()), "bob", 0.9), "bob");
    expect(explained.agrees).toBe(false);
    expect(explained.differences).toEqual([{ part: "total", stored: 0.9, recomputed: expect.closeTo(0.238, 9) }]);
    expect(explanationLines(explained).join("\n")).toContain("DIFFERS     total: stored 0.9, recomputed 0.238");
  });

  it("takes the constants that were stored, not those of today", () => {
    const old = properV1({ constants: { whether: 0.5, when: 0.5 } });
    expect(explain(recordOf(old), "ann")).toMatchObject({ agrees: true, notes: [] });
    const record = recordOf(old);
    const today = { ...record, mode: { ...record.mode, constants: PROPER_V1_CONSTANTS } };
    expect(explain(today, "ann").agrees).toBe(false);
  });

  it("knows modes of one's own when it is given them, and says when it does not", () => {
    const flat: ScoringMode = {
      ...seedV1(),
      name: "flat",
      score: ({ replies }) =>
        replies.map(({ latencySeconds }) => ({
          total: 1,
          prediction: 1,
          components: {},
          invalid: null,
          best: 1,
          latencySeconds,
        })),
    };
    const record = recordOf(flat);
    expect(explain(record, "ann", { own: [flat] }).agrees).toBe(true);
    expect(explain(record, "ann")).toMatchObject({ agrees: null, recomputed: null });
    expect(explain(record, "ann").notes).toEqual(["The mode flat, version 1, is not known here: not recomputed."]);
    const newer = { ...flat, constants: { ...flat.constants, alpha: 0.1 } };
    expect(explain(record, "ann", { own: [newer] }).notes).toEqual([
      "Recomputed with other constants than were stored: alpha.",
    ]);
  });

  it("says that a question is open, void, or was not asked of a hotkey", () => {
    const record = recordOf(seedV1());
    expect(explain({ ...record, settled: null }, "ann")).toMatchObject({
      ...{ truth: null, stored: null, agrees: null },
      notes: ["The question is still open: there is no truth and no score yet."],
    });
    const lost = recordOf(seedV1(), { truth: null, reason: "void: lost" });
    expect(explain(lost, "ann").notes).toEqual(["The question is void and scores nobody: void: lost."]);
    expect(() => explain(record, "eve")).toThrow("Question 12 was not asked of eve.");
    const known = recordOf(seedV1(), { truth: { converted: 1, timeSeconds: null } });
    expect(explain(known, "ann").notes).toEqual([
      "The moment of conversion is not known: the time part is paid to nobody.",
    ]);
  });

  it("carries no number that is none", () => {
    const broken = says(Number.NaN);
    const explained = explain(recordOf(seedV1(), { replies: { ann: says(1), nan: broken } }), "nan");
    expect(explained.reply).toEqual({ ok: false, reason: "invalid: confidence is not in [0, 1]", latencySeconds: 0 });
    expect(explained.agrees).toBe(true);
  });

  it("counts a reply that was never recorded as it was scored: as silence", () => {
    const record = recordOf(properV1());
    const replies = new Map([...record.replies].filter(([hotkey]) => hotkey !== "dan"));
    expect(explain({ ...record, replies }, "dan")).toMatchObject({
      reply: { ok: false, reason: "timeout" },
      notes: ["The replies of 1 of 4 hotkeys were not recorded."],
    });
  });
});

describe("checking an explanation alone", () => {
  it.each([seedV1(), readmeV1(), properV1()])("makes the numbers of $name again", (mode) => {
    const record = recordOf(mode);
    for (const hotkey of ["ann", "bob", "cyd"]) {
      expect(checkExplanation(explain(record, hotkey)), hotkey).toMatchObject({ holds: true });
      expect(checkExplanation(explain(tampered(record, hotkey, 0.77), hotkey))).toEqual({
        ...{ holds: false, reason: "differs in total" },
      });
    }
  });

  it("cannot check the price of silence, a mode that it does not know, or no score", () => {
    const proper = recordOf(properV1());
    expect(checkExplanation(explain(proper, "dan"))).toMatchObject({ holds: null });
    expect(checkExplanation(explain(recordOf(seedV1()), "dan"))).toMatchObject({ holds: true });
    expect(checkExplanation(explain({ ...proper, settled: null }, "ann"))).toMatchObject({ holds: null });
    // A price of exactly 0 is a price too: the validator that stored it is no liar.
    const free = tampered(proper, "dan", 0);
    expect(checkExplanation(explain(free, "dan"))).toMatchObject({ holds: null });
    const explained = explain(proper, "ann");
    expect(checkExplanation({ ...explained, mode: { ...explained.mode, version: 99 } })).toMatchObject({ holds: null });
  });
});
