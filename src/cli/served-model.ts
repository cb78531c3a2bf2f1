import { extname } from "node:path";
import { type BaseRate, createPredictor, describeModel, openOnnxModel, readModelFile } from "../learning/index.ts";
import type { Predictor } from "../miner/index.ts";
import type { Flags } from "./flags.ts";
import { openOwnModel } from "./own-model.ts";

/** What a miner serves. */
export interface ServedModel {
  readonly predictor: Predictor;
  /** What it falls back to. */
  readonly baseline: BaseRate;
  /** For the log. */
  readonly text: string;
  close(): Promise<void>;
}

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** A model file of ours, an ONNX graph of whoever wrote it, or a program of the miner's own. */
export async function openServedModel(path: string, flags: Flags): Promise<ServedModel> {
  if ([".js", ".mjs"].includes(extname(path).toLowerCase())) return openOwnModel(path);
  if (extname(path).toLowerCase() !== ".onnx") {
    const model = await readModelFile(path);
    return {
      predictor: { name: `model ${path}`, predict: createPredictor(model) },
      baseline: model.baseline,
      text: describeModel(model).text,
      close: async () => undefined,
    };
  }
  const median = numberOf(flags["onnx.median_seconds"]);
  const timeOutput = flags["onnx.time_output"];
  const model = await openOnnxModel(path, {
    output: flags["onnx.output"] === "logit" ? "logit" : "probability",
    timeOutput: typeof timeOutput === "string" ? timeOutput : undefined,
    unknown: numberOf(flags["onnx.unknown"]),
    baseline: median === undefined ? undefined : { rate: 0.5, medianTimeSeconds: median },
  });
  const { rate, medianTimeSeconds } = model.baseline;
  const text = `ONNX, over base rate ${rate.toFixed(3)}, median time ${medianTimeSeconds.toFixed(1)} s`;
  return { predictor: model, baseline: model.baseline, text, close: () => model.close() };
}
