import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { auc, brierScore, logLoss } from "../../scoring/index.ts";
import { countConfidence, emptyConfidence, estimatePerformance, mergeConfidence } from "./cbpe.ts";
import { countOutcome, emptyReliability, recalibrated } from "./reliability.ts";

/** Honest probabilities, and what became of them. */
function honest(seed: number, rows: number, sharpness: number) {
  const random = createRandom(seed).fork("cbpe");
  const p = Array.from({ length: rows }, () => 1 / (1 + Math.exp(-sharpness * random.normal() + 0.3)));
  const y = p.map((probability): 0 | 1 => (random.next() < probability ? 1 : 0));
  return { p, y };
}
const named = (p: number): 0 | 1 => (p >= 0.5 ? 1 : 0);
const countAll = (p: readonly number[]) => {
  const counts = emptyConfidence();
  for (const one of p) countConfidence(counts, one, named(one));
  return counts;
};

describe("estimated performance", () => {
  it("lies within sampling error of what happens, if the probabilities are honest: 200 seeds", () => {
    const zs: number[] = [];
    const aucErrors: number[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const { p, y } = honest(seed, 1_000, 0.5 + (seed % 5) / 2);
      const { brier, brierError, accuracy, accuracyError, auc: area, rate } = estimatePerformance(countAll(p));
      const right = y.filter((truth, i) => truth === named(p[i])).length / y.length;
      zs.push(((brierScore(p, y) ?? Number.NaN) - (brier ?? 0)) / (brierError ?? 0));
      zs.push((right - (accuracy ?? 0)) / (accuracyError ?? 0));
      aucErrors.push((auc(p, y) ?? Number.NaN) - (area ?? 0));
      expect(rate).toBeCloseTo(p.reduce((sum, one) => sum + one, 0) / p.length, 9);
    }
    // Standard normal: 95 % within 1.96, no bias.
    const within = zs.filter((z) => Math.abs(z) < 1.96).length / zs.length;
    expect(within).toBeGreaterThan(0.92);
    expect(within).toBeLessThan(0.98);
    expect(Math.abs(zs.reduce((sum, z) => sum + z, 0) / zs.length)).toBeLessThan(0.15);
    const bias = aucErrors.reduce((sum, error) => sum + error, 0) / aucErrors.length;
    const spread = Math.sqrt(aucErrors.reduce((sum, error) => sum + error ** 2, 0) / aucErrors.length);
    expect(Math.abs(bias)).toBeLessThan(3e-3);
    expect(spread).toBeLessThan(0.025);
  });

  it("does not see a change of meaning, which is its assumption", () => {
    const { p, y } = honest(1, 2_000, 2);
    const flipped = y.map((truth) => 1 - truth);
    const estimate = estimatePerformance(countAll(p));
    expect(estimate.brier).toBeLessThan(0.17);
    expect(brierScore(p, flipped)).toBeGreaterThan(0.3);
  });

  it("does not depend on the order, nor on how the rows were divided, and never leaves its bounds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (p, at) => {
          const cut = at % (p.length + 1);
          const whole = estimatePerformance(countAll(p));
          const parts = estimatePerformance(mergeConfidence(countAll(p.slice(cut)), countAll(p.slice(0, cut))));
          for (const key of ["brier", "accuracy", "logLoss", "rate"] as const) {
            expect(parts[key]).toBeCloseTo(whole[key] ?? Number.NaN, 9);
          }
          expect(whole.accuracy).toBeGreaterThanOrEqual(0.5 - 1e-12);
          expect(whole.brier).toBeLessThanOrEqual(0.25 + 1e-12);
          if (whole.auc !== null) expect(whole.auc).toBeGreaterThanOrEqual(0);
          if (whole.auc !== null) expect(whole.auc).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("gives the expected log loss, and null for nothing", () => {
    const { p, y } = honest(4, 20_000, 1);
    expect(estimatePerformance(countAll(p)).logLoss).toBeCloseTo(logLoss(p, y) ?? Number.NaN, 1);
    expect(estimatePerformance(emptyConfidence())).toMatchObject({ rows: 0, brier: null, accuracy: null, auc: null });
    expect(estimatePerformance(countAll([0, 0])).auc).toBeNull();
  });

  it.each([Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY])("takes no %s", (bad) => {
    expect(() => countConfidence(emptyConfidence(), bad, 1)).toThrow("must lie in [0, 1]");
  });
});

describe("reliability", () => {
  it("moves claims to what came of them, and little while little has come out", () => {
    const random = createRandom(9);
    const state = emptyReliability();
    expect(recalibrated(state, 0.95)).toBe(0.95);
    countOutcome(state, 0.95, 0);
    expect(recalibrated(state, 0.95)).toBeGreaterThan(0.9);
    for (let i = 0; i < 2_000; i++) countOutcome(state, 0.95, random.next() < 0.6 ? 1 : 0);
    expect(recalibrated(state, 0.95)).toBeCloseTo(0.6, 1);
    expect(recalibrated(state, 0.15)).toBe(0.15);
  });

  it("forgets: after a change the latest outcomes weigh most, and it never counts without bound", () => {
    const state = emptyReliability();
    for (let i = 0; i < 50_000; i++) countOutcome(state, 0.75, 1);
    for (let i = 0; i < 20_000; i++) countOutcome(state, 0.75, 0);
    expect(recalibrated(state, 0.75)).toBeLessThan(0.1);
    expect(state.rows).toBeLessThan(5_000);
  });

  it("stays in [0, 1]", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (outcomes, p) => {
          const state = emptyReliability();
          for (const [said, came] of outcomes) countOutcome(state, said, came);
          const now = recalibrated(state, p);
          expect(now >= 0 && now <= 1).toBe(true);
        },
      ),
    );
  });
});
