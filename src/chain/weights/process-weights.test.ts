import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../core/index.ts";
import { emitWeights } from "../../scoring/index.ts";
import { NoWeightsError } from "./errors.ts";
import { processWeights } from "./process-weights.ts";
import { processWeightsSdkV10, type WeightInputs } from "./sdk-v10.ts";

interface Case extends WeightInputs {
  readonly expected: {
    readonly uids: number[];
    readonly shares: number[];
    readonly emitUids: number[];
    readonly emitWeights: number[];
  };
}
const vectors: { readonly given: readonly Case[]; readonly random: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/chain-weights.json", import.meta.url), "utf8"),
);
const inputs = (weights: readonly number[], change: Partial<WeightInputs> = {}): WeightInputs => ({
  uids: weights.map((_, uid) => uid),
  weights,
  neuronCount: weights.length,
  minAllowedWeights: 1,
  maxWeightLimit: 1,
  ...change,
});

describe("SDK v10's weights", () => {
  it.each([...vectors.given, ...vectors.random])("come out to the last digit (%#)", ({ expected, ...any }) => {
    const { uids, shares } = processWeightsSdkV10(any);
    expect(uids).toEqual(expected.uids);
    expect(shares).toEqual(expected.shares);
    expect(processWeights({ ...any, compat: "sdk-v10" })).toEqual({
      uids: expected.emitUids,
      weights: expected.emitWeights,
      notes: [],
    });
  });

  it("are equal for all where nobody is weighted, or fewer neurons are than the minimum", () => {
    const compat = "sdk-v10" as const;
    for (const trap of [inputs([0, 0]), inputs([Number.NaN, -1]), inputs([1, 9], { minAllowedWeights: 3 })])
      expect(processWeights({ ...trap, compat }).weights).toEqual([65_535, 65_535]);
  });

  it("fall to positions and not to uids where too few are weighted", () => {
    const few = inputs([1, 2], { uids: [5, 7], neuronCount: 8, minAllowedWeights: 4 });
    expect(processWeights({ ...few, compat: "sdk-v10" })).toMatchObject({ uids: [0, 1], weights: [32_768, 65_535] });
    expect(() =>
      processWeightsSdkV10({ ...few, neuronCount: 4, weights: [0, 0, 0, 0, 1], uids: [0, 1, 2, 3, 9] }),
    ).toThrow("weights must be at most 4");
  });
});

describe("our weights", () => {
  // Vectors in which the SDK neither falls back nor confuses positions and uids.
  const plain = vectors.given.filter(
    ({ weights, neuronCount, minAllowedWeights }) =>
      weights.every((weight) => weight >= 0) &&
      weights.filter((weight) => weight > 0).length >= minAllowedWeights &&
      neuronCount >= minAllowedWeights,
  );

  it.each(plain)("are the SDK's where it does what it was asked (%#)", ({ expected, ...any }) => {
    expect(processWeights(any)).toMatchObject({ uids: expected.emitUids, weights: expected.emitWeights });
  });

  it("is held against the SDK in nearly all vectors", () => {
    expect(plain.length).toBeGreaterThanOrEqual(7);
  });

  it("round half to even and drop what becomes 0", () => {
    const { uids, weights } = processWeights(inputs([0.5, 1, 1 / 131_070, 1.6 / 131_070]));
    expect({ uids, weights }).toEqual(emitWeights([0, 1, 2, 3], [0.5, 1, 1 / 131_070, 1.6 / 131_070]));
    expect({ uids, weights }).toEqual({ uids: [0, 1, 3], weights: [32_768, 65_535, 1] });
  });

  it("are refused where the SDK would weight everybody the same", () => {
    expect(() => processWeights(inputs([0, 0, 0]))).toThrow(NoWeightsError);
    expect(() => processWeights(inputs([]))).toThrow(NoWeightsError);
    for (const weight of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(() => processWeights(inputs([1, weight]))).toThrow("weights[1] must be finite and not negative");
  });

  it("are filled up by uid, and say so, where the chain wants more than are weighted or more than there are", () => {
    const few = inputs([1, 2], { uids: [5, 7], neuronCount: 8, minAllowedWeights: 4 });
    expect(processWeights(few)).toEqual({
      uids: [5, 7, 0, 1],
      weights: [32_768, 65_535, 1, 1],
      notes: ["filled up with weight 1 for 2 uids: the chain demands 4"],
    });
    expect(processWeights(inputs([1, 2, 0], { minAllowedWeights: 1024 }))).toMatchObject({
      weights: [32_768, 65_535, 1],
    });
  });

  it("say how many the quantile left out, and keep the minimum", () => {
    expect(processWeights(inputs([1, 2, 3, 4], { excludeQuantile: 32_768 }))).toEqual({
      uids: [2, 3],
      weights: [49_151, 65_535],
      notes: ["left out 2 uids below the quantile"],
    });
    const kept = processWeights(inputs([1, 2, 3, 4], { excludeQuantile: 65_535, minAllowedWeights: 4 }));
    expect(kept.uids).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ["uids must hold each uid once", { uids: [1, 1, 2] }],
    ["uids[2] must be a uid below 3", { uids: [0, 1, 3] }],
    ["weights must be as many as the uids (2)", { uids: [0, 1] }],
    ["minAllowedWeights must be a whole number", { minAllowedWeights: 0.5 }],
    ["maxWeightLimit must be above 0", { maxWeightLimit: 0 }],
    ["excludeQuantile must be a whole number", { excludeQuantile: 65_536 }],
  ])("are refused because %s", (problem, change) => {
    expect(() => processWeights(inputs([1, 2, 3], change))).toThrow(problem);
  });

  it("hold for any weights: a typed error, or enough uids once each, the largest 65535, in the order of the weights", () => {
    const weight = fc.oneof(
      fc.double(),
      fc.double({ min: 0, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(weight, { maxLength: 40 }),
        fc.integer({ min: 0, max: 50 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.nat(65_535),
        (weights, minAllowedWeights, maxWeightLimit, excludeQuantile) => {
          const any = inputs(weights, { minAllowedWeights, maxWeightLimit, excludeQuantile });
          let row: ReturnType<typeof processWeights>;
          try {
            row = processWeights(any);
          } catch (error) {
            expect([NoWeightsError, InvalidArgumentError]).toContain((error as Error).constructor);
            return;
          }
          expect(row.uids.length).toBeGreaterThanOrEqual(Math.min(minAllowedWeights, weights.length));
          expect(new Set(row.uids).size).toBe(row.uids.length);
          expect(Math.max(...row.weights)).toBe(65_535);
          expect(Math.min(...row.weights)).toBeGreaterThan(0);
          const ranked = row.uids
            .map((uid, i) => [weights[uid] ?? 0, row.weights[i] ?? 0] as const)
            .sort(([a], [b]) => a - b);
          ranked.slice(1).forEach(([before, value], i) => {
            const [lower, valueBelow] = ranked[i] ?? [0, 0];
            if (before > lower && lower > 0) expect(value).toBeGreaterThanOrEqual(valueBelow - (before === 0 ? 1 : 0));
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("never come out equal unless they were, or the limit leaves no choice", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 20 }), (weights) => {
        const { weights: row, notes } = processWeights(inputs(weights, { maxWeightLimit: 1 }));
        if (new Set(row).size === 1) expect(new Set(weights).size).toBe(1);
        expect(notes).toEqual([]);
      }),
    );
    const forced = processWeights(inputs([1, 2, 3, 4], { maxWeightLimit: 0.25 }));
    expect(forced).toMatchObject({
      weights: [65_535, 65_535, 65_535, 65_535],
      notes: ["the chain's largest share leaves no choice but equal weights"],
    });
  });
});

describe("errors", () => {
  it("say why nothing is set", () => {
    expect(new NoWeightsError({ uids: 3 }).message).toMatchInlineSnapshot(`
      "Nobody has a weight above 0, so there is nothing to set.

      Uids: 3

      Hint: Wait for scores; equal weights for all would be a vote that nobody meant."
    `);
  });
});
