import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromVector } from "../schema.ts";
import { loadData } from "./data/load-data.ts";
import { syntheticDataset } from "./data/synthetic.ts";
import { readModelFile } from "./files/model-file.ts";
import { BinaryClassificationMiner, loadModel, saveModel, trainModel } from "./miner.ts";
import { baselineModel } from "./models/model.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "learning-miner-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { XTrain, XTest, yTrain, yTest } = await loadData(syntheticDataset({ rows: 600 }));
const features = fromVector(XTest.values.subarray(0, 40));

describe("BinaryClassificationMiner", () => {
  it("defect 9: refuses to answer or to be saved before it has a model", async () => {
    const miner = new BinaryClassificationMiner();
    expect(() => miner.predict(features)).toThrowErrorMatchingInlineSnapshot(`
      [ModelMissingError: This miner has no model yet.

      Hint: Call trainModel or loadModel first, or set \`miner.model = baselineModel(...)\` to serve the base rate on purpose.]
    `);
    await expect(saveModel(miner, folder, "none")).rejects.toThrow(/no model yet/);
  });

  it("walks the guide: train, save, load, the same answers", async () => {
    const miner = new BinaryClassificationMiner({ layerSizes: [16] });
    const checkpointsDir = join(folder, "checkpoints");
    const history = await trainModel({
      miner,
      XTrain,
      yTrain,
      XVal: XTest,
      yVal: yTest,
      epochs: 3,
      batchSize: 64,
      learningRate: 0.001,
      checkpointsDir,
      device: "cpu",
    });
    expect(history.epochs).toHaveLength(3);
    expect(await readModelFile(join(checkpointsDir, "best.safetensors"))).toEqual(miner.model);
    const path = await saveModel(miner, checkpointsDir, "my_model");
    expect(await readdir(checkpointsDir)).toEqual([
      "best.safetensors",
      "history.html",
      "history.json",
      "last.json",
      "my_model.safetensors",
    ]);

    const other = new BinaryClassificationMiner();
    await loadModel(other, path);
    expect(other.predict(features)).toEqual(miner.predict(features));
  });

  it("keeps its model when a file is refused", async () => {
    const miner = new BinaryClassificationMiner();
    miner.model = baselineModel({ rate: 0.7, medianTimeSeconds: 50 });
    await expect(loadModel(miner, join(folder, "none"))).rejects.toThrow(/cannot be read/);
    expect(miner.predict(features).confidence).toBe(0.7);
    await expect(saveModel(miner, folder, "my_model.pt")).rejects.toThrow(/must end in .safetensors/);
  });

  it("writes the best classifier so far while it trains", async () => {
    const miner = new BinaryClassificationMiner({ layerSizes: [4] });
    const checkpointsDir = join(folder, "while");
    const seen: string[] = [];
    const controller = new AbortController();
    const onEpoch = () => controller.abort(new Error("killed"));
    const onProgress = () => seen.push("progress");
    await trainModel({ miner, XTrain, yTrain, checkpointsDir, signal: controller.signal, onEpoch, onProgress });
    expect(await readdir(checkpointsDir)).toEqual(["best.safetensors", "history.html", "history.json", "last.json"]);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("defect 48: says what runs where when asked for another device", async () => {
    const miner = new BinaryClassificationMiner();
    await expect(trainModel({ miner, XTrain, yTrain, device: "cuda" })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [DeviceUnavailableError: Training on "cuda" is not possible here.

      Device:    cuda
      Available: cpu

      Hint: Training and serving both run on the CPU, in this process: leave \`device\` out, or give "cpu".]
    `);
    await expect(trainModel({ miner, XTrain, yTrain, XVal: XTest })).rejects.toThrow(/given together/);
  });
});
