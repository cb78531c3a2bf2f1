import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { fromVector } from "../../schema.ts";
import { type Dataset, INPUTS, takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { encodeModel } from "../files/model-file.ts";
import { fit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";
import { predictTimes } from "./predict.ts";

const data = syntheticDataset({ rows: 600, seed: 6, strength: 3 });
const quick: FitOptions = {
  epochs: 3,
  layerSizes: [8],
  folds: 3,
  seed: 3,
  trees: { rounds: 15, learningRate: 0.2, maxBins: 16 },
};

/** Column 0 names the conversation; the class is drawn without regard to it. */
function memorable(rows: number): Dataset {
  const random = createRandom("memorable");
  const X = new Float64Array(rows * INPUTS);
  for (let row = 0; row < rows; row++) X[row * INPUTS] = row >> 1;
  const labels = Array.from({ length: rows / 2 }, () => random.integer(2));
  return {
    rows,
    X,
    y: Uint8Array.from({ length: rows }, (_, row) => labels[row >> 1]),
    timeSeconds: new Float64Array(rows).fill(Number.NaN),
    groups: Array.from({ length: rows }, (_, row) => `g${row >> 1}`),
  };
}

describe("out-of-fold predictions", () => {
  it.each(["average", "stacked"] as const)(
    "never come from a part that has seen the conversation: what is learned by heart is worth nothing (%s)",
    async (combine) => {
      const { model } = await fit(memorable(800), { ...quick, kind: "ensemble", combine });
      expect(Math.abs((model.origin.metrics.auc ?? 0) - 0.5)).toBeLessThan(0.1);
      expect(model.origin.metrics.brier).toBeLessThan(0.26);
      expect(model.calibration.kind === "shrink" && model.calibration.weight).toBeLessThan(0.25);
    },
  );

  it.each(["logistic", "trees", "ensemble"] as const)("gives the same bytes for the same seed (%s)", async (kind) => {
    const bytes = async (seed: number) => encodeModel((await fit(data, { ...quick, kind, seed })).model);
    expect(await bytes(1)).toEqual(await bytes(1));
    expect(await bytes(2)).not.toEqual(await bytes(1));
  });

  it("calibrates on as many rows as there are, and learns from all", async () => {
    const { model } = await fit(data, { ...quick, kind: "logistic" });
    expect([model.origin.rows, model.origin.metrics.rows]).toEqual([600, 600]);
    const held = await fit(data, { ...quick, kind: "logistic", folds: 0 });
    expect(held.model.origin.metrics.rows).toBe(600 - held.model.origin.rows);
  });

  it("serves the parts of the last full round when it is interrupted, and throws when there is none", async () => {
    const controller = new AbortController();
    const onProgress = (share: number) => {
      if (share > 0.5) controller.abort(new Error("enough"));
    };
    const { model, history } = await fit(data, { ...quick, kind: "ensemble", signal: controller.signal, onProgress });
    expect(history.aborted).toBe(true);
    expect(evaluate(model, data).auc ?? 0).toBeGreaterThan(0.6);
    const signal = AbortSignal.abort(new Error("at once"));
    await expect(fit(data, { ...quick, kind: "ensemble", signal })).rejects.toThrow("at once");
  });
});

describe("kinds of models", () => {
  const sides = {
    train: takeRows(data, [...Array(400).keys()]),
    test: takeRows(
      data,
      [...Array(200).keys()].map((i) => 400 + i),
    ),
  };

  it.each(["logistic", "trees", "ensemble", "network"] as const)(
    "%s beats the base rate where there is something",
    async (kind) => {
      const { model } = await fit(sides.train, { ...quick, epochs: 20, learningRate: 0.01, kind });
      const { logLoss, baseRateLogLoss, timeMaeSeconds, baselineTimeMaeSeconds } = evaluate(model, sides.test);
      expect(logLoss ?? 9).toBeLessThan(0.99 * (baseRateLogLoss ?? 0));
      expect(timeMaeSeconds ?? 9e9).toBeLessThan(1.02 * (baselineTimeMaeSeconds ?? 0));
    },
  );

  it("baseline is the base rate, with the spread of the times", async () => {
    const { model } = await fit(data, { kind: "baseline" });
    expect(model.classifier).toEqual({ kind: "constant" });
    expect(model.baseline.spread).toHaveLength(7);
    expect(evaluate(model, data).auc).toBe(0.5);
  });

  it.each(["regression", "hazard", "median"] as const)(
    "%s gives rising quantiles, the median among them",
    async (time) => {
      const { model } = await fit(sides.train, { ...quick, folds: 0, kind: "logistic", time });
      expect(model.time.kind).toBe(time === "median" ? "constant" : time);
      const question = {
        sessionId: "q",
        features: fromVector(data.X.subarray(0, INPUTS)),
        landmark: { seconds: 20 },
        horizonSeconds: 1800,
      };
      const times = predictTimes(model, question, [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThan(20);
      expect(times[6]).toBeGreaterThan(times[0]);
      expect(times[6]).toBeLessThanOrEqual(1800);
    },
  );

  it("learns when from conversations that are still open, and whether from the others only", async () => {
    const openUntilSeconds = new Float64Array(data.rows).fill(Number.NaN);
    const y = data.y.slice();
    const timeSeconds = data.timeSeconds.slice();
    for (let row = 0; row < data.rows; row += 5) {
      openUntilSeconds[row] = 60;
      y[row] = 0;
      timeSeconds[row] = Number.NaN;
    }
    const open = { ...data, y, timeSeconds, openUntilSeconds };
    const { model } = await fit(open, { ...quick, folds: 0, kind: "logistic", time: "hazard" });
    const settled = data.groups.flatMap((_, row) => (row % 5 === 0 ? [] : [row]));
    const rate = takeRows(data, settled).y.reduce((a, b) => a + b, 0) / settled.length;
    expect(Math.abs(model.baseline.rate - rate)).toBeLessThan(0.03);
    expect(model.time.kind).toBe("hazard");
  });
});
