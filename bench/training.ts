import { createRandom } from "../src/core/index.ts";
import { fit, syntheticDataset } from "../src/learning/index.ts";
import { createTrainer } from "../src/learning/network/create-trainer.ts";
import {
  batchNorm,
  dense,
  dropout,
  initialParameters,
  mlp,
  type Network,
  network,
  relu,
} from "../src/learning/network/layers.ts";
import { bceWithLogits } from "../src/learning/network/losses.ts";
import { shuffleInPlace } from "../src/learning/network/train-network.ts";
import { measure, type Row, type Work } from "./harness.ts";
import { startTorch, type TorchPeer } from "./peers/torch.ts";

const bench = "learning";
const unit = "rows/s";
/** As many as the peer trains on. */
const ROWS = 16_384;
/** Of ours in one piece of work, so that it takes about as long as one of the peer's. */
const EPOCHS = 8;
/**
 * One label in ten is turned, as the peer's are: a network that makes no more errors has gradients so near 0 that processors
 * take many times as long for them.
 */
const NOISE = 0.1;

const DEFAULT = mlp(40, [64, 32]);
const NORMED = network([
  ...[dense(40, 64), batchNorm(64), relu(), dropout(0.3)],
  ...[dense(64, 32), relu(), dense(32, 1)],
]);

/** Epochs over the same rows, shuffled and gathered, batch by batch, as the peer's tight loop. */
function epochs(net: Network, batchSize: number, prefer: "wasm" | "plain" = "wasm"): Work {
  const random = createRandom("bench");
  const X = Float64Array.from({ length: ROWS * 40 }, () => random.normal());
  const train = {
    rows: ROWS,
    X,
    targets: Float64Array.from({ length: ROWS }, (_, r) =>
      X[r * 40] > X[r * 40 + 1] === random.next() >= NOISE ? 1 : 0,
    ),
  };
  const scaleRow = (from: Float64Array, offset: number, to: Float64Array, at: number) => {
    for (let i = 0; i < 40; i++) to[at + i] = from[offset + i];
  };
  const rest = { train, validation: { ...train, rows: 0, targets: new Float64Array() }, scaleRow, random };
  const trainer = createTrainer(
    { network: net, ...rest, loss: bceWithLogits, batchSize, weightDecay: 0, kernels: { prefer } },
    initialParameters(net, random),
  );
  const rates = new Float64Array(Math.ceil(trainer.rowsPerCall / batchSize)).fill(1e-3);
  const times = prefer === "plain" ? 1 : EPOCHS;
  return () => {
    for (let epoch = 0; epoch < times; epoch++) {
      shuffleInPlace(trainer.order, random);
      for (let from = 0; from < ROWS; from += trainer.rowsPerCall) {
        const rows = Math.min(trainer.rowsPerCall, ROWS - from);
        trainer.train(from, rows, rates.subarray(0, Math.ceil(rows / batchSize)));
      }
    }
    return ROWS * times;
  };
}

type PeerWork = Parameters<TorchPeer["run"]>[0];

/** Training beside PyTorch, on one thread each; the newer PyTorch where it was set up. */
export async function trainingRows(torch: TorchPeer | null): Promise<Row[]> {
  const out: Row[] = [];
  const add = async (row: string, ours: Work, peer: TorchPeer | null, work: PeerWork, size: number, asked?: string) => {
    const names = { bench, row, unit, rounds: 15, ...(asked && { asked }), ...(peer && { peerIs: peer.is }) };
    const theirs = peer === null ? {} : { peer: async () => (await peer.run(work, size)).amount };
    out.push(await measure(names, { ours, ...theirs }));
  };
  const fast = epochs(DEFAULT, 64);
  await add("train batch 64 vs torch eager", fast, torch, "eager", 64, "8x");
  await add("train batch 64 vs torch reference loop", fast, torch, "loader", 64, "12x");
  await add("train batch 1024 vs torch eager", epochs(DEFAULT, 1024), torch, "eager", 1024, "0.9x");
  await add("train batchnorm+dropout batch 64 vs torch eager", epochs(NORMED, 64), torch, "norm", 64, "4x");
  const torch2 = await startTorch("torch2");
  try {
    await add("train batch 64 vs torch 2 eager", fast, torch2, "eager", 64);
    await add("train batch 64 vs torch 2 reference loop", fast, torch2, "loader", 64);
  } finally {
    torch2?.stop();
  }
  const plain = { ours: fast, peer: epochs(DEFAULT, 64, "plain") };
  const names = { bench, row: "train batch 64 vs our plain TypeScript", unit, rounds: 3 };
  out.push(await measure(names, plain));
  return out;
}

/** All that `fit` does: preparation, folds held back, calibration, the time model. */
export function fitRow(): Promise<Row> {
  const dataset = syntheticDataset({ rows: ROWS, seed: 1 });
  return measure(
    { bench, row: "whole fit, 40-64-32-1, batch 64, class and time", unit, rounds: 3 },
    {
      ours: async () => {
        await fit(dataset, { kind: "network", epochs: 2, patience: 2 });
        return ROWS * 2;
      },
    },
  );
}
