import { describe, expect, it } from "vitest";
import { createManualClock } from "../../core/index.ts";
import { FEATURE_NAMES } from "../../schema.ts";
import { type Dataset, INPUTS, splitDataset, takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { fit } from "../models/fit.ts";
import { baselineModel, type Model } from "../models/model.ts";
import { crossValidate } from "./cross-validate.ts";
import { permutationImportance } from "./importance.ts";
import { measureLatency } from "./latency.ts";
import { checkLeakage, leakageWarnings, SUSPICIOUS_AUC } from "./leakage.ts";
import { shouldPromote } from "./promote.ts";
import { createReport, reportForecasts } from "./report.ts";

/** The class depends on column 18 alone. */
function planted(rows: number): Dataset {
  const data = syntheticDataset({ rows, seed: 12, strength: 0, missingShare: 0 });
  const y = Uint8Array.from({ length: rows }, (_, row) => (data.X[row * INPUTS + 18] + (row % 7) * 8 > 75 ? 1 : 0));
  const timeSeconds = Float64Array.from(y, (label, row) => (label === 1 ? 100 + row : Number.NaN));
  return { ...data, y, timeSeconds };
}
const rows = 800;
const data: Dataset = {
  ...planted(rows),
  landmarks: Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? "4 messages" : "12 messages")),
  sources: Array.from({ length: rows }, (_, row) => (row < rows / 2 ? "a" : "b")),
};
const { train, test } = splitDataset(data, { testShare: 0.5 });
const quick = { kind: "logistic", folds: 0 } as const;
const { model } = await fit(train, quick);
const baseline = baselineModel(model.baseline);

describe("createReport", () => {
  const report = createReport(model, test, { title: "planted", withImportance: false, resamples: 40 });

  it("gives every figure beside the baseline, for all rows, per landmark and per source", () => {
    expect(report.slices.map(({ by, name }) => `${by}: ${name}`)).toEqual([
      "all: all rows",
      "landmark: 4 messages",
      "landmark: 12 messages",
      "source: a",
      "source: b",
    ]);
    const [all] = report.slices;
    expect(all).toMatchObject({ rows: test.rows, conversations: test.rows / 2 });
    const { auc, logLoss, brier } = all?.figures ?? {};
    expect([auc?.baseline, (auc?.model ?? 0) > 0.75]).toEqual([0.5, true]);
    for (const figure of [auc, logLoss, brier]) {
      expect((figure?.low ?? 9) <= (figure?.model ?? 0) && (figure?.model ?? 0) <= (figure?.high ?? 0)).toBe(true);
    }
    expect(logLoss?.differenceHigh ?? 1).toBeLessThan(0);
    expect(all?.figures["reward proper-v1"]?.model ?? 0).toBeGreaterThan(0);
  });

  it("says no difference where there is none", () => {
    const same = createReport(baseline, test, { withImportance: false, resamples: 40 }).slices[0]?.figures.brier;
    expect([same?.differenceLow, same?.differenceHigh]).toEqual([0, 0]);
  });

  it("survives a round trip through JSON", () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("leaves out rows whose outcome is still out", () => {
    const openUntilSeconds = Float64Array.from({ length: test.rows }, (_, row) => (row < 40 ? 10 : Number.NaN));
    expect(
      createReport(model, { ...test, openUntilSeconds }, { withImportance: false, resamples: 40 }).slices[0]?.rows,
    ).toBe(test.rows - 40);
  });
});

describe("permutationImportance", () => {
  it("finds the planted feature", () => {
    const [first, second] = permutationImportance(model, test);
    expect(first?.feature).toBe(FEATURE_NAMES[18]);
    expect(first?.logLossIncrease ?? 0).toBeGreaterThan(10 * (second?.logLossIncrease ?? 1));
  });

  it("is nothing for a model that reads nothing", () => {
    expect(permutationImportance(baseline, test).every(({ logLossIncrease }) => logLossIncrease === 0)).toBe(true);
  });
});

describe("checkLeakage", () => {
  it("finds a feature that has seen the outcome, whichever way it tells", async () => {
    const X = data.X.slice();
    for (let row = 0; row < rows; row++) X[row * INPUTS + 5] = data.y[row] === 1 ? 50 : row % 100;
    for (let row = 0; row < rows; row++) X[row * INPUTS + 9] = data.y[row] === 1 ? Number.NaN : 3;
    const found = await checkLeakage({ ...data, X });
    const suspicious = found.filter(({ auc }) => auc > SUSPICIOUS_AUC).map(({ feature }) => feature);
    expect(suspicious.sort()).toEqual([FEATURE_NAMES[5], FEATURE_NAMES[9]].sort());
    expect(leakageWarnings(found)[0]).toMatch(/alone separates the classes \(AUC (0\.9|1\.0)/);
  });

  it("is silent about honest features, however useful", async () => {
    const [best] = await checkLeakage(data);
    expect(best?.feature).toBe(FEATURE_NAMES[18]);
    expect(leakageWarnings([...(best ? [best] : [])])).toEqual([]);
  });
});

describe("crossValidate", () => {
  it("shows each model the training rows of its fold only, and tests every row once", async () => {
    const seen: Dataset[] = [];
    const done: number[] = [];
    const result = await crossValidate(
      data,
      async (rowsOfFold) => {
        seen.push(rowsOfFold);
        return (await fit(rowsOfFold, quick)).model;
      },
      { folds: 4, seed: 2, onFold: (k) => done.push(k) },
    );
    expect(done).toEqual([1, 2, 3, 4]);
    expect(result.dataset.rows).toBe(rows);
    expect(seen.map((one) => one.rows)).toEqual([600, 600, 600, 600]);
    expect(result.folds.every(({ auc }) => (auc ?? 0) > 0.7)).toBe(true);
    const report = reportForecasts(result.dataset, result.forecasts, { resamples: 40 });
    expect(report.slices[0]?.figures.auc?.model ?? 0).toBeGreaterThan(0.75);
    expect(report.slices).toHaveLength(5);
  });

  it("stops between folds", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(crossValidate(data, async () => baseline, { signal })).rejects.toThrow("enough");
  });
});

describe("shouldPromote", () => {
  const worse: Model = { ...model, calibration: { kind: "temperature", temperature: 0.2 } };

  it("promotes what is better by more than noise, whatever it is measured by", () => {
    for (const scoring of [undefined, "seed-v1", "proper-v1"]) {
      const found = shouldPromote(model, baseline, test, { scoring });
      expect(found.promote, scoring ?? "Brier").toBe(true);
      expect(found.low ?? 0).toBeGreaterThan(0);
      expect(shouldPromote(baseline, model, test, { scoring }).promote).toBe(false);
    }
    expect(shouldPromote(model, worse, test).reason).toMatch(
      /^Brier score better: 0\.\d+ \(0\.\d+ to 0\.\d+\) on \d+ later/,
    );
  });

  it("does not promote a model over itself, or over one that differs by noise", () => {
    expect(shouldPromote(model, model, test)).toMatchObject({ promote: false, difference: 0 });
    const nudged: Model = { ...model, calibration: { kind: "temperature", temperature: 1.01 } };
    const found = [shouldPromote(nudged, model, takeRows(test, [...Array(120).keys()]))];
    expect(found[0]?.promote && (found[0].difference ?? 0) > 0.001).toBe(false);
  });

  it("wants enough conversations", () => {
    expect(shouldPromote(model, baseline, takeRows(test, [0, 1, 2, 3]))).toMatchObject({
      promote: false,
      reason: "too few to tell: 2 later conversations, 50 are needed",
    });
  });
});

it("measureLatency counts what the clock says", () => {
  const clock = createManualClock();
  const ticking = {
    ...clock,
    monotonicMs() {
      clock.advance(0.002);
      return clock.monotonicMs();
    },
  };
  const found = measureLatency(model, test, ticking);
  expect(found?.p50Micros).toBeCloseTo(2, 6);
  expect(measureLatency(model, takeRows(test, []), ticking)).toBeNull();
});
