import { describe, expect, it } from "vitest";
import type { Answer, Truth } from "../../schema.ts";
import { type Frozen, properV1, type Reply, readmeV1, type ScoringMode, seedV1 } from "../../scoring/index.ts";
import { analyse } from "./analyse.ts";
import { changesOf, figuresOf } from "./figures.ts";
import type { Judged } from "./judged.ts";
import { scoreLines } from "./lines.ts";
import { partsOf } from "./parts.ts";

const frozen: Frozen = { classWeights: { 0: 0.6, 1: 0.4 }, baseRate: 0.4, medianTimeSeconds: 100 };
const answerOf = (p: number, time = 70): Answer => ({
  conversionHappened: p >= 0.5 ? 1 : 0,
  timeToConversionSeconds: p >= 0.5 ? time : -1,
  confidence: p,
  timeIfConvertedSeconds: time,
});
const won: Truth = { converted: 1, timeSeconds: 62 };
const lost: Truth = { converted: 0, timeSeconds: null };

function judged({
  atMs = 0,
  p = 0.7,
  truth = won,
  latencySeconds = 0.1,
  failure = null as string | null,
  mode = seedV1() as ScoringMode,
}): Judged {
  const reply: Reply =
    failure === null
      ? { ok: true, answer: answerOf(p), latencySeconds }
      : { ok: false, reason: failure, latencySeconds };
  const [score] = mode.score({ frozen, replies: [reply] }, truth);
  if (score === undefined) throw new Error("no score");
  return { ...{ atMs, validator: "v", question: 1, stratum: "s", mode, frozen, reply, truth, score }, identical: 1 };
}
const many = (count: number, of: Parameters<typeof judged>[0]) =>
  Array.from({ length: count }, (_, i) => judged({ ...of, truth: of.truth ?? (i % 2 === 0 ? won : lost) }));

describe("the parts of a score", () => {
  it.each([seedV1(), readmeV1(), properV1()])("of $name add up to it, and what was possible to its best", (mode) => {
    for (const truth of [won, lost, { converted: 1, timeSeconds: null } as const]) {
      for (const p of [0, 0.3, 0.7, 1]) {
        const one = judged({ p, truth, mode, latencySeconds: 3 });
        const parts = partsOf(one);
        expect(parts.map(({ name }) => name)).not.toContain("answers");
        expect(parts.reduce((sum, { got }) => sum + got, 0)).toBeCloseTo(one.score.total, 9);
        expect(parts.reduce((sum, { possible }) => sum + possible, 0)).toBeCloseTo(one.score.best, 9);
      }
    }
  });

  it("of silence are one, and of a mode that is not known here too", () => {
    expect(partsOf(judged({ failure: "timeout" })).map(({ name }) => name)).toEqual(["answers"]);
    const own = { ...judged({}), mode: { name: "mine", version: 1, constants: {} } };
    expect(partsOf(own)).toEqual([{ name: "other", got: own.score.total, possible: own.score.best }]);
  });
});

describe("a change", () => {
  it("is told apart into what the questions and what the answers have to do with it, part by part", () => {
    const [before, now] = [figuresOf(many(40, { p: 0.9 })), figuresOf(many(40, { p: 0.9, latencySeconds: 30 }))];
    const [first, ...others] = changesOf(before, now);
    expect(first).toMatchObject({ name: "speed", byQuestions: 0 });
    expect(first?.change).toBeCloseTo(-0.2 * (29.9 / 60), 9);
    for (const { change } of others) expect(change).toBeCloseTo(0, 9);
    // Fewer conversions: less to win with the time, and nobody's fault.
    const fewer = changesOf(figuresOf(many(40, { p: 0.9, truth: won })), figuresOf(many(40, { p: 0.9, truth: lost })));
    const time = fewer.find(({ name }) => name === "time");
    expect(time?.change).toBeLessThan(0);
    expect(time?.byAnswers).toBe(0);
  });

  it("is told with figures, and with what to do about it", () => {
    const all = [
      ...many(40, { atMs: 5 }),
      ...many(40, { atMs: 15, latencySeconds: 20 }),
      ...many(10, { atMs: 15, failure: "timeout" }),
    ];
    const options = { feedback: "feedback", model: "m.safetensors", modelAtMs: null };
    const periods = { before: { fromMs: 0, toMs: 10 }, now: { fromMs: 10, toMs: 20 } };
    const analysis = analyse({ all, silence: true, hotkey: "5Miner" }, { ...options, ...periods });
    expect(analysis.now.failures).toEqual({ timeout: 10 });
    expect(analysis.advice.map(({ command }) => command).sort()).toEqual([
      "npx conversion-subnet doctor --as miner --model m.safetensors",
      "npx conversion-subnet logs --level warn",
      expect.stringContaining("retrain --model m.safetensors"),
    ]);
    const lines = scoreLines(analysis, { place: null, names: { now: "today", before: "yesterday" }, width: 100 });
    const text = lines.join("\n");
    expect(text).toContain("Today against yesterday:");
    expect(text).toContain("10 of 50 got no valid answer (timeout 10), 0 of 40 before");
    expect(text).toContain("half of the answers within 20.0 s, 100 ms before");
    for (const line of lines) if (!line.includes("> npx")) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("is none where there is nothing before it", () => {
    const periods = { before: { fromMs: 0, toMs: 10 }, now: { fromMs: 10, toMs: 20 } };
    const options = { feedback: null, model: null, modelAtMs: null, ...periods };
    const analysis = analyse({ all: many(3, { atMs: 15 }), silence: false, hotkey: null }, options);
    expect(analysis).toMatchObject({ change: null, parts: [] });
    const text = scoreLines(analysis, { place: null, names: { now: "today", before: "yesterday" }, width: 80 }).join(
      "\n",
    );
    expect(text).toContain("Nothing to compare: 3 questions in today, 0 in yesterday.");
  });

  it("that came with a new model file says so", () => {
    const all = [...many(20, { atMs: 5, p: 0.9, truth: won }), ...many(20, { atMs: 15, p: 0.1, truth: won })];
    const periods = { before: { fromMs: 0, toMs: 10 }, now: { fromMs: 10, toMs: 20 } };
    const options = { feedback: null, model: "m.safetensors", modelAtMs: 12, ...periods };
    const { swap, advice } = analyse({ all, silence: false, hotkey: null }, options);
    expect(swap?.after).toBeLessThan(swap?.before ?? 0);
    expect(advice[0]?.command).toBe("npx conversion-subnet retrain --model m.safetensors --rollback");
  });
});
