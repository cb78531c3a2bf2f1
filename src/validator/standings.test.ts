import { describe, expect, it } from "vitest";
import type { Answer, Truth } from "../schema.ts";
import { type Reply, seedV1 } from "../scoring/index.ts";
import { createStandings } from "./standings.ts";

const mode = seedV1();
const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 };
const converted: Truth = { converted: 1, timeSeconds: 60 };
const lost: Truth = { converted: 0, timeSeconds: null };
const says = (confidence: number | null, timeIfConvertedSeconds: number | null = null, latencySeconds = 0.1): Reply => {
  const yes = (confidence ?? 0.5) >= 0.5;
  const answer: Answer = {
    conversionHappened: yes ? 1 : 0,
    timeToConversionSeconds: yes ? 70 : -1,
    confidence,
    timeIfConvertedSeconds,
  };
  return { ok: true, answer, latencySeconds };
};
const silent: Reply = { ok: false, reason: "timeout", latencySeconds: 12 };

function standingsOf(...rounds: [hotkey: string, reply: Reply, truth: Truth][]) {
  const standings = createStandings(mode);
  for (const [hotkey, reply, truth] of rounds) {
    const [score] = mode.score({ frozen, replies: [reply] }, truth);
    if (score) standings.add(hotkey, reply, score, truth);
  }
  return standings;
}

describe("standings", () => {
  it("are kept by hotkey, and say nothing of one that was never asked", () => {
    const standings = standingsOf(["a", says(1), converted], ["b", says(0), converted], ["a", says(0), lost]);
    expect(standings.all().map(({ hotkey, asked }) => [hotkey, asked])).toEqual([
      ["b", 1],
      ["a", 2],
    ]);
    expect(standings.of("c")).toBeUndefined();
    expect([standings.payOf("a"), standings.payOf("c")]).toEqual([standings.of("a")?.pay, null]);
  });

  it("forget the hotkey not asked for the longest time when there are many times more than places", () => {
    const names = Array.from({ length: 4_100 }, (_, i) => `h${i}`);
    const standings = standingsOf(
      ...["h0", ...names].map((name) => [name, says(1), converted] as Parameters<typeof standingsOf>[number]),
    );
    expect(standings.all()).toHaveLength(4_096);
    expect(["h0", "h3", "h4", "h4099"].map((name) => standings.of(name) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("say how good the probabilities and times were", () => {
    const standings = standingsOf(
      ["a", says(0.9, 80), converted],
      ["a", says(0.8), converted],
      ["a", says(0.2), lost],
      ["a", says(0.4, 30), converted],
    );
    expect(standings.of("a")).toMatchObject({ asked: 4, answered: 4, auc: 1, timeMaeSeconds: (20 + 10 + 30) / 3 });
    expect(standings.of("a")?.brier).toBeCloseTo((0.01 + 0.04 + 0.04 + 0.36) / 4, 12);
    expect(standings.of("a")?.latencyP50Ms).toBeCloseTo(100, 9);
  });

  it("count silence as asked and not answered: it costs score, and is no forecast", () => {
    const one = standingsOf(["a", says(1), converted]).of("a");
    const two = standingsOf(["a", says(1), converted], ["a", silent, converted]).of("a");
    expect(two).toMatchObject({ asked: 2, answered: 1, brier: one?.brier, latencyP99Ms: one?.latencyP99Ms });
    expect(two?.meanScore).toBeCloseTo((one?.meanScore ?? 0) / 2, 12);
    expect(two?.predictionScore).toBeCloseTo((one?.predictionScore ?? 0) / 2, 12);
    expect(two?.score).toBeLessThan(one?.score ?? 0);
    expect(standingsOf(["a", silent, converted]).of("a")).toMatchObject({
      answered: 0,
      score: 0,
      auc: null,
      brier: null,
      timeMaeSeconds: null,
      latencyP50Ms: null,
    });
  });

  it("leave latency out of the prediction score", () => {
    const fast = standingsOf(["a", says(1, null, 0.1), converted]).of("a");
    const slow = standingsOf(["a", says(1, null, 30), converted]).of("a");
    expect(slow?.predictionScore).toBe(fast?.predictionScore);
    expect(slow?.score).toBeLessThan(fast?.score ?? 0);
  });

  it("take a missing confidence for one half, and a conversion at an unknown moment for no time", () => {
    const standings = standingsOf(["a", says(null, 50), { converted: 1, timeSeconds: null }]);
    expect(standings.of("a")).toMatchObject({ brier: 0.25, timeMaeSeconds: null });
  });

  it("count an answer that earns nothing for what it says as answered or not, but never as a forecast", () => {
    const answer = { conversionHappened: 1, timeToConversionSeconds: 60, confidence: 7, timeIfConvertedSeconds: null };
    const invalid: Reply = { ok: true, answer: answer as Answer, latencySeconds: 0.1 };
    expect(standingsOf(["a", invalid, converted]).of("a")).toMatchObject({
      score: 0,
      brier: null,
      timeMaeSeconds: null,
    });
  });

  it("defect 6: a miner that is not asked keeps its average, whatever the others earn meanwhile", () => {
    const once: [string, Reply, Truth] = ["a", says(1), converted];
    const others = Array.from({ length: 200 }, (): [string, Reply, Truth] => ["b", silent, converted]);
    expect(standingsOf(once, ...others).of("a")).toEqual(standingsOf(once).of("a"));
  });
});
