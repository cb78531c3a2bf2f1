import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { logistic } from "../network/steps.ts";
import { solveSymmetric } from "./cholesky.ts";
import { fitHuber, fitLogistic, linearOutput } from "./linear.ts";

const random = createRandom("linear");
const rows = 4000;
const width = 3;
const X = Float64Array.from({ length: rows * width }, () => random.normal());
const truth = { weights: Float32Array.of(1.5, -0.7, 0), bias: 0.4 };
const outputs = Array.from({ length: rows }, (_, row) => linearOutput(truth, X, row * width));

describe("solveSymmetric", () => {
  it("solves a system, and leaves out a direction that says nothing", () => {
    const x = solveSymmetric([4, 2, 2, 3], [10, 9], 2);
    expect(4 * x[0] + 2 * x[1]).toBeCloseTo(10, 12);
    expect(2 * x[0] + 3 * x[1]).toBeCloseTo(9, 12);
    expect([...solveSymmetric([4, 0, 0, 0], [8, 0], 2)]).toEqual([2, 0]);
  });
});

describe("fitLogistic", () => {
  const targets = outputs.map((z) => (random.next() < logistic(z) ? 1 : 0));

  it("finds the weights that made the data", () => {
    const { weights, bias } = fitLogistic({ rows, width, X, targets }, { l2: 1 });
    truth.weights.forEach((weight, i) => {
      expect(Math.abs(weights[i] - weight)).toBeLessThan(0.15);
    });
    expect(Math.abs(bias - truth.bias)).toBeLessThan(0.15);
  });

  it("ends where the penalised gradient is 0, from wherever it starts", () => {
    const fitted = fitLogistic({ rows, width, X, targets }, { l2: 50 });
    for (let i = 0; i < width; i++) {
      let gradient = 50 * fitted.weights[i];
      for (let row = 0; row < rows; row++) {
        gradient += (logistic(linearOutput(fitted, X, row * width)) - targets[row]) * X[row * width + i];
      }
      expect(Math.abs(gradient)).toBeLessThan(1e-3);
    }
    const start = { weights: Float32Array.of(1, 1, 1), bias: -1 };
    expect(fitLogistic({ rows, width, X, targets }, { l2: 50, start }).weights).toEqual(fitted.weights);
  });

  it("says the base rate under a heavy penalty, and stays finite where the classes are separable", () => {
    const heavy = fitLogistic({ rows, width, X, targets }, { l2: 1e9 });
    expect(Math.abs(heavy.weights[0])).toBeLessThan(1e-4);
    expect(logistic(heavy.bias)).toBeCloseTo(targets.reduce<number>((a, b) => a + b, 0) / rows, 6);
    const sure = fitLogistic({ rows: 2, width: 1, X: Float64Array.of(-1, 1), targets: [0, 1] }, { l2: 1e-3 });
    expect(Number.isFinite(sure.weights[0]) && sure.weights[0] > 2).toBe(true);
  });
});

describe("fitHuber", () => {
  it("is not pulled by a few absurd targets, as least squares is", () => {
    const targets = outputs.map((z, row) => (row % 20 === 0 ? z + 100 : z + 0.1 * random.normal()));
    const { weights, bias } = fitHuber({ rows, width, X, targets }, { l2: 1e-3, delta: 0.3 });
    truth.weights.forEach((weight, i) => {
      expect(weights[i]).toBeCloseTo(weight, 1);
    });
    expect(bias).toBeLessThan(0.5);
    expect(fitHuber({ rows, width, X, targets }, { l2: 1e-3, delta: 1e6 }).bias).toBeGreaterThan(4);
  });
});
