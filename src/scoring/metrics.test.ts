import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerSchema } from "../schema.ts";
import {
  auc,
  brierScore,
  createRunningTruth,
  EMPTY_STANDING,
  logLoss,
  mean,
  median,
  quantile,
  type Reply,
  SCORING_MODES,
  scoringMode,
} from "./index.ts";

describe("metrics", () => {
  it("give the textbook's values", () => {
    expect(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(auc([1, 1, 1], [0, 1, 0])).toBe(0.5);
    expect(auc([1, 2], [1, 1])).toBeNull();
    expect(brierScore([1, 0.5], [1, 0])).toBe(0.125);
    expect(logLoss([0.5, 1], [1, 1])).toBeCloseTo(Math.LN2 / 2, 6);
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect([median([]), mean([]), brierScore([], [])]).toEqual([null, null, null]);
  });

  it("equal the definition of AUC: the share of pairs in the right order, ties half", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0, 1)), { minLength: 2, maxLength: 40 }),
        (cases) => {
          const [positives, negatives] = [1, 0].map((label) =>
            cases.filter(([, y]) => y === label).map(([s]) => s),
          ) as [number[], number[]];
          const wins = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
          const result = auc(
            cases.map(([s]) => s),
            cases.map(([, y]) => y),
          );
          if (wins.length === 0) expect(result).toBeNull();
          else expect(result).toBeCloseTo(mean(wins) ?? 0, 12);
        },
      ),
    );
  });

  it("refuse NaN and lists of different lengths by name", () => {
    expect(() => auc([Number.NaN], [1])).toThrow("scores[0] must be finite");
    expect(() => brierScore([0.5], [])).toThrow("labels must be as many as the scores (1)");
    expect(() => quantile([1], 2)).toThrow("q must be in [0, 1]");
    expect(() => brierScore([0.5], [Number.NaN])).toThrow("labels[0] must be finite");
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const metric of [mean, median, (values: number[]) => quantile(values, 0)])
        expect(() => metric([1, bad])).toThrow("values[1] must be finite");
    }
  });
});

describe("a time that would overflow a sum", () => {
  const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 };
  const truth = { converted: 1, timeSeconds: 60 } as const;
  const reply = (timeToConversionSeconds: number, timeIfConvertedSeconds: number | null): Reply => ({
    ok: true,
    answer: { conversionHappened: 1, timeToConversionSeconds, confidence: 1, timeIfConvertedSeconds },
    latencySeconds: 0.01,
  });

  it.each(SCORING_MODES)("makes an answer invalid in %s", (name) => {
    const replies = [reply(1.7e308, null), reply(60, 1.7e308), reply(1e9, 1e9), reply(1.001e9, null)];
    const scores = scoringMode(name).score({ frozen, replies }, truth);
    expect(scores.map(({ invalid }) => invalid)).toEqual([
      "invalid: time_to_conversion_seconds",
      "invalid: time_if_converted_seconds",
      null,
      "invalid: time_to_conversion_seconds",
    ]);
  });

  it("does not come in by the wire", () => {
    const wire = (time_to_conversion_seconds: number, time_if_converted_seconds: number) =>
      answerSchema.safeParse({
        prediction: { conversion_happened: 1, time_to_conversion_seconds },
        confidence: 1,
        time_if_converted_seconds,
      });
    expect(wire(1e9, 1e9).success).toBe(true);
    expect(wire(1.7e308, 60).error?.issues.map(({ path }) => path.join("."))).toEqual([
      "prediction.time_to_conversion_seconds",
    ]);
    expect(wire(60, 1.7e308).error?.issues.map(({ path }) => path.join("."))).toEqual(["time_if_converted_seconds"]);
  });
});

describe("scoring", () => {
  it.each(SCORING_MODES)("%s refuses to average NaN, and an infinite score or best", (name) => {
    const { average } = scoringMode(name);
    const score = { total: 0, prediction: 0, components: {}, invalid: null, best: 1, latencySeconds: 0 };
    expect(average.add(EMPTY_STANDING, score).asked).toBe(1);
    expect(() => average.add(EMPTY_STANDING, { ...score, total: Number.NaN })).toThrow("score.total must be finite");
    expect(() => average.add(EMPTY_STANDING, { ...score, best: Number.POSITIVE_INFINITY })).toThrow(
      "score.best must be finite",
    );
  });

  it.each(["seed-v1", "proper-v1"])("%s refuses frozen rates that are not finite", (name) => {
    const frozen = { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: Number.NaN };
    expect(() => scoringMode(name).score({ frozen, replies: [] }, { converted: 0, timeSeconds: null })).toThrow(
      "medianTimeSeconds must be finite",
    );
  });
});

describe("running truth", () => {
  it("refuses a time that is none, which would stay in its medians", () => {
    const running = createRunningTruth({ horizonSeconds: 1000 });
    running.ask("q", "a");
    expect(() => running.settle("q", { converted: 1, timeSeconds: Number.NaN })).toThrow("truth.timeSeconds");
  });

  const settle = (n: number, converted: 0 | 1) => {
    const running = createRunningTruth({ horizonSeconds: 1000 });
    for (let i = 0; i < n; i++) {
      running.ask(`q${i}`, "a");
      running.settle(`q${i}`, { converted, timeSeconds: converted === 1 ? 10 + i : null });
    }
    return running.ask("next", "a");
  };

  it("starts from the constants and adapts once 100 are settled, a pseudo-count keeping a missing class alive", () => {
    expect(settle(99, 1)).toMatchObject({ classWeights: { 0: 0.625, 1: 0.375 } });
    const { classWeights, baseRate, medianTimeSeconds } = settle(100, 1);
    expect(classWeights[1]).toBeCloseTo(1 / 102, 12);
    expect(classWeights[0]).toBeCloseTo(101 / 102, 12);
    expect(baseRate).toBeCloseTo(101 / 102, 12);
    expect(medianTimeSeconds).toBe(59.5);
    expect(settle(0, 1)).toMatchObject({ baseRate: 0.5, medianTimeSeconds: 500 });
  });

  it("counts in the order of asking and only up to the first question still open: fast positives bias nothing", () => {
    const running = createRunningTruth({ horizonSeconds: 1000 });
    for (const id of ["slow", "fast1", "fast2"]) running.ask(id, "a");
    running.settle("fast1", { converted: 1, timeSeconds: 5 });
    running.settle("fast2", { converted: 1, timeSeconds: 5 });
    expect(running.ask("x", "a").baseRate).toBe(0.5);
    expect(running.waiting).toBe(4);
    running.settle("slow", { converted: 0, timeSeconds: null });
    expect(running.ask("y", "a").baseRate).toBe(0.6);
  });

  it("lets void questions count for nothing, ignores unknown ids, keeps strata apart and memory bounded", () => {
    const running = createRunningTruth({ horizonSeconds: 1000 });
    running.settle("unknown", null);
    for (let i = 0; i < 3000; i++) {
      running.ask(`q${i}`, i % 2 === 0 ? "a" : "b");
      running.settle(`q${i}`, i % 2 === 0 ? { converted: 1, timeSeconds: 7 } : null);
    }
    expect(running.waiting).toBe(0);
    expect(running.ask("x", "b").baseRate).toBe(0.5);
    expect(running.ask("y", "a")).toMatchObject({ baseRate: 1501 / 1502, medianTimeSeconds: 7 });
  });
});

it("scoring modes are found by name, and an unknown name says which there are", () => {
  expect(SCORING_MODES.map((name) => scoringMode(name).name)).toEqual([...SCORING_MODES]);
  expect(scoringMode("seed-v1", { alpha: 0.1 }).constants.alpha).toBe(0.1);
  expect(() => scoringMode("best")).toThrowErrorMatchingInlineSnapshot(`
    [UserError: There is no scoring mode "best".

    Hint: Choose one of seed-v1, readme-v1, proper-v1.]
  `);
});
