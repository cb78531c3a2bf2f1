import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, Truth } from "../schema.ts";
import { EMPTY_STANDING, type Frozen, type Reply, readmeV1, seedV1 } from "./index.ts";

const frozen: Frozen = { classWeights: { 0: 0.625, 1: 0.375 }, baseRate: 0.5, medianTimeSeconds: 70 };
const yes = (time: number, p: number | null): Answer => ({
  conversionHappened: 1,
  timeToConversionSeconds: time,
  confidence: p,
  timeIfConvertedSeconds: null,
});
const no = (p: number | null): Answer => ({
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: p,
  timeIfConvertedSeconds: null,
});
const reply = (answer: Answer, latencySeconds: number): Reply => ({ ok: true, answer, latencySeconds });
const won: Truth = { converted: 1, timeSeconds: 62 };
const lost: Truth = { converted: 0, timeSeconds: null };
const totals = (replies: Reply[], truth: Truth) =>
  seedV1()
    .score({ frozen, replies }, truth)
    .map(({ total }) => total);
const one = (answer: Answer, latency: number, truth: Truth) => totals([reply(answer, latency)], truth)[0];

describe("seed-v1", () => {
  it.each([
    ["a perfect yes", yes(62, 1), 0, won, 0.725],
    ["a perfect no", no(0), 0, lost, 0.555],
    ["half the time tolerance off, p .9, 6 s", yes(69.5, 0.9), 6, won, 0.549],
    ["the wrong class at p .5", no(0.5), 0, won, 0.2],
    ["60 s late", yes(62, 1), 60, won, 0],
  ])("scores the hand-checked case of %s", (_, answer, latency, truth, expected) => {
    expect(one(answer, latency, truth)).toBeCloseTo(expected, 12);
  });

  it("shares diversity among identical answers, and only those", () => {
    const replies = [reply(no(0.1), 1), reply(no(0.1 + 4e-7), 2), reply(no(0.2), 1)];
    const scores = seedV1().score({ frozen, replies }, lost);
    expect(scores.map(({ components }) => components.diversity)).toEqual([
      0.4,
      expect.closeTo(0.4, 5),
      expect.closeTo(0.6, 12),
    ]);
  });

  it("pays no diversity where p contradicts the class, takes a missing p as .5, and leaves an unknown time out", () => {
    const [contradiction, missing] = seedV1().score(
      { frozen, replies: [reply(yes(62, 0.2), 0), reply(yes(62, null), 0)] },
      { converted: 1, timeSeconds: null },
    );
    expect(contradiction?.components).toEqual({ classification: 0.375, regression: 0, diversity: 0, latency: 1 });
    expect(missing?.components.diversity).toBe(0);
    expect(missing?.best).toBeCloseTo(0.8 * (0.55 * 0.375 + 0.1) + 0.2, 12);
  });

  it("defect 2: absence is a type: a miner that did not answer earns nothing, latency included", () => {
    const [score] = seedV1().score({ frozen, replies: [{ ok: false, reason: "timeout", latencySeconds: 12 }] }, won);
    expect(score).toMatchObject({
      total: 0,
      prediction: 0,
      invalid: "timeout",
      components: { latency: 0, classification: 0 },
    });
  });

  it("defect 3: a latency below zero is refused, and none is worth more than 1", () => {
    expect(() => one(yes(62, 1), -6000, won)).toThrow("latencySeconds must be a finite time");
    expect(one(yes(62, 1), 0, won)).toBeLessThanOrEqual(1);
  });

  it("records why an invalid answer earns nothing", () => {
    const bad: Answer[] = [
      { ...yes(62, 1), timeToConversionSeconds: Number.NaN },
      { ...yes(62, 1), timeToConversionSeconds: 0 },
      { ...no(0), timeToConversionSeconds: 62 },
      { ...yes(62, 1), confidence: 1.5 },
      { ...yes(62, 1), confidence: Number.NaN },
      { ...yes(62, 1), timeIfConvertedSeconds: Number.POSITIVE_INFINITY },
      { ...yes(62, 1), conversionHappened: 0.97 as 1 },
    ];
    const scores = seedV1().score({ frozen, replies: bad.map((answer) => reply(answer, 0)) }, won);
    expect(scores.map(({ total }) => total)).toEqual(bad.map(() => 0));
    expect(scores.map(({ invalid }) => invalid)).toMatchInlineSnapshot(`
      [
        "invalid: time_to_conversion_seconds",
        "invalid: time_to_conversion_seconds",
        "invalid: time_to_conversion_seconds",
        "invalid: confidence is not in [0, 1]",
        "invalid: confidence is not in [0, 1]",
        "invalid: time_if_converted_seconds",
        "invalid: conversion_happened is neither 0 nor 1",
      ]
    `);
  });

  it("refuses a truth that is none", () => {
    expect(() => one(no(0), 0, { converted: 2 as 1, timeSeconds: null })).toThrow("truth.converted must be 0 or 1");
    expect(() => one(no(0), 0, { converted: 1, timeSeconds: Number.NaN })).toThrow(
      "truth.timeSeconds must be a finite time or null",
    );
  });

  it("stays within 0 and best for any answers", () => {
    const answer = fc.oneof(
      fc
        .record({ t: fc.double({ min: 1e-3, max: 1e5, noNaN: true }), p: fc.double({ min: 0, max: 1, noNaN: true }) })
        .map(({ t, p }) => yes(t, p)),
      fc.double({ min: 0, max: 1, noNaN: true }).map(no),
    );
    const truth = fc.oneof(
      fc.constant(lost),
      fc.double({ min: 0, max: 1e5, noNaN: true }).map((timeSeconds): Truth => ({ converted: 1, timeSeconds })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(answer, fc.double({ min: 0, max: 100, noNaN: true })), { maxLength: 8 }),
        truth,
        (list, y) => {
          for (const score of seedV1().score({ frozen, replies: list.map(([a, r]) => reply(a, r)) }, y)) {
            expect(score.total).toBeGreaterThanOrEqual(0);
            if (score.invalid === null) expect(score.total).toBeLessThanOrEqual(score.best + 1e-12);
          }
        },
      ),
    );
  });
});

describe("the exponential average", () => {
  const { average } = seedV1({ alpha: 0.05 });
  const [score] = seedV1().score({ frozen, replies: [reply(yes(62, 1), 0)] }, won);
  if (score === undefined) throw new Error("one reply, one score");

  it("is corrected from the first question: equal scores give that score, whatever their number", () => {
    let standing = EMPTY_STANDING;
    expect(average.value(standing)).toBeNull();
    for (let n = 1; n <= 50; n++) {
      standing = average.add(standing, score);
      expect(average.value(standing)).toBeCloseTo(0.725, 12);
    }
    expect(standing).toMatchObject({ asked: 50, answered: 50 });
    expect(average.pay(standing)).toBe(average.value(standing));
  });

  it("defect 6: a question that was not asked of a miner does not move its average", () => {
    let [often, seldom] = [EMPTY_STANDING, EMPTY_STANDING];
    for (let n = 0; n < 400; n++) {
      often = average.add(often, { ...score, total: 0.4 });
      if (n % 25 === 0) seldom = average.add(seldom, { ...score, total: 0.6 });
    }
    expect(average.value(seldom)).toBeCloseTo(0.6, 12);
    expect(average.value(often)).toBeCloseTo(0.4, 12);
  });

  it("refuses NaN and an alpha outside (0, 1]", () => {
    expect(() => average.add(EMPTY_STANDING, { ...score, total: Number.NaN })).toThrow("score.total must be finite");
    expect(() => seedV1({ alpha: 0 })).toThrow("alpha must be in (0, 1]");
  });
});

describe("readme-v1", () => {
  it("has fixed class weights, no diversity, and pays the prediction however late", () => {
    const [late, wrong, silent] = readmeV1().score(
      {
        frozen,
        replies: [reply(yes(62, 1), 90), reply(no(0), 0), { ok: false, reason: "refused", latencySeconds: null }],
      },
      won,
    );
    expect(late?.total).toBeCloseTo(0.8 * (0.55 * 0.375 + 0.45), 12);
    expect(wrong?.total).toBeCloseTo(0.2, 12);
    expect(silent).toMatchObject({ total: 0, invalid: "refused" });
    const [no0] = readmeV1().score({ frozen, replies: [reply(no(0.2), 0)] }, lost);
    expect(no0?.total).toBeCloseTo(0.8 * 0.55 * 0.625 + 0.2, 12);
  });
});
