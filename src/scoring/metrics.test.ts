import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  auc,
  brierScore,
  createRunningTruth,
  logLoss,
  mean,
  median,
  quantile,
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
  });
});

describe("running truth", () => {
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
