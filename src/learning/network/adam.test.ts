import { describe, expect, it } from "vitest";
import { createAdam } from "./adam.ts";
import { dense, network } from "./layers.ts";

const shape = network([dense(1, 1)]);

describe("createAdam", () => {
  it("moves the first step by the learning rate, whatever the gradient's size", () => {
    const parameters = Float64Array.of(1, 1);
    createAdam(shape, { learningRate: 0.1 })(parameters, Float64Array.of(1000, -0.001));
    expect(parameters[0]).toBeCloseTo(0.9, 6);
    expect(parameters[1]).toBeCloseTo(1.1, 4);
  });

  it("follows the paper's recurrences", () => {
    const parameters = Float64Array.of(2, 0);
    const step = createAdam(shape, { learningRate: 0.01 });
    let [w, m, v] = [2, 0, 0];
    for (let t = 1; t <= 50; t++) {
      const gradient = 2 * w;
      step(parameters, Float64Array.of(2 * parameters[0], 0));
      m = 0.9 * m + 0.1 * gradient;
      v = 0.999 * v + 0.001 * gradient ** 2;
      w -= (0.01 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    }
    expect(parameters[0]).toBeCloseTo(w, 12);
    expect(parameters[1]).toBe(0);
  });

  it("decays weights, not biases", () => {
    const parameters = Float64Array.of(1, 1);
    createAdam(shape, { learningRate: 0.1, weightDecay: 0.5 })(parameters, new Float64Array(2));
    expect([...parameters]).toEqual([0.95, 1]);
  });
});
