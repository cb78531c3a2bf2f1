import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "../src/core/index.ts";
import { createPredictor, fit, type Model, syntheticDataset, writeModelFile } from "../src/learning/index.ts";
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
import { createTrainer } from "../src/learning/network/trainer.ts";
import { fromVector } from "../src/schema.ts";
import { type Bench, measure, type Row, type Work } from "./harness.ts";
import { startTorch, type TorchPeer } from "./peers/torch.ts";

const bench = "learning";
/** As many as the peer trains on: one epoch is one piece of work. */
const ROWS = 16_384;
const QUESTIONS = 20_000;
/** Children that load a model, each for the first time. */
const LOADS = 7;

const DEFAULT = mlp(40, [64, 32]);
const NORMED = network([
  ...[dense(40, 64), batchNorm(64), relu(), dropout(0.3)],
  ...[dense(64, 32), relu(), dense(32, 1)],
]);

/** One epoch over the same rows, shuffled and gathered, batch by batch, as the peer's tight loop. */
function epochs(net: Network, batchSize: number, prefer: "wasm" | "plain" = "wasm"): Work {
  const random = createRandom("bench");
  const X = Float64Array.from({ length: ROWS * 40 }, () => random.normal());
  const train = {
    rows: ROWS,
    X,
    targets: Float64Array.from({ length: ROWS }, (_, r) => (X[r * 40] > X[r * 40 + 1] ? 1 : 0)),
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
  return () => {
    shuffleInPlace(trainer.order, random);
    for (let from = 0; from < ROWS; from += trainer.rowsPerCall) {
      const rows = Math.min(trainer.rowsPerCall, ROWS - from);
      trainer.train(from, rows, rates.subarray(0, Math.ceil(rows / batchSize)));
    }
    return ROWS;
  };
}

type PeerWork = Parameters<TorchPeer["run"]>[0];
const peerOf = (torch: TorchPeer | null, work: PeerWork, size: number) =>
  torch === null ? {} : { peer: async () => (await torch.run(work, size)).amount };

async function trainingRows(torch: TorchPeer | null): Promise<Row[]> {
  const unit = "rows/s";
  const fast = epochs(DEFAULT, 64);
  const rows = [
    ["train batch 64 vs torch eager", fast, "eager", 64],
    ["train batch 64 vs torch reference loop", fast, "loader", 64],
    ["train batch 1024 vs torch eager", epochs(DEFAULT, 1024), "eager", 1024],
    ["train batchnorm+dropout batch 64 vs torch eager", epochs(NORMED, 64), "norm", 64],
  ] as const;
  const out: Row[] = [];
  for (const [row, ours, work, size] of rows) {
    out.push(await measure({ bench, row, unit }, { ours, ...peerOf(torch, work, size) }));
  }
  const plain = { ours: fast, peer: epochs(DEFAULT, 64, "plain") };
  out.push(await measure({ bench, row: "train batch 64 vs our plain TypeScript", unit, rounds: 3 }, plain));
  return out;
}

function questionsOf(rows: Float64Array) {
  return Array.from({ length: 100 }, (_, i) => ({
    sessionId: "q",
    features: fromVector(rows.subarray(i * 40, i * 40 + 40)),
    landmark: null,
    horizonSeconds: 1_800,
  }));
}

/** Class and time of one question after another, each timed; the peer says the class alone. */
async function servingRows(model: Model, X: Float64Array, torch: TorchPeer | null): Promise<Row[]> {
  const predict = createPredictor(model);
  const questions = questionsOf(X);
  const ask = (times: number, durations: Float64Array | null) => {
    for (let i = 0; i < times; i++) {
      const question = questions[i % 100];
      if (question === undefined) continue;
      const start = durations === null ? 0 : performance.now();
      predict(question);
      if (durations !== null) durations[i] = (performance.now() - start) * 1_000;
    }
    return times;
  };
  const row = await measure(
    { bench, row: "predict batch-1 vs torch eager", unit: "questions/s" },
    { ours: () => ask(QUESTIONS, null), ...peerOf(torch, "predict", 1_000) },
  );
  const durations = new Float64Array(QUESTIONS);
  ask(QUESTIONS, durations);
  durations.sort();
  const peer = await torch?.run("predict", 5_000);
  const percentile = (name: "p50" | "p99", share: number): Row => {
    const ours = durations[QUESTIONS * share] ?? 0;
    const theirs = peer?.[name] === undefined ? null : peer[name] * 1e6;
    return {
      bench,
      row: `predict batch-1, ${name}`,
      ours,
      peer: theirs,
      ratio: theirs === null ? null : theirs / ours,
      limit: null,
      unit: "us",
    };
  };
  return [row, percentile("p50", 0.5), percentile("p99", 0.99)];
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds from a file to its first answer, in a process that has done neither before. */
async function loadRow(model: Model, X: Float64Array, torch: TorchPeer | null): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const path = join(folder, "model.safetensors");
  await writeModelFile(path, model);
  const child = fileURLToPath(new URL("./load-model.js", import.meta.url));
  const times = Array.from({ length: LOADS }, () => {
    const { stdout } = spawnSync(process.execPath, [child, path, JSON.stringify(questionsOf(X)[0])], {
      encoding: "utf8",
    });
    return Number(stdout);
  });
  rmSync(folder, { recursive: true });
  const ours = median(times);
  const peer = torch === null ? null : (await torch.run("load", 1)).seconds * 1_000;
  return {
    bench,
    row: "load model and first answer",
    ours,
    peer,
    ratio: peer === null ? null : peer / ours,
    limit: null,
    unit: "ms",
  };
}

/** `npm run bench -- learning`; XGBoost stands beside the trees, DuckDB beside `csv`. */
export const learning: Bench = {
  name: "learning",
  about: "rows a second in training, questions a second in serving, beside PyTorch on one thread each",
  async run(): Promise<Row[]> {
    const torch = await startTorch();
    try {
      const dataset = syntheticDataset({ rows: ROWS, seed: 1 });
      const { model } = await fit(dataset, { kind: "network", epochs: 1 });
      return [
        ...(await trainingRows(torch)),
        ...(await servingRows(model, dataset.X, torch)),
        await loadRow(model, dataset.X, torch),
        await measure(
          { bench, row: "whole fit, 40-64-32-1, batch 64, class and time", unit: "rows/s", rounds: 3 },
          {
            ours: async () => {
              await fit(dataset, { kind: "network", epochs: 2, patience: 2 });
              return ROWS * 2;
            },
          },
        ),
      ];
    } finally {
      torch?.stop();
    }
  },
};
