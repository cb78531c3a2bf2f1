import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS, fromVector } from "../../schema.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { CALIBRATIONS } from "../models/calibration.ts";
import { fit } from "../models/fit.ts";
import type { FitOptions } from "../models/fit-options.ts";
import { baselineModel, type Model } from "../models/model.ts";
import { createPredictor } from "../models/predict.ts";
import { fitPreparation } from "../models/preparation.ts";
import {
  batchNorm,
  dense,
  dropout,
  gelu,
  type Layer,
  leakyRelu,
  network,
  parameterCount,
  relu,
  sigmoid,
  tanh,
  tensorsOf,
} from "../network/layers.ts";
import { joinTrees, type Tree } from "../trees/trees.ts";
import { encodeOnnx, ONNX_INPUT, ONNX_OUTPUTS, writeOnnxFile } from "./onnx-export.ts";

const name = "onnxruntime-node";
const ort = await import(/* @vite-ignore */ name).catch(() => null);

const ROWS = 200;
/** Rows in single precision, as the graph reads them, with more cells unknown. */
function thinned(seed: number): Dataset {
  const data = syntheticDataset({ rows: 500, seed, strength: 3 });
  const random = createRandom(seed).fork("thinned");
  const X = data.X.map((value) => (random.next() < 0.15 ? Number.NaN : Math.fround(value)));
  return { ...data, X };
}
const data = thinned(21);

const quick: FitOptions = { epochs: 2, layerSizes: [8], folds: 2, seed: 5, trees: { rounds: 20, maxBins: 32 } };
const FITTED: Readonly<Record<string, FitOptions>> = {
  baseline: { kind: "baseline" },
  logistic: { kind: "logistic" },
  "every preparation": {
    kind: "logistic",
    preparation: {
      log: "auto",
      missing: true,
      interactions: [
        ["message_ratio", "hour_of_day"],
        ["conversation_duration_seconds", "message_ratio"],
      ],
      clip: 2,
    },
  },
  network: { kind: "network" },
  trees: { kind: "trees" },
  "average ensemble": { kind: "ensemble", combine: "average" },
  "stacked ensemble": { kind: "ensemble", combine: "stacked" },
  hazard: { kind: "logistic", time: "hazard", folds: 0 },
  "hazard over every preparation": { kind: "trees", time: "hazard", preparation: { log: "auto", missing: true } },
  median: { kind: "logistic", time: "median" },
  decision: { kind: "trees", scoring: "seed-v1" },
  ...Object.fromEntries(CALIBRATIONS.map((calibration) => [calibration, { kind: "ensemble", calibration } as const])),
};

const LAYERS: Readonly<Record<string, readonly Layer[]>> = {
  "batchNorm and dropout": [dense(40, 9), batchNorm(9), relu(), dropout(0.3), dense(9, 1)],
  "batchNorm first": [batchNorm(40), dense(40, 6), tanh(), dense(6, 1)],
  leakyRelu: [dense(40, 7), leakyRelu(0.2), dense(7, 1)],
  gelu: [dense(40, 12), gelu(), dense(12, 1)],
  "sigmoid within": [dense(40, 5), sigmoid(), dense(5, 1)],
  "no hidden layer": [dense(40, 1)],
  "sigmoid at the end": [dense(40, 5), relu(), dense(5, 1), sigmoid()],
};
/** A model of which both class and time come from a network, trusted fully. */
function handmade(layers: readonly Layer[]): Model {
  const shape = network(layers);
  const random = createRandom(layers.length);
  const parameters = new Float32Array(parameterCount(shape));
  for (const { name, offset, length } of tensorsOf(shape)) {
    const isVariance = name.endsWith("running_var");
    for (let i = 0; i < length; i++) parameters[offset + i] = isVariance ? 0.5 + random.next() : random.normal() / 2;
  }
  const own = { kind: "network", network: shape, parameters } as const;
  return {
    ...baselineModel({ rate: 0.4, medianTimeSeconds: 300 }),
    preparation: fitPreparation(data),
    classifier: own,
    time: { kind: "regression", members: [own], centre: 5.5, scale: 0.7, weight: 0.9, spread: [] },
  };
}

/** The largest difference of each output from ours, the time's as a share of it; and how many different answers there were. */
async function differences(model: Model) {
  const session = await ort.InferenceSession.create(await encodeOnnx(model), { intraOpNumThreads: 1 });
  const features = Float32Array.from(data.X.subarray(0, ROWS * INPUTS));
  const out = await session.run({ [ONNX_INPUT]: new ort.Tensor("float32", features, [ROWS, INPUTS]) });
  const answer = createPredictor(model);
  const seen = { confidences: new Set<number>(), times: new Set<number>() };
  const worst = { classes: 0, confidence: 0, time: 0 };
  const share = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b));
  for (let row = 0; row < ROWS; row++) {
    const own = answer({
      sessionId: "",
      features: fromVector(data.X.subarray(row * INPUTS, (row + 1) * INPUTS)),
      landmark: null,
      horizonSeconds: DEFAULT_HORIZON_SECONDS,
    });
    const read = (output: (typeof ONNX_OUTPUTS)[number]) => Number(out[output].data[row]);
    seen.confidences.add(read("confidence"));
    seen.times.add(read("time_if_converted_seconds"));
    worst.classes += read("conversion_happened") === own.conversionHappened ? 0 : 1;
    worst.confidence = Math.max(worst.confidence, Math.abs(read("confidence") - (own.confidence ?? 0)));
    worst.time = Math.max(
      worst.time,
      share(read("time_if_converted_seconds"), own.timeIfConvertedSeconds ?? 0),
      share(read("time_to_conversion_seconds"), own.timeToConversionSeconds),
    );
  }
  await session.release();
  return { ...worst, confidences: seen.confidences.size, times: seen.times.size };
}

/** Outputs are single precision, which is 6e-8 of a number. */
const TOLERANCE = 1e-6;
/** A time is e^score: where networks add up singles in another order, a score of 10 is off by 1e-6, and so is the time's share. */
const NETWORK_TIME_TOLERANCE = 3e-6;
/** A steep step of the curve multiplies what a network's logit is off by. */
const ISOTONIC_TOLERANCE = 1e-5;
function expectEqual(
  found: { classes: number; confidence: number; time: number },
  { confidence = TOLERANCE, time = TOLERANCE } = {},
) {
  expect(found.classes).toBe(0);
  expect(found.confidence).toBeLessThan(confidence);
  expect(found.time).toBeLessThan(time);
}

describe.skipIf(ort === null)("onnxruntime answers as we do (skipped where onnxruntime-node is not installed)", () => {
  it.each(Object.entries(FITTED))("%s", async (_, options) => {
    const { model } = await fit(data, { ...quick, ...options });
    const isSteep = model.calibration.kind === "isotonic";
    expectEqual(await differences(model), isSteep ? { confidence: ISOTONIC_TOLERANCE } : {});
  });

  it.each(Object.entries(LAYERS))("a network of %s", async (_, layers) => {
    const found = await differences(handmade(layers));
    expectEqual(found, { time: NETWORK_TIME_TOLERANCE });
    expect(found.confidences).toBeGreaterThan(100);
    expect(found.times).toBeGreaterThan(50);
  });

  it("trees that are a leaf, no trees, constants and a bias in an ensemble", async () => {
    const base = { columns: INPUTS, objective: "logistic", baseScore: 0.7 } as const;
    const none = joinTrees(base, []);
    const leaf: Tree = {
      offsets: Int32Array.of(0, 1),
      feature: Int32Array.of(-1),
      threshold: new Float32Array(1),
      left: Int32Array.of(-1),
      right: Int32Array.of(-1),
      defaultLeft: new Uint8Array(1),
      value: Float32Array.of(0.3),
      gain: new Map(),
    };
    const members = [
      { kind: "trees", trees: none },
      { kind: "trees", trees: joinTrees(base, [leaf, leaf]) },
      { kind: "constant" },
    ] as const;
    const classifier = { kind: "ensemble", members, weights: [0.5, 2, 3], bias: -1 } as const;
    const found = await differences({ ...baselineModel({ rate: 0.4, medianTimeSeconds: 30 }), classifier });
    expectEqual(found);
    expect(found.confidences).toBe(1);
  });

  it("a hazard so small that single digits of 1 - e^-x would be all that is left", async () => {
    const zeros = new Float32Array(INPUTS);
    const edgesSeconds = [100, 900, 1800];
    for (const logHazards of [
      [-30, -31, -32],
      [-7, -60, -6],
      [3, 2, 40],
      [-300, -2, -3],
    ]) {
      const time = { kind: "hazard", edgesSeconds, logHazards, weights: zeros, weight: 1 } as const;
      const base = baselineModel({ rate: 0.4, medianTimeSeconds: 30 });
      expectEqual(await differences({ ...base, preparation: fitPreparation(data), time }));
    }
  });

  it("one row at a time as in a batch", async () => {
    const { model } = await fit(data, { ...quick, kind: "ensemble" });
    const session = await ort.InferenceSession.create(await encodeOnnx(model));
    const ask = async (from: number, rows: number) => {
      const features = Float32Array.from(data.X.subarray(from * INPUTS, (from + rows) * INPUTS));
      const out = await session.run({ [ONNX_INPUT]: new ort.Tensor("float32", features, [rows, INPUTS]) });
      expect(Object.keys(out)).toEqual([...ONNX_OUTPUTS]);
      for (const output of ONNX_OUTPUTS) expect(out[output].dims).toEqual([rows, 1]);
      return Array.from({ length: rows }, (_, row) => ONNX_OUTPUTS.map((output) => Number(out[output].data[row])));
    };
    const alone = [];
    for (let row = 0; row < 5; row++) alone.push(...(await ask(row, 1)));
    const together = await ask(0, 5);
    alone.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(together.flat()[i], 5);
    });
    await session.release();
  });
});

it("the same model gives the same bytes, without anything to run them", async () => {
  const { model } = await fit(data, { ...quick, kind: "trees" });
  const bytes = await encodeOnnx(model);
  expect(await encodeOnnx(model)).toEqual(bytes);
  const folder = await mkdtemp(join(tmpdir(), "onnx-export-"));
  await writeOnnxFile(join(folder, "model.onnx"), model);
  expect(new Uint8Array(await readFile(join(folder, "model.onnx")))).toEqual(bytes);
  await rm(folder, { recursive: true });
});
