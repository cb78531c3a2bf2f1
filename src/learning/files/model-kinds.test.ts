import { describe, expect, it } from "vitest";
import { INPUTS } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { CALIBRATIONS } from "../models/calibration.ts";
import { fit } from "../models/fit.ts";
import type { FitOptions } from "../models/fit-options.ts";
import { createForecaster, createTimeQuantiles } from "../models/predict.ts";
import { decodeModel, encodeModel } from "./model-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const data = syntheticDataset({ rows: 500, seed: 21, strength: 3 });
const quick: FitOptions = { epochs: 1, layerSizes: [4], folds: 2, seed: 5, trees: { rounds: 5, maxBins: 16 } };
const KINDS: Readonly<Record<string, FitOptions>> = {
  baseline: { kind: "baseline" },
  logistic: { kind: "logistic" },
  "logistic with every preparation": {
    kind: "logistic",
    preparation: { log: "auto", missing: true, interactions: [["message_ratio", "hour_of_day"]], clip: 4 },
  },
  network: { kind: "network" },
  trees: { kind: "trees" },
  "average ensemble": { kind: "ensemble", combine: "average" },
  "stacked ensemble": { kind: "ensemble", combine: "stacked" },
  hazard: { kind: "logistic", time: "hazard", folds: 0 },
  decision: { kind: "trees", scoring: "seed-v1" },
  ...Object.fromEntries(CALIBRATIONS.map((calibration) => [calibration, { kind: "logistic", calibration } as const])),
};

describe("model files", () => {
  it.each(Object.entries(KINDS))("give back a model bit for bit: %s", async (_, options) => {
    const { model } = await fit(data, { ...quick, ...options });
    const bytes = encodeModel(model);
    const read = decodeModel("m", bytes);
    expect(read).toEqual(model);
    expect(encodeModel(read)).toEqual(bytes);
    const [a, b] = [model, read].map((one) => {
      const [forecast, quantiles] = [createForecaster(one), createTimeQuantiles(one)];
      return Array.from({ length: 50 }, (__, row) => {
        const { probability, timeSeconds } = forecast(data.X, row * INPUTS);
        return [probability, timeSeconds, ...quantiles(data.X, row * INPUTS, [0.1, 0.5, 0.9])];
      });
    });
    expect(b).toEqual(a);
    expect(a.flat().every(Number.isFinite)).toBe(true);
  });

  it("refuse trees that lead nowhere, columns that do not fit, and a curve that falls", async () => {
    const refusal = async (options: FitOptions, edit: (text: string, tensors: Map<string, Float32Array>) => string) => {
      const { model } = await fit(data, { ...quick, ...options });
      const { metadata, tensors } = decodeSafetensors("m", encodeModel(model));
      const values = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
      const text = edit(metadata.model ?? "", values);
      const changed = encodeSafetensors({
        metadata: { ...metadata, model: text },
        tensors: tensors.map((tensor) => ({ ...tensor, values: values.get(tensor.name) ?? tensor.values })),
      });
      expect(() => decodeModel("m", changed)).toThrow(expect.objectContaining({ code: "MODEL_FILE_INVALID" }));
      try {
        decodeModel("m", changed);
      } catch (error) {
        return error instanceof Error ? error.message.split("\n")[0] : "";
      }
    };
    expect(
      await refusal({ kind: "trees" }, (text, tensors) => {
        tensors.get("classifier.trees.left")?.fill(0, 0, 1);
        return text;
      }),
    ).toMatch(/its trees are damaged: node 0 leads to 0/);
    expect(
      await refusal({ kind: "logistic" }, (text) =>
        text.replace(/,\{"kind":"value","feature":"message_alternation_rate"[^}]*\}/, ""),
      ),
    ).toMatch(/invalid at preparation.columns \(must begin with the 40 features/);
    expect(
      await refusal({ kind: "logistic", calibration: "isotonic" }, (text) =>
        text.replace(/"outputs":\[[^,]*/, '"outputs":[1'),
      ),
    ).toMatch(/invalid at calibration.outputs \(must not fall\)/);
    expect(await refusal({ kind: "logistic" }, (text) => text.replace('"kind":"logistic"', '"kind":"exec"'))).toMatch(
      /invalid at classifier.kind/,
    );
  });
});
