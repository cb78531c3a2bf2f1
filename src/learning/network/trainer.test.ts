import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { acquireKernels, type KernelOptions } from "../kernels/network-kernels.ts";
import { createTrainer } from "./create-trainer.ts";
import { batchNorm, dense, dropout, gelu, initialParameters, type Network, network, relu } from "./layers.ts";
import { bceWithLogits, huber, type Loss, meanSquared, pinball } from "./losses.ts";
import type { TrainerOptions } from "./trainer.ts";

const INPUTS = 10;
const shape = network([dense(INPUTS, 9), relu(), dense(9, 6), gelu(), dense(6, 1)]);
// Not right after the dense layer: its bias would have no gradient but rounding, which Adam makes into steps.
const normed = network([dense(INPUTS, 9), relu(), batchNorm(9), dropout(0.3), dense(9, 1)]);
const scaleRow: TrainerOptions["scaleRow"] = (from, offset, to, at) => {
  for (let i = 0; i < INPUTS; i++) to[at + i] = Math.fround(from[offset + i]);
};

function rowsOf(rows: number, seed: string, weighed = false) {
  const random = createRandom(seed);
  const X = Float64Array.from({ length: rows * 40 }, () => random.normal());
  const targets = Float64Array.from({ length: rows }, (_, r) => (X[r * 40] + X[r * 40 + 1] > 0 ? 1 : 0));
  const weights = Float64Array.from(targets, (target) => 0.5 + target);
  return weighed ? { rows, X, targets, weights } : { rows, X, targets };
}

interface Case {
  readonly network?: Network;
  readonly loss?: Loss;
  readonly batchSize?: number;
  readonly weighed?: boolean;
  readonly clipNorm?: number;
}

/** Parameters, validation outputs and losses after three epochs over 97 rows. */
function trained(kernels: KernelOptions, { network = shape, loss = bceWithLogits, batchSize = 16, ...rest }: Case) {
  const parameters = initialParameters(network, createRandom("start")).map(Math.fround);
  const train = rowsOf(97, "train", rest.weighed);
  const validation = rowsOf(33, "validation", rest.weighed);
  const random = createRandom("trainer");
  const clip = rest.clipNorm === undefined ? {} : { clipNorm: rest.clipNorm };
  const options = { network, train, validation, scaleRow, inputs: INPUTS, loss, batchSize, weightDecay: 0.02, random };
  const trainer = createTrainer({ ...options, ...clip, kernels }, parameters);
  const losses: number[] = [];
  const outputs = new Float64Array(33);
  trainer.order.reverse();
  for (let epoch = 0; epoch < 3; epoch++) {
    const { sum, failed } = trainer.train(0, 97, new Float64Array(Math.ceil(97 / batchSize)).fill(0.01));
    expect(failed).toBeNull();
    losses.push(sum, trainer.validate(0, 33, outputs));
  }
  const result = new Float64Array(parameters.length);
  trainer.save(result);
  const { kind } = trainer;
  trainer.close();
  return { kind, parameters: result, outputs, losses };
}

const CASES: Record<string, Case> = {
  "binary cross-entropy": {},
  "a last batch of one row": { batchSize: 32 },
  "batches larger than a block": { batchSize: 90 },
  "one batch of everything": { batchSize: 200 },
  "batches of one row": { batchSize: 1 },
  "mean squared error": { loss: meanSquared },
  huber: { loss: huber(0.3) },
  pinball: { loss: pinball(0.8) },
  "weighed rows": { weighed: true },
  "a clipped gradient": { clipNorm: 0.05 },
  "batchNorm and dropout": { network: normed },
  "batchNorm, a last batch of one row": { network: normed, batchSize: 32 },
  "batchNorm, batches of 90": { network: normed, batchSize: 90 },
};

describe("createTrainer", () => {
  it.each(Object.keys(CASES))("trains alike on plain and on fast kernels: %s", (name) => {
    const plain = trained({ prefer: "plain" }, CASES[name]);
    for (const options of [{ deterministic: true }, {}]) {
      const fast = trained(options, CASES[name]);
      expect([plain.kind, fast.kind]).toEqual(["plain", "wasm"]);
      const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a, (value, i) => Math.abs(value - b[i])).reduce((x, y) => Math.max(x, y), 0);
      expect(worst(fast.parameters, plain.parameters)).toBeLessThan(2e-4);
      expect(worst(fast.outputs, plain.outputs)).toBeLessThan(2e-3);
      expect(worst(fast.losses, plain.losses)).toBeLessThan(2e-2);
    }
  });

  it("gives the same bits again", () => {
    for (const options of [{ deterministic: true }, {}]) {
      for (const network of [shape, normed])
        expect(trained(options, { network })).toEqual(trained(options, { network }));
    }
  });

  it("trains on plain TypeScript with a loss that the kernels do not know", () => {
    const own: Loss = (outputs, targets, rows, gradient) => bceWithLogits(outputs, targets, rows, gradient);
    expect(trained({}, { loss: own }).kind).toBe("plain");
  });

  it("names the batch whose loss is no number, and learns nothing from it", () => {
    for (const prefer of ["wasm", "plain"] as const) {
      const train = rowsOf(20, "train");
      train.targets[13] = Number.NaN;
      const parameters = initialParameters(shape, createRandom("start"));
      const options = { network: shape, train, validation: train, scaleRow, inputs: INPUTS, loss: bceWithLogits };
      const rest = { batchSize: 4, weightDecay: 0, random: createRandom(1), kernels: { prefer } };
      const trainer = createTrainer({ ...options, ...rest }, parameters);
      expect(trainer.train(0, 20, new Float64Array(5).fill(0.01)).failed).toBe(3);
      trainer.close();
    }
  });

  it("uses memory again: a thousand trainings need no more than one", () => {
    const sizeAfter = (times: number) => {
      for (let i = 0; i < times; i++) trained({}, { batchSize: 97 });
      const kernels = acquireKernels({});
      kernels?.release();
      return kernels?.size();
    };
    expect(sizeAfter(1000)).toBe(sizeAfter(1));
  });

  it("refuses a norm that is none", () => {
    expect(() => trained({}, { clipNorm: 0 })).toThrow(/clipNorm must be a number above 0/);
  });
});
