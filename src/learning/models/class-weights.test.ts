import { describe, expect, it } from "vitest";
import { takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { evaluate, forecastRows } from "../evaluation/evaluate.ts";
import { dense, network, tanh } from "../network/layers.ts";
import { fit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";

const all = syntheticDataset({ rows: 4000, seed: 11, strength: 3 });
/** One conversion in about ten. */
const rare = takeRows(
  all,
  all.groups.flatMap((_, row) => (all.y[row] === 0 || row % 9 === 0 ? [row] : [])),
);
const options: FitOptions = { folds: 0, epochs: 8, learningRate: 0.01, calibration: "none", seed: 2, time: "median" };
const rate = rare.y.reduce((a, b) => a + b, 0) / rare.rows;
const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("class weights", () => {
  it.each(["logistic", "network", "trees"] as const)(
    "change what a model attends to, and leave its probabilities honest: %s",
    async (kind) => {
      const plain = (await fit(rare, { ...options, kind })).model;
      const weighed = (await fit(rare, { ...options, kind, classWeights: "balanced" })).model;
      expect(rate).toBeLessThan(0.2);
      expect(weighed).not.toEqual(plain);
      // Uncorrected, balanced classes would be foretold at about one half.
      expect(Math.abs(meanOf(forecastRows(weighed, rare).probabilities) - rate)).toBeLessThan(0.6 * rate);
      expect(evaluate(weighed, rare).auc ?? 0).toBeGreaterThan((evaluate(plain, rare).auc ?? 0) - 0.05);
    },
  );

  it("of two equal numbers are none", async () => {
    const bytes = async (classWeights: FitOptions["classWeights"]) =>
      (await fit(rare, { ...options, kind: "logistic", classWeights })).model.classifier;
    expect(await bytes([3, 3])).toEqual(await bytes(undefined));
  });

  it("are refused when they are no weights, or when the network has no bias to take them back from", async () => {
    const bad = fit(rare, { ...options, kind: "logistic", classWeights: [0, 1] });
    await expect(bad).rejects.toThrow(/classWeights must be two numbers above 0/);
    const curved = network([dense(40, 1), tanh()]);
    await expect(fit(rare, { ...options, network: curved, classWeights: "balanced" })).rejects.toThrow(
      /classWeights need a network that ends in a dense layer/,
    );
  });
});
