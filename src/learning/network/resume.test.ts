import { describe, expect, it } from "vitest";
import { createRandom, systemClock } from "../../core/index.ts";
import { batchNorm, dense, dropout, network, relu } from "./layers.ts";
import { bceWithLogits } from "./losses.ts";
import { type NetworkState, type NetworkTraining, trainNetwork } from "./train-network.ts";

const INPUTS = 10;
const shape = network([dense(INPUTS, 9), relu(), batchNorm(9), dropout(0.3), dense(9, 1)]);

function rowsOf(rows: number, seed: string) {
  const random = createRandom(seed);
  const X = Float64Array.from({ length: rows * 40 }, () => random.normal());
  return { rows, X, targets: Float64Array.from({ length: rows }, (_, r) => (X[r * 40] > 0.3 ? 1 : 0)) };
}

const training = (prefer: "wasm" | "plain", more: Partial<NetworkTraining> = {}): NetworkTraining => ({
  ...{ what: "classifier", network: shape, train: rowsOf(211, "train"), validation: rowsOf(50, "validation") },
  scaleRow: (from, offset, to, at) => {
    for (let i = 0; i < INPUTS; i++) to[at + i] = from[offset + i];
  },
  ...{ inputs: INPUTS, loss: bceWithLogits, batchSize: 16, weightDecay: 0.01, learningRate: 0.01, clipNorm: 1 },
  ...{ schedule: "cosine" as const, epochs: 9, patience: 9, random: createRandom(5), clock: systemClock },
  ...{ signal: undefined, kernels: { prefer } },
  ...more,
});

describe.each(["wasm", "plain"] as const)("a network that is taken up again (%s)", (prefer) => {
  it.each([1, 4, 8])("after epoch %i ends as one that was never stopped, bit for bit", async (stopAfter) => {
    const whole: number[] = [];
    const unbroken = await trainNetwork(training(prefer, { onEpoch: ({ trainLoss }) => void whole.push(trainLoss) }));
    const controller = new AbortController();
    let kept: NetworkState | null = null;
    const losses: number[] = [];
    await trainNetwork(
      training(prefer, {
        signal: controller.signal,
        onEpoch: ({ trainLoss }) => void losses.push(trainLoss),
        onState(state) {
          kept = state();
          if (losses.length === stopAfter) controller.abort();
        },
      }),
    );
    expect(losses).toHaveLength(stopAfter);
    const resumed = await trainNetwork(
      training(prefer, { resume: kept, onEpoch: ({ trainLoss }) => void losses.push(trainLoss) }),
    );
    expect(resumed?.parameters).toEqual(unbroken?.parameters);
    expect(resumed).toEqual(unbroken);
    expect(losses).toEqual(whole);
  });

  it("refuses the state of another network", async () => {
    let kept: NetworkState | null = null;
    const onState: NetworkTraining["onState"] = (state) => {
      kept = state();
    };
    await trainNetwork(training(prefer, { epochs: 1, onState }));
    const other = network([dense(INPUTS, 8), relu(), dense(8, 1)]);
    await expect(trainNetwork(training(prefer, { network: other, resume: kept }))).rejects.toThrow(
      /resume holds the state of another network than the classifier/,
    );
  });
});
