import { describe, expect, it } from "vitest";
import { INPUTS } from "./dataset.ts";
import { CLIP, createScaleRow, fitScaler } from "./scaler.ts";

const X = new Float64Array(3 * INPUTS).fill(7);
X.set([1, Number.NaN, 1e9 + 0.1], 0);
X.set([2, Number.NaN, 1e9 + 0.1], INPUTS);
X.set([Number.NaN, Number.NaN, 1e9 + 0.1], 2 * INPUTS);
const scaler = fitScaler({ rows: 3, X });

describe("fitScaler", () => {
  it("takes mean and deviation over known values", () => {
    expect(scaler.mean[0]).toBe(1.5);
    expect(scaler.inverse[0]).toBe(2);
  });

  it("silences constant and always unknown columns", () => {
    expect(scaler.inverse.slice(1)).toEqual(new Array(INPUTS - 1).fill(0));
  });
});

describe("createScaleRow", () => {
  it("puts an unknown value at the mean and cuts absurd ones", () => {
    const out = new Float64Array(INPUTS).fill(9);
    const scale = createScaleRow(scaler);
    scale(X, 2 * INPUTS, out, 0);
    expect([...out]).toEqual(new Array(INPUTS).fill(0));
    scale(
      Float64Array.from({ length: INPUTS }, () => 1e300),
      0,
      out,
      0,
    );
    expect(out[0]).toBe(CLIP);
    expect(out[1]).toBe(0);
  });
});
