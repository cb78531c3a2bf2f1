import { describe, expect, it } from "vitest";
import { INPUTS } from "../data/dataset.ts";
import { baselineModel } from "../models/model.ts";
import { evaluate } from "./evaluate.ts";

const X = new Float64Array(4 * INPUTS).fill(Number.NaN);
// The third row's landmark is at 100 s: the median of 60 s is not said there.
X[2 * INPUTS] = 100;
const dataset = {
  rows: 4,
  X,
  y: Uint8Array.of(1, 0, 1, 1),
  timeSeconds: Float64Array.of(50, Number.NaN, 111, Number.NaN),
  groups: ["a", "b", "c", "d"],
};

describe("evaluate", () => {
  it("gives the base rate's own figures for a baseline", () => {
    expect(evaluate(baselineModel({ rate: 0.5, medianTimeSeconds: 60 }), dataset)).toEqual({
      rows: 4,
      auc: 0.5,
      brier: 0.25,
      baseRateBrier: 0.25,
      logLoss: Math.log(2),
      baseRateLogLoss: Math.log(2),
      timeMaeSeconds: 10,
      baselineTimeMaeSeconds: 10,
    });
  });

  it("says null where there is nothing to measure", () => {
    const none = {
      rows: 0,
      X: new Float64Array(0),
      y: new Uint8Array(0),
      timeSeconds: new Float64Array(0),
      groups: [],
    };
    const { rows, ...figures } = evaluate(baselineModel({ rate: 0.5, medianTimeSeconds: 60 }), none);
    expect(rows).toBe(0);
    expect(new Set(Object.values(figures))).toEqual(new Set([null]));
  });
});
