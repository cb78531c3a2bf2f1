import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { logistic } from "../network/steps.ts";
import { createCalibrate, fitCalibration, interpolate, isotonicSteps, logitOf } from "./calibration.ts";

const random = createRandom("calibration");
const truth = Array.from({ length: 6000 }, () => random.normal());
const y = truth.map((z) => (random.next() < logistic(z) ? 1 : 0));
const groups = truth.map((_, i) => `g${i}`);
const rowsOf = (logits: number[]) => ({ logits, y, groups, rate: y.reduce((a: number, b) => a + b, 0) / y.length });
/** Largest distance from the true probability over the middle of the scale. */
const worst = (calibrate: (logit: number) => number, distort: (z: number) => number) =>
  Math.max(...[-1.5, -1, -0.5, 0, 0.5, 1, 1.5].map((z) => Math.abs(calibrate(distort(z)) - logistic(z))));

describe("fitCalibration recovers a known distortion", () => {
  it("temperature: logits three times too bold", () => {
    const bold = (z: number) => 3 * z;
    const rows = rowsOf(truth.map(bold));
    const found = fitCalibration("temperature", rows);
    expect(found.kind === "temperature" && Math.abs(found.temperature - 3)).toBeLessThan(0.25);
    expect(worst(createCalibrate(found, rows.rate), bold)).toBeLessThan(0.03);
    expect(worst(logistic, bold)).toBeGreaterThan(0.1);
  });

  it("platt: bold and shifted", () => {
    const shifted = (z: number) => 2 * z + 1.5;
    const rows = rowsOf(truth.map(shifted));
    expect(worst(createCalibrate(fitCalibration("platt", rows), rows.rate), shifted)).toBeLessThan(0.03);
  });

  it("isotonic: any rising curve", () => {
    const bent = (z: number) => z ** 3 + (z > 0 ? 2 : 0);
    const rows = rowsOf(truth.map(bent));
    expect(worst(createCalibrate(fitCalibration("isotonic", rows), rows.rate), bent)).toBeLessThan(0.08);
  });

  it("shrink: noise becomes the base rate, and none leaves all as it is", () => {
    const rows = rowsOf(truth.map(() => 3 * random.normal()));
    const calibrate = createCalibrate(fitCalibration("shrink", rows), rows.rate);
    expect(Math.abs(calibrate(4) - rows.rate)).toBeLessThan(0.03);
    expect(createCalibrate(fitCalibration("none", rows), rows.rate)(1)).toBe(logistic(1));
  });

  it("platt does not turn a forecast round, whatever a few rows say", () => {
    const found = fitCalibration("platt", { logits: [2, -2, 2, -2], y: [0, 1, 0, 1], groups, rate: 0.5 });
    expect(found).toMatchObject({ kind: "platt", slope: 0 });
  });
});

describe("isotonicSteps", () => {
  it("pools what falls", () => {
    expect(isotonicSteps([1, 2, 3], [0, 1, 0])).toEqual({ inputs: [1, 2, 3], outputs: [0, 0.5, 0.5] });
    expect(isotonicSteps([2, 1, 1], [1, 0, 1])).toEqual({ inputs: [1, 2], outputs: [0.5, 1] });
  });

  it("never falls, keeps the mean, and rises strictly in its inputs", () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0, 1)), { minLength: 1 });
    fc.assert(
      fc.property(pairs, (cases) => {
        const { inputs, outputs } = isotonicSteps(
          cases.map(([x]) => x),
          cases.map(([, label]) => label),
        );
        for (let i = 1; i < inputs.length; i++) {
          expect(inputs[i]).toBeGreaterThan(inputs[i - 1]);
          expect(outputs[i]).toBeGreaterThanOrEqual(outputs[i - 1]);
        }
        const fitted = cases.map(([x]) => interpolate(inputs, outputs, x));
        const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
        expect(sum(fitted)).toBeCloseTo(sum(cases.map(([, label]) => label)), 9);
      }),
    );
  });

  it("every calibration keeps the order of forecasts", () => {
    const rows = rowsOf(truth.map((z) => 2 * z));
    for (const kind of ["none", "shrink", "temperature", "platt", "isotonic"] as const) {
      const calibrate = createCalibrate(fitCalibration(kind, rows), rows.rate);
      const out = Array.from({ length: 61 }, (_, i) => calibrate((i - 30) / 5));
      expect(out, kind).toEqual(out.toSorted((a, b) => a - b));
      expect(out.every((p) => p >= 0 && p <= 1)).toBe(true);
    }
  });
});

it("logitOf is the reverse of the logistic function, and finite at 0 and 1", () => {
  expect(logitOf(logistic(1.7))).toBeCloseTo(1.7, 12);
  expect([logitOf(0), logitOf(1)]).toEqual([-30, 30]);
});
