import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import {
  batchNorm,
  dense,
  dropout,
  initialParameters,
  type Layer,
  leakyRelu,
  network,
  relu,
  sigmoid,
  tanh,
} from "./layers.ts";
import { bceWithLogits, huber, type Loss } from "./losses.ts";
import { createRunner } from "./runner.ts";
import { logistic } from "./steps.ts";

/** Largest difference between the gradient and a central finite difference, over all parameters and inputs. */
function gradientError(layers: readonly Layer[], rows: number, loss: Loss): number {
  const shape = network(layers);
  const random = createRandom("gradients");
  const start = initialParameters(shape, random).map((value) => value + 0.1 * random.normal());
  // Running variances must stay positive, and a one-row batch reads them.
  const parameters = start.map((value) => (value < -0.9 ? -value : value));
  const x = Float64Array.from({ length: rows * shape.inputs }, () => random.normal());
  const targets = Float64Array.from({ length: rows }, () => random.integer(2));
  const dy = new Float64Array(rows);
  // The same dropout mask each time: a new runner on the same seed.
  const lossAt = (p: Float64Array, input: Float64Array) => {
    const runner = createRunner(shape, p.slice(), { maxRows: rows, random: createRandom("mask") });
    return { value: loss(runner.forward(input, rows, true), targets, rows, dy), runner };
  };
  const { runner } = lossAt(parameters, x);
  const dx = runner.backward(dy, rows, true).slice();
  const gradients = runner.gradients.slice();
  const h = 1e-6;
  const slope = (array: Float64Array, i: number, evaluate: (moved: Float64Array) => number) => {
    const moved = (by: number) => array.map((value, j) => (i === j ? value + by : value));
    return (evaluate(moved(h)) - evaluate(moved(-h))) / (2 * h);
  };
  let worst = 0;
  for (let i = 0; i < x.length; i++) {
    worst = Math.max(worst, Math.abs(dx[i] - slope(x, i, (moved) => lossAt(parameters, moved).value)));
  }
  const trained = gradients.length;
  for (let i = 0; i < trained; i++) {
    if (rows === 1 && gradients[i] === 0) continue;
    worst = Math.max(worst, Math.abs(gradients[i] - slope(parameters, i, (p) => lossAt(p, x).value)));
  }
  return worst;
}

const CASES: Record<string, readonly Layer[]> = {
  dense: [dense(3, 1)],
  relu: [dense(3, 6), relu(), dense(6, 1)],
  leakyRelu: [dense(3, 6), leakyRelu(0.2), dense(6, 1)],
  tanh: [dense(3, 5), tanh(), dense(5, 1)],
  sigmoid: [dense(3, 5), sigmoid(), dense(5, 1)],
  dropout: [dense(3, 8), dropout(0.3), dense(8, 1)],
  batchNorm: [dense(3, 4), batchNorm(4), tanh(), dense(4, 1)],
  "all of them": [dense(3, 6), batchNorm(6), leakyRelu(), dropout(0.2), dense(6, 4), tanh(), dense(4, 1), sigmoid()],
};

describe("gradients", () => {
  it.each(Object.keys(CASES))("of %s agree with finite differences", (name) => {
    expect(gradientError(CASES[name], 5, bceWithLogits)).toBeLessThan(2e-8);
    expect(gradientError(CASES[name], 5, huber(0.4))).toBeLessThan(2e-8);
  });

  it("of a batch of one row pass through batchNorm's running statistics", () => {
    expect(gradientError(CASES.batchNorm, 1, bceWithLogits)).toBeLessThan(2e-8);
  });
});

describe("batchNorm", () => {
  const shape = network([batchNorm(1)]);
  it("normalises by the batch while training, and by what it has seen while serving", () => {
    const runner = createRunner(shape, initialParameters(shape, createRandom(1)), { maxRows: 4 });
    const x = Float64Array.of(1, 2, 3, 6);
    const trained = runner.forward(x, 4, true).slice();
    expect(trained.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
    // PyTorch: momentum 0.1, unbiased running variance 14 / 3.
    expect([...runner.parameters]).toEqual([1, 0, 0.1 * 3, 1 + 0.1 * (14 / 3 - 1)]);
    const served = runner.forward(x, 4, false).slice();
    expect(served[0]).toBeCloseTo((1 - 0.3) / Math.sqrt(1 + 0.1 * (14 / 3 - 1) + 1e-5), 12);
  });

  it("defect 44: a training batch of one row works and leaves the running statistics alone", () => {
    const runner = createRunner(shape, initialParameters(shape, createRandom(1)), { maxRows: 4 });
    expect(runner.forward(Float64Array.of(5), 1, true)[0]).toBeCloseTo(5, 4);
    expect([...runner.parameters]).toEqual([1, 0, 0, 1]);
  });
});

describe("dropout", () => {
  it("keeps the mean while training and does nothing while serving", () => {
    const shape = network([dense(1, 1), dropout(0.3)]);
    const runner = createRunner(shape, Float64Array.of(1, 0), { maxRows: 10_000, random: createRandom(3) });
    const ones = new Float64Array(10_000).fill(1);
    const trained = runner.forward(ones, 10_000, true);
    expect(new Set(trained)).toEqual(new Set([0, 1 / 0.7]));
    expect(trained.reduce((sum, value) => sum + value, 0) / 10_000).toBeCloseTo(1, 1);
    expect(runner.forward(ones, 10_000, false).every((value) => value === 1)).toBe(true);
  });
});

describe("logistic", () => {
  it("does not overflow on either side", () => {
    expect([-1000, 0, 1000].map(logistic)).toEqual([0, 0.5, 1]);
  });
});
