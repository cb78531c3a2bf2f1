import { describe, expect, it } from "vitest";
import { objectiveOf } from "./objectives.ts";

const targets = [1, 0, 1, 0.3];
const weights = [1, 2, 0.5, 0];
const scores = Float64Array.of(-0.7, 0.4, 2.5, -3);
const total = 3.5;

describe.each(["logistic", "squared", "huber"] as const)("%s", (name) => {
  const objective = objectiveOf(name, 1);

  it("derives what finite differences of its loss say, row weights included", () => {
    const derivatives = new Float64Array(8);
    objective.derive(scores, { targets, weights }, derivatives);
    for (let i = 0; i < 4; i++) {
      const at = (step: number) => objective.loss(scores.with(i, scores[i] + step), { targets, weights }) * total;
      expect(derivatives[2 * i]).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 6);
      const second = (at(1e-3) - 2 * at(0) + at(-1e-3)) / 1e-6;
      // Huber's is a bound: 1 where the true one is 0.
      if (name === "huber") expect(derivatives[2 * i + 1]).toBeGreaterThanOrEqual(second - 1e-6);
      else expect(derivatives[2 * i + 1]).toBeCloseTo(second, 5);
    }
  });

  it("starts from the constant with the least loss", () => {
    const base = objective.base({ targets, weights });
    const at = (score: number) => objective.loss(new Float64Array(4).fill(score), { targets, weights });
    if (name === "huber") expect(base).toBe(0);
    else for (const step of [-0.01, 0.01]) expect(at(base)).toBeLessThan(at(base + step));
  });
});

describe("huber", () => {
  it("starts from the median, which one very late conversion does not move", () => {
    expect(objectiveOf("huber", 1).base({ targets: [1, 2, 3, 4, 1e9], weights: null })).toBe(3);
  });
});
