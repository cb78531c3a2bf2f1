import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPredictor, fit, type Model, syntheticDataset, writeModelFile } from "../src/learning/index.ts";
import { fromVector } from "../src/schema.ts";
import { measure, median, type Row } from "./harness.ts";
import type { TorchPeer } from "./peers/torch.ts";

const bench = "learning";
const QUESTIONS = 20_000;
/** Children that load a model, each for the first time. */
const LOADS = 15;

function questionsOf(rows: Float64Array) {
  return Array.from({ length: 100 }, (_, i) => ({
    sessionId: "q",
    features: fromVector(rows.subarray(i * 40, i * 40 + 40)),
    landmark: null,
    horizonSeconds: 1_800,
  }));
}

/** Class and time of one question after another, each timed; the peer says the class alone. */
async function answerRows(model: Model, X: Float64Array, torch: TorchPeer | null): Promise<Row[]> {
  const predict = createPredictor(model);
  const questions = questionsOf(X);
  const peerIs = torch === null ? {} : { peerIs: torch.is };
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
    { bench, row: "predict batch-1 vs torch eager", unit: "questions/s", asked: "10x", ...peerIs },
    {
      ours: () => ask(QUESTIONS, null),
      ...(torch && { peer: async () => (await torch.run("predict", 1_000)).amount }),
    },
  );
  const durations = new Float64Array(QUESTIONS);
  ask(QUESTIONS, durations);
  durations.sort();
  const peer = await torch?.run("predict", 5_000);
  const percentile = (name: "p50" | "p99", share: number): Row => {
    const ours = durations[QUESTIONS * share] ?? 0;
    const theirs = peer?.[name] === undefined ? null : peer[name] * 1e6;
    const ratio = theirs === null ? null : theirs / ours;
    const asked = name === "p50" ? { asked: "< 3 us" } : {};
    return {
      bench,
      row: `predict batch-1, ${name}`,
      ours,
      peer: theirs,
      ratio,
      limit: null,
      unit: "us",
      ...asked,
      ...peerIs,
    };
  };
  return [row, percentile("p50", 0.5), percentile("p99", 0.99)];
}

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
    ...{ bench, row: "load model and first answer", unit: "ms", asked: "< 30 ms" },
    ...{ ours, peer, ratio: peer === null ? null : peer / ours, limit: null },
    ...(torch && { peerIs: torch.is }),
  };
}

/** Answers of the default network, and its first. */
export async function servingRows(torch: TorchPeer | null): Promise<Row[]> {
  const dataset = syntheticDataset({ rows: 16_384, seed: 1 });
  const { model } = await fit(dataset, { kind: "network", epochs: 1 });
  return [...(await answerRows(model, dataset.X, torch)), await loadRow(model, dataset.X, torch)];
}
