import { describe, expect, it } from "vitest";
import { createRandom } from "../core/index.ts";
import type { Answer, Truth } from "../schema.ts";
import { EMPTY_STANDING, type Frozen, properV1, type Reply, type Standing } from "./index.ts";

const mode = properV1();
const frozen: Frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.4, medianTimeSeconds: 100 };
const forecast = (p: number, tc: number | null = null): Answer => ({
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: p,
  timeIfConvertedSeconds: tc,
});
const reply = (answer: Answer, latencySeconds = 0.1): Reply => ({ ok: true, answer, latencySeconds });
const silent: Reply = { ok: false, reason: "timeout", latencySeconds: 12 };
const score = (replies: Reply[], truth: Truth) => mode.score({ frozen, replies }, truth);
const won: Truth = { converted: 1, timeSeconds: 160 };
const lost: Truth = { converted: 0, timeSeconds: null };

describe("proper-v1", () => {
  it("pays the gain in Brier score over the base rate, and in time error over the median", () => {
    const [s] = score([reply(forecast(0.9, 150))], won);
    expect(s?.components.whether).toBeCloseTo(0.36 - 0.01, 12);
    expect(s?.components.when).toBeCloseTo((60 - 10) / 300, 12);
    expect(s?.total).toBeCloseTo(0.7 * 0.35 + 0.3 * (50 / 300), 12);
    expect(s?.best).toBeCloseTo(0.7 * 0.36 + 0.3 * (60 / 300), 12);
  });

  it("does not pay the class, pays nothing for a time not given or not known, and may be negative", () => {
    const yes: Answer = {
      conversionHappened: 1,
      timeToConversionSeconds: 5,
      confidence: 0.2,
      timeIfConvertedSeconds: null,
    };
    const [a, b, c] = score([reply(yes), reply(forecast(0.2)), reply(forecast(1))], lost);
    expect(a?.total).toBe(b?.total);
    expect(c?.total).toBeCloseTo(0.7 * (0.16 - 1), 12);
    expect(score([reply(forecast(0.9, 150))], { converted: 1, timeSeconds: null })[0]?.components.when).toBe(0);
  });

  it("takes the time of a yes where the time if converted is absent, and knows none behind a no", () => {
    const yes: Answer = {
      conversionHappened: 1,
      timeToConversionSeconds: 150,
      confidence: 0.9,
      timeIfConvertedSeconds: null,
    };
    const [spoken, implied, none] = score([reply(forecast(0.9, 150)), reply(yes), reply(forecast(0.9))], won);
    expect(implied?.total).toBe(spoken?.total);
    expect(none?.components.when).toBe(0);
  });

  it("takes the price of silence from the others: percentile, minimum when few, the worst constant when none", () => {
    const many = Array.from({ length: 11 }, (_, i) => reply(forecast(i / 10)));
    const totals = score(many, lost)
      .map(({ total }) => total)
      .sort((a, b) => a - b);
    expect(score([...many, silent], lost)[11]).toMatchObject({ total: totals[1], invalid: "timeout" });
    expect(score([reply(forecast(0.9)), silent], lost)[1]?.total).toBeCloseTo(0.7 * (0.16 - 0.81), 12);
    expect(score([silent], lost)[0]?.total).toBeCloseTo(-0.7 * 0.36, 12);
  });

  it("is proper: in expectation nothing beats the true probability", () => {
    for (const truth of [0.1, 0.35, 0.5, 0.8]) {
      const expected = (p: number) =>
        truth * (score([reply(forecast(p))], won)[0]?.total ?? 0) +
        (1 - truth) * (score([reply(forecast(p))], lost)[0]?.total ?? 0);
      for (let p = 0; p <= 1; p += 0.05) expect(expected(truth)).toBeGreaterThanOrEqual(expected(p) - 1e-12);
    }
  });

  it("pays skill less its standard error, gated by answers and settled questions, and by latency", () => {
    const random = createRandom(3);
    const play = (n: number, latency: number, offlineEvery = 0): Standing => {
      let standing = EMPTY_STANDING;
      for (let i = 0; i < n; i++) {
        const y: Truth = random.next() < 0.4 ? won : lost;
        const given =
          offlineEvery > 0 && i % offlineEvery === 0
            ? silent
            : reply(forecast(y.converted === 1 ? 0.8 : 0.2, 150), latency);
        const [s] = score([given, reply(forecast(0.4))], y);
        if (s) standing = mode.average.add(standing, s);
      }
      return standing;
    };
    expect(mode.average.pay(EMPTY_STANDING)).toBeNull();
    expect(mode.average.value(EMPTY_STANDING)).toBeNull();
    expect(mode.average.pay(play(49, 0.1))).toBe(0);
    const quick = play(400, 0.1);
    const value = mode.average.value(quick) ?? 0;
    expect(value).toBeGreaterThan(0.5);
    expect(mode.average.pay(quick)).toBeLessThan(value);
    expect(mode.average.pay(quick)).toBeGreaterThan(0.8 * value);
    expect((mode.average.pay(play(400, 59.9)) ?? 0) / (mode.average.pay(quick) ?? 1)).toBeCloseTo(0.8, 1);
    expect(mode.average.pay(play(400, 0.1, 5))).toBe(0);
    expect(play(1500, 0.1).window.length).toBe(1000);
  });

  it("takes the standard error from the skill: 2 sqrt(skill / n), so that saying less than one knows makes it no smaller", () => {
    const random = createRandom(4);
    const frozenEven = { ...frozen, baseRate: 0.5 };
    const bold: Reply[] = [];
    const truths = Array.from({ length: 100 }, (): Truth => {
      const p = 0.2 + 0.6 * random.next();
      bold.push(reply(forecast(p)));
      return random.next() < p ? { converted: 1, timeSeconds: null } : lost;
    });
    /** The standing of whoever goes `share` of the way from the base rate to what it believes. */
    const standingOf = (share: number) =>
      truths.reduce((standing, truth, i) => {
        const p = bold[i]?.ok === true ? (bold[i].answer.confidence ?? 0.5) : 0.5;
        const [s] = mode.score({ frozen: frozenEven, replies: [reply(forecast(0.5 + share * (p - 0.5)))] }, truth);
        return s === undefined ? standing : mode.average.add(standing, s);
      }, EMPTY_STANDING);
    const whole = standingOf(1);
    const skill = mode.average.value(whole) ?? 0;
    expect(mode.average.pay(whole)).toBeCloseTo(skill - 2 * Math.sqrt(skill / 100), 12);
    const first = properV1({ version: 1 }).average;
    const lost1 = (first.value(standingOf(0.85)) ?? 0) - (first.pay(standingOf(0.85)) ?? 0);
    expect(lost1 / ((first.value(whole) ?? 0) - (first.pay(whole) ?? 0))).toBeCloseTo(0.85, 1);
    const unlucky = truths.reduce((standing, truth) => {
      const [s] = mode.score({ frozen: frozenEven, replies: [reply(forecast(1 - truth.converted))] }, truth);
      return s === undefined ? standing : mode.average.add(standing, s);
    }, EMPTY_STANDING);
    expect(mode.average.pay(unlucky)).toBe(0);
  });
});
