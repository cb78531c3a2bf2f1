import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import {
  batchNorm,
  dense,
  dropout,
  gelu,
  initialParameters,
  type Layer,
  leakyRelu,
  type Network,
  network,
  relu,
  sigmoid,
  tanh,
} from "./layers.ts";
import { bceWithLogits } from "./losses.ts";
import { createRunner } from "./runner.ts";
import { createWasmRunner } from "./wasm-runner.ts";

const ACTIVATIONS: Record<string, () => Layer> = { relu, leakyRelu: () => leakyRelu(0.2), tanh, sigmoid, gelu };
const KERNELS: readonly KernelOptions[] = [{ deterministic: true }, {}];

/** The layers of a random network, some of them in unusual places. */
const layersArbitrary = fc
  .tuple(
    fc.integer({ min: 1, max: 70 }),
    fc.array(
      fc.record({
        width: fc.integer({ min: 1, max: 70 }),
        normed: fc.boolean(),
        activation: fc.constantFrom("none", ...Object.keys(ACTIVATIONS)),
        dropped: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fc.constantFrom("dense", "dropout", "batchNorm", "tanh"),
  )
  .map(([inputs, blocks, first]) => {
    const layers: Layer[] = [];
    let width = inputs;
    if (first === "dropout") layers.push(dropout(0.25));
    if (first === "batchNorm") layers.push(batchNorm(width));
    if (first === "tanh") layers.push(tanh());
    for (const block of blocks) {
      layers.push(dense(width, block.width));
      width = block.width;
      if (block.normed) layers.push(batchNorm(width));
      const activation = ACTIVATIONS[block.activation];
      if (activation !== undefined) layers.push(activation());
      if (block.dropped) layers.push(dropout(0.4));
    }
    return network(layers);
  });

function numbersOf(shape: Network, rows: number) {
  const random = createRandom("wasm");
  const numbers = (length: number) => Float64Array.from({ length }, () => Math.fround(random.normal()));
  // Running variances stay positive.
  const parameters = initialParameters(shape, random).map((value) =>
    Math.fround(value === 1 ? 1 + 0.2 * random.next() : value + 0.05 * random.normal()),
  );
  return { parameters, x: numbers(rows * shape.inputs), dy: numbers(rows * shape.outputs) };
}

/** Largest difference, in units of the largest number. */
function difference(own: Float64Array, wanted: Float64Array, length = wanted.length): number {
  let worst = 0;
  let size = 1;
  for (let i = 0; i < length; i++) {
    worst = Math.max(worst, Number.isNaN(own[i]) ? Number.POSITIVE_INFINITY : Math.abs(own[i] - wanted[i]));
    size = Math.max(size, Math.abs(wanted[i]));
  }
  return worst / size;
}

function compare(shape: Network, rows: number, training: boolean, options: KernelOptions) {
  const { parameters, x, dy } = numbersOf(shape, rows);
  const plain = createRunner(shape, parameters.slice(), { maxRows: rows, random: createRandom("mask") });
  const fast = createWasmRunner(shape, parameters.slice(), { maxRows: rows, random: createRandom("mask"), ...options });
  if (fast === null) throw new Error("network.wasm is not built");
  const outputs = difference(fast.forward(x, rows, training), plain.forward(x, rows, training), rows * shape.outputs);
  const result = { outputs, statistics: difference(fast.parameters, plain.parameters), gradients: 0, inputs: 0 };
  if (training) {
    const dxPlain = plain.backward(dy, rows, true);
    result.inputs = difference(fast.backward(dy, rows, true), dxPlain, rows * shape.inputs);
    result.gradients = difference(fast.gradients, plain.gradients);
  }
  fast.release();
  return result;
}

describe.each(KERNELS)("the kernels, %o", (options) => {
  it("agree with the plain ones on any shape, forward, backward and in what they keep", () => {
    const shapes = fc.tuple(layersArbitrary, fc.integer({ min: 1, max: 130 }), fc.boolean());
    fc.assert(
      fc.property(shapes, ([shape, rows, training]) => {
        // A batch of two or three rows may have a variance near 0, where batchNorm amplifies the rounding.
        const normed = shape.layers.some(({ kind }) => kind === "batchNorm");
        fc.pre(!(training && normed && rows > 1 && rows < 8));
        const { outputs, statistics, gradients, inputs } = compare(shape, rows, training, options);
        expect(outputs).toBeLessThan(1e-4);
        expect(statistics).toBeLessThan(1e-5);
        expect(gradients).toBeLessThan(1e-3);
        expect(inputs).toBeLessThan(1e-3);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it.each(Object.keys(ACTIVATIONS))("take %s to single precision, far out too", (name) => {
    const shape = network([dense(1, 5), ACTIVATIONS[name]()]);
    const parameters = Float64Array.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0);
    const x = Float64Array.from({ length: 2001 }, (_, i) => Math.fround((i - 1000) / 40));
    const plain = createRunner(shape, parameters, { maxRows: 2001 }).forward(x, 2001, false);
    const runner = createWasmRunner(shape, parameters.slice(), { maxRows: 2001, ...options });
    const fast = runner?.forward(x, 2001, false) ?? new Float64Array();
    for (let i = 0; i < plain.length; i++) {
      expect(Math.abs(fast[i] - plain[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(plain[i])));
    }
    runner?.release();
  });

  it("give a row the same bits alone as in a batch", () => {
    const shape = network([dense(37, 61), relu(), dense(61, 7), tanh()]);
    const { parameters, x } = numbersOf(shape, 9);
    const runner = createWasmRunner(shape, parameters, { maxRows: 9, ...options });
    const batch = runner?.forward(x, 9, false).slice() ?? new Float64Array();
    for (let r = 0; r < 9; r++) {
      const alone = runner?.forward(x.subarray(r * 37, r * 37 + 37), 1, false).slice(0, 7);
      expect(alone).toEqual(batch.slice(r * 7, r * 7 + 7));
    }
    runner?.release();
  });

  it("agree with finite differences of their own loss", () => {
    const shape = network([dense(6, 9), gelu(), dense(9, 7), tanh(), dense(7, 5), sigmoid(), dense(5, 1)]);
    const rows = 5;
    const { parameters, x } = numbersOf(shape, rows);
    const targets = Float64Array.of(0, 1, 1, 0, 1);
    const dy = new Float64Array(rows);
    const runner = createWasmRunner(shape, parameters, { maxRows: rows, ...options });
    if (runner === null) throw new Error("network.wasm is not built");
    const lossAt = (moved: Float64Array) => {
      runner.parameters.set(moved);
      runner.load();
      return bceWithLogits(runner.forward(x, rows, true), targets, rows, dy);
    };
    lossAt(parameters.slice());
    runner.backward(dy, rows);
    const gradients = runner.gradients.slice();
    const start = parameters.slice();
    const h = 1e-2;
    for (let i = 0; i < start.length; i++) {
      const moved = (by: number) => start.map((value, j) => (i === j ? value + by : value));
      expect(Math.abs(gradients[i] - (lossAt(moved(h)) - lossAt(moved(-h))) / (2 * h))).toBeLessThan(1e-4);
    }
    runner.release();
  });
});
