import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, shuffled } from "../../core/index.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { type BinCounts, binOf, countRow, emptyCounts, type Profile, profileOf } from "./profile.ts";
import { featureDrift, PSI_LEVELS, psi, psiNoise } from "./psi.ts";

const INPUTS = 40;
const train = syntheticDataset({ rows: 4_000, seed: 3 });
const profile = profileOf(train);
const count = (of: Profile, X: Float64Array): BinCounts => {
  const counts = emptyCounts(of);
  for (let offset = 0; offset < X.length; offset += INPUTS) countRow(of, counts, X, offset);
  return counts;
};
const rowsOf = (X: Float64Array) =>
  Array.from({ length: X.length / INPUTS }, (_, row) => X.subarray(row * INPUTS, (row + 1) * INPUTS));
const glue = (rows: readonly Float64Array[]) => Float64Array.from(rows.flatMap((row) => Array.from(row)));
const shares = fc
  .array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 12 })
  .filter((counts) => counts.some((one) => one > 0))
  .map((counts) => counts.map((one) => one / counts.reduce((sum, next) => sum + next, 0)));

describe("psi", () => {
  it("is the sum of (q - p) ln(q / p)", () => {
    expect(psi([0.5, 0.5], [0.7, 0.3])).toBeCloseTo(0.2 * Math.log(0.7 / 0.5) - 0.2 * Math.log(0.3 / 0.5), 12);
  });

  it("is 0 for equal shares, never negative, the same both ways and in any order of the bins", () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 0, max: 1e6 }), (p, seed) => {
        const q = shuffled(p, createRandom(seed));
        expect(psi(p, p)).toBe(0);
        expect(psi(p, q)).toBeGreaterThanOrEqual(0);
        expect(psi(p, q)).toBeCloseTo(psi(q, p), 9);
        const order = shuffled(
          p.map((_, i) => i),
          createRandom(seed + 1),
        );
        const mixed = (values: readonly number[]) => order.map((i) => values[i]);
        expect(psi(mixed(p), mixed(q))).toBeCloseTo(psi(p, q), 9);
      }),
    );
  });

  it("grows as mass moves further from where it was", () => {
    fc.assert(
      fc.property(shares, fc.double({ min: 0.01, max: 0.49, noNaN: true }), (p, part) => {
        // A mixture of the old shares with all mass in one bin: the more of the latter, the further.
        const moved = (by: number) => p.map((value, i) => (1 - by) * value + (i === 0 ? by : 0));
        expect(psi(p, moved(2 * part))).toBeGreaterThanOrEqual(psi(p, moved(part)) - 1e-12);
      }),
    );
  });

  it("is finite for a bin that nobody was in, and refuses what is no share", () => {
    expect(psi([0, 1], [1, 0])).toBeGreaterThan(PSI_LEVELS.large);
    expect(Number.isFinite(psi([0, 1], [1, 0]))).toBe(true);
    for (const bad of [Number.NaN, -0.1, Number.POSITIVE_INFINITY]) {
      expect(() => psi([0.5, 0.5], [bad, 0.5])).toThrow("observed[0] must be a share");
    }
    expect(() => psi([1], [0.5, 0.5])).toThrow("must be as many");
  });
});

describe("a profile", () => {
  it("has about a tenth of the rows in each bin, and what is unknown apart", () => {
    for (const { edges, shares } of profile.features) {
      expect(shares).toHaveLength(edges.length + 2);
      expect(shares.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      expect(edges).toEqual([...edges].sort((a, b) => a - b));
      expect(new Set(edges).size).toBe(edges.length);
    }
    const { shares } = profile.features[0];
    for (const value of shares.slice(0, -1)) expect(value).toBeCloseTo(0.095, 2);
    expect(shares.at(-1)).toBeCloseTo(0.05, 1);
  });

  it("has one edge for a feature of two values, and none for a constant one", () => {
    const X = new Float64Array(INPUTS * 10);
    for (let row = 0; row < 10; row++) {
      X[row * INPUTS] = row % 2;
      X[row * INPUTS + 1] = 7;
      X[row * INPUTS + 2] = Number.NaN;
    }
    const [two, one, none] = profileOf({ rows: 10, X }).features;
    expect(two).toMatchObject({ edges: [0], shares: [0.5, 0.5, 0] });
    expect(one).toMatchObject({ edges: [], shares: [1, 0] });
    expect(none).toMatchObject({ edges: [], shares: [0, 1] });
    expect([binOf([0, 1], -5), binOf([0, 1], 0), binOf([0, 1], 0.5), binOf([0, 1], 9), binOf([0], Number.NaN)]).toEqual(
      [0, 0, 1, 2, 2],
    );
  });

  it("cannot be made of nothing", () => {
    expect(() => profileOf({ rows: 0, X: new Float64Array() })).toThrow("must have rows");
  });
});

describe("feature drift", () => {
  it("is exactly 0 for the training rows themselves, in any order of the rows", () => {
    for (const seed of [1, 2]) {
      const mixed = glue(shuffled(rowsOf(train.X), createRandom(seed)));
      expect(featureDrift(profile, count(profile, mixed)).map((one) => one.psi)).toEqual(new Array(INPUTS).fill(0));
    }
  });

  it("calls new rows of the same kind stable, few or many: 40 features, 20 seeds each", () => {
    let alarms = 0;
    for (const rows of [60, 200, 2_000]) {
      for (let seed = 10; seed < 30; seed++) {
        const same = featureDrift(profile, count(profile, syntheticDataset({ rows, seed }).X));
        alarms += same.filter(({ level }) => level !== "stable").length;
      }
    }
    // 2,400 looks at one in a thousand each.
    expect(alarms).toBeLessThanOrEqual(8);
  });

  it("grows with the shift of a feature, names that one and no other", () => {
    const fresh = syntheticDataset({ rows: 2_000, seed: 50 });
    const indices = [0, 5, 10, 20, 40].map((by) => {
      const X = fresh.X.map((value, i) => (i % INPUTS === 7 ? value + by : value));
      const all = featureDrift(profile, count(profile, X));
      const moved = all.find(({ feature }) => feature === profile.features[7].name);
      expect(all.filter(({ feature }) => feature !== moved?.feature).every(({ level }) => level === "stable")).toBe(
        true,
      );
      return { psi: moved?.psi ?? Number.NaN, level: moved?.level };
    });
    for (let i = 1; i < indices.length; i++) expect(indices[i].psi).toBeGreaterThan(indices[i - 1].psi);
    expect(indices[0].level).toBe("stable");
    expect(indices.at(-1)?.level).toBe("large");
  });

  it("notices a feature that is not known any more", () => {
    const fresh = syntheticDataset({ rows: 500, seed: 51 });
    const X = fresh.X.map((value, i) => (i % INPUTS === 4 ? Number.NaN : value));
    const [worst] = featureDrift(profile, count(profile, X));
    expect(worst).toMatchObject({ feature: profile.features[4].name, level: "large", unknownNow: 1 });
    expect(worst.unknownBefore).toBeLessThan(0.1);
  });

  it("says nothing of no rows", () => {
    expect(featureDrift(profile, emptyCounts(profile))).toEqual([]);
  });

  it("knows what chance does to few rows", () => {
    // chi-squared of 10 degrees of freedom at .999 is 29.59.
    expect(psiNoise({ bins: 11, expectedRows: 1e9, observedRows: 100 })).toBeCloseTo(0.2959, 2);
    expect(psiNoise({ bins: 1, expectedRows: 10, observedRows: 10 })).toBe(0);
  });
});
