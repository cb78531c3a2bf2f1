import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createRandom } from "../../core/index.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import { createTrainer } from "./create-trainer.ts";
import { batchNorm, dense, gelu, type Layer, leakyRelu, network, relu, sigmoid, tanh } from "./layers.ts";
import { bceWithLogits, huber, meanSquared } from "./losses.ts";

const numbers = z.array(z.number());
const vector = z
  .object({
    madeBy: z.string(),
    batch: z.int(),
    steps: z.int(),
    learningRate: z.number(),
    weightDecay: z.number(),
    X: z.array(numbers),
    classes: numbers,
    times: numbers,
    networks: z.record(
      z.string(),
      z.object({ loss: z.enum(["bce", "huber", "mse"]), before: numbers, after: numbers }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../../../test/vectors/torch-trajectory.json", import.meta.url), "utf8")));

const LAYERS: Record<string, readonly Layer[]> = {
  relu: [dense(6, 7), relu(), dense(7, 5), relu(), dense(5, 1)],
  leakyRelu: [dense(6, 9), leakyRelu(0.2), dense(9, 1)],
  "tanh and sigmoid": [dense(6, 7), tanh(), dense(7, 5), sigmoid(), dense(5, 1)],
  gelu: [dense(6, 10), gelu(), dense(10, 1)],
  batchNorm: [dense(6, 7), relu(), batchNorm(7), dense(7, 1)],
};
const LOSSES = { bce: bceWithLogits, huber: huber(0.3), mse: meanSquared };
const KERNELS: readonly KernelOptions[] = [{ prefer: "plain" }, { deterministic: true }, {}];

/** Parameters after the steps that PyTorch made, from where it began. */
function trained(name: string, kernels: KernelOptions): Float64Array {
  const { loss, before } = vector.networks[name];
  const rows = vector.X.length;
  const X = new Float64Array(rows * 40);
  vector.X.forEach((row, r) => {
    X.set(row, r * 40);
  });
  const train = { rows, X, targets: Float64Array.from(loss === "bce" ? vector.classes : vector.times) };
  const scaleRow = (from: Float64Array, offset: number, to: Float64Array, at: number) =>
    to.set(from.subarray(offset, offset + 6), at);
  const { batch: batchSize, weightDecay, learningRate } = vector;
  const parameters = Float64Array.from(before);
  const rest = {
    train,
    validation: train,
    scaleRow,
    inputs: 6,
    batchSize,
    weightDecay,
    random: createRandom(1),
    kernels,
  };
  const trainer = createTrainer({ network: network(LAYERS[name]), loss: LOSSES[loss], ...rest }, parameters);
  const rates = Float64Array.of(learningRate);
  for (let step = 0; step < vector.steps; step++) trainer.train((step * batchSize) % rows, batchSize, rates);
  trainer.save(parameters);
  trainer.close();
  return parameters;
}

describe.each(Object.keys(LAYERS))("100 steps of AdamW, %s", (name) => {
  it.each(KERNELS)("end where PyTorch's end, on %o", (kernels) => {
    const { after } = vector.networks[name];
    const own = trained(name, kernels);
    expect(own).toHaveLength(after.length);
    const worst = after.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i])), 0);
    // PyTorch computes in single precision, as the kernels do: double precision ends a little further from it.
    expect(worst).toBeLessThan(kernels.prefer === "plain" ? 4e-6 : 2e-6);
  });
});
