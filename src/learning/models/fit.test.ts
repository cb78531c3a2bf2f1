import { describe, expect, it } from "vitest";
import { type Clock, createManualClock } from "../../core/index.ts";
import { splitDataset, takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { encodeModel } from "../files/model-file.ts";
import { batchNorm, dense, dropout, network, relu, sigmoid } from "../network/layers.ts";
import { datasetHash } from "./base-rate.ts";
import { fit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";
import type { EpochReport } from "./history.ts";

const { train, test } = splitDataset(syntheticDataset({ rows: 4000, seed: 2 }), { testShare: 0.25 });
const small = takeRows(
  train,
  Array.from({ length: 300 }, (_, i) => i),
);

/** Networks, unless a test says otherwise. */
const fitModel = (dataset: typeof train, options: FitOptions = {}) => fit(dataset, { kind: "network", ...options });

/** A clock that moves on by itself each time it is read. */
function clockOf(stepMs: number): Clock {
  const clock = createManualClock();
  const monotonicMs = () => {
    clock.advance(stepMs);
    return clock.monotonicMs();
  };
  return { ...clock, monotonicMs };
}

describe("fit", () => {
  it("learns class and time where there is something to learn", async () => {
    const { model, history } = await fitModel(train, { epochs: 12 });
    const { auc, brier, baseRateBrier, timeMaeSeconds, baselineTimeMaeSeconds } = evaluate(model, test);
    expect(auc ?? 0).toBeGreaterThan(0.8);
    expect(brier ?? 1).toBeLessThan(0.8 * (baseRateBrier ?? 0));
    expect(timeMaeSeconds ?? 1e9).toBeLessThan(0.9 * (baselineTimeMaeSeconds ?? 0));
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual(history.epochs.map((_, i) => i + 1));
    expect(model.origin.metrics.auc).toBeGreaterThan(0.8);
    expect(model.origin.dataHash).toBe(datasetHash(train));
  });

  it.each([1, 2, 3])(
    "is never clearly worse than the base rate where there is nothing to learn (seed %i)",
    async (seed) => {
      const sides = splitDataset(syntheticDataset({ rows: 1500, seed, strength: 0 }), { testShare: 0.5 });
      const { model } = await fitModel(sides.train, { seed });
      const { brier, baseRateBrier } = evaluate(model, sides.test);
      expect((brier ?? 1) / (baseRateBrier ?? 1)).toBeLessThan(1.02);
    },
  );

  it("gives the same bytes for the same seed, whatever the clock says, and others for another", async () => {
    const bytes = async (seed: number, step: number) => {
      const options = {
        epochs: 2,
        seed,
        clock: clockOf(step),
      };
      return encodeModel((await fitModel(small, options)).model);
    };
    const first = await bytes(1, 0);
    expect(await bytes(1, 30)).toEqual(first);
    expect(await bytes(2, 0)).not.toEqual(first);
  });

  it("defect 44: trains when the last batch has one row, batchNorm included", async () => {
    const rows = takeRows(
      train,
      Array.from({ length: 33 }, (_, i) => i),
    );
    const custom = network([dense(40, 8), batchNorm(8), relu(), dropout(0.3), dense(8, 1), sigmoid()]);
    const { history } = await fitModel(rows, { network: custom, validation: test, batchSize: 32, epochs: 2 });
    expect(history.epochs.every(({ trainLoss, valLoss }) => Number.isFinite(trainLoss + valLoss))).toBe(true);
  });

  it("defect 45: scaler and base rate come from the training rows only", async () => {
    const shifted = { ...test, X: test.X.map((value) => value + 1e6) };
    const options = { epochs: 1, seed: 4 };
    const one = await fitModel(small, { ...options, validation: test });
    const other = await fitModel(small, { ...options, validation: shifted });
    expect(other.model.preparation).toEqual(one.model.preparation);
    expect(other.model.baseline).toEqual(one.model.baseline);
  });

  it("stops early and restores the best epoch", async () => {
    const reports: EpochReport[] = [];
    const options = { epochs: 40, patience: 2, learningRate: 0.02, weightDecay: 0, validation: test };
    const { model, history } = await fitModel(small, { ...options, onEpoch: (report) => reports.push(report) });
    expect(history.stoppedEarly).toBe(true);
    expect(reports).toHaveLength(history.bestEpoch + 2);
    const best = reports.reduce((a, b) => (b.valLoss < a.valLoss ? b : a));
    expect(history.bestEpoch).toBe(best.epoch);
    const raw = { ...model, calibration: { kind: "none" as const } };
    expect(evaluate(raw, test).logLoss).toBeCloseTo(best.valLoss, 6);
  });

  it("reports progress from 0 to 1, never back", async () => {
    const seen: number[] = [];
    await fitModel(train, { epochs: 2, onProgress: (fraction) => seen.push(fraction) });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it("keeps the best so far when it is aborted, and throws the reason when there is none", async () => {
    const controller = new AbortController();
    const onEpoch = ({ epoch }: EpochReport) => {
      if (epoch === 3) controller.abort(new Error("enough"));
    };
    const { model, history } = await fitModel(small, { signal: controller.signal, onEpoch, calibration: "none" });
    expect([history.aborted, history.epochs.length]).toEqual([true, 3]);
    expect(evaluate(model, test).auc ?? 0).toBeGreaterThan(0.5);
    await expect(fitModel(small, { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("keeps the classifier when it is aborted in the time model", async () => {
    const controller = new AbortController();
    let classified = false;
    const onEpoch = ({ epoch }: EpochReport) => {
      classified = epoch === 3;
    };
    const onProgress = () => {
      if (classified) controller.abort(new Error("enough"));
    };
    const { model, history } = await fitModel(train, {
      epochs: 3,
      signal: controller.signal,
      onEpoch,
      onProgress,
      clock: clockOf(10),
    });
    expect([history.aborted, history.epochs.length, model.time.kind]).toEqual([true, 3, "constant"]);
  });

  it("lets other work of the process run meanwhile", async () => {
    let ticks = 0;
    let running = true;
    const other = () => {
      ticks += 1;
      if (running) setImmediate(other);
    };
    setImmediate(other);
    await fitModel(train, { epochs: 2, clock: clockOf(10) });
    running = false;
    expect(ticks).toBeGreaterThan(10);
  });

  it("stops at a loss that is no number, naming epoch and batch", async () => {
    const X = train.X.slice();
    const wild = fitModel({ ...train, X }, { learningRate: 1e300, seed: 1 });
    await expect(wild).rejects.toThrow(/classifier is not a finite number in epoch 1, batch 2/);
  });

  it("refuses rows of one class, and networks of another shape", async () => {
    const oneClass = { ...small, y: new Uint8Array(small.rows).fill(1) };
    await expect(fitModel(oneClass)).rejects.toThrow(/no conversation that did not convert/);
    await expect(fitModel(oneClass, { validation: test })).rejects.toThrow(/all of them converted/);
    const narrow = network([dense(39, 1)]);
    await expect(fitModel(small, { network: narrow })).rejects.toThrow(
      /layer 0 \(dense 39-1\) takes rows x 39 but is given rows x 40/,
    );
    const wide = network([dense(40, 2)]);
    await expect(fitModel(small, { network: wide })).rejects.toThrow(/takes rows x 1 but is given rows x 2/);
    await expect(fitModel(small, { epochs: 0 })).rejects.toThrow(/epochs must be a whole number above 0/);
  });
});
