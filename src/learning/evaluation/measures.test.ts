import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { MEASURES, measureRows, reliabilityBins } from "./measures.ts";
import { rocCurve } from "./plots.ts";
import { resampleByGroup, type Sample } from "./sample.ts";

const random = createRandom("measures");
const rows = 2000;
const all = Array.from({ length: rows }, (_, row) => row);
const probabilities = Float64Array.from({ length: rows }, () => random.next());
const y = Uint8Array.from(probabilities, (p) => (random.next() < p ? 1 : 0));
const truthSeconds = Float64Array.from(y, (label) =>
  label === 1 ? 100 * Math.exp(0.5 * random.normal()) : Number.NaN,
);
const full = (value: number) => new Float64Array(rows).fill(value);
const rewards = { "seed-v1": full(0.4), "readme-v1": full(0.3), "proper-v1": full(0) };
const sample: Sample = {
  probabilities,
  y,
  truthSeconds,
  timesSeconds: full(100),
  lowSeconds: full(100 * Math.exp(-0.5 * 1.2816)),
  highSeconds: full(100 * Math.exp(0.5 * 1.2816)),
  classes: y,
  groups: all.map((row) => `g${row >> 1}`),
  rewards,
};

describe("measureRows", () => {
  it("gives every measure of the table, and null where there are no rows", () => {
    const figures = measureRows(sample, all);
    expect(Object.keys(figures)).toEqual(MEASURES.map(({ name }) => name));
    expect(new Set(Object.values(measureRows(sample, [])))).toEqual(new Set([null]));
  });

  it("takes the Brier score apart: reliability - resolution + uncertainty", () => {
    const { brier, reliability, resolution, uncertainty } = measureRows(sample, all);
    // What is left is the spread of forecasts within a bin: 10 bins of a uniform forecast leave 1/1200.
    expect(Math.abs((reliability ?? 0) - (resolution ?? 0) + (uncertainty ?? 0) - (brier ?? 0))).toBeLessThan(0.002);
    expect(reliability ?? 1).toBeLessThan(0.002);
    const coarse = { ...sample, probabilities: probabilities.map((p) => (p < 0.5 ? 0.25 : 0.75)) };
    const exact = measureRows(coarse, all);
    expect((exact.reliability ?? 0) - (exact.resolution ?? 0) + (exact.uncertainty ?? 0)).toBeCloseTo(
      exact.brier ?? 0,
      12,
    );
  });

  it("finds 80 % of the times in an 80 % interval, and a forecast that is off by a factor nowhere near", () => {
    expect(Math.abs((measureRows(sample, all).timeCoverage ?? 0) - 0.8)).toBeLessThan(0.04);
    const narrow = { ...sample, lowSeconds: full(99), highSeconds: full(101) };
    expect(measureRows(narrow, all).timeCoverage ?? 1).toBeLessThan(0.1);
  });

  it("sees overconfidence as calibration error", () => {
    const bold = { ...sample, probabilities: probabilities.map((p) => (p < 0.5 ? 0.02 : 0.98)) };
    expect(measureRows(bold, all).ece ?? 0).toBeGreaterThan(0.15);
    expect(measureRows(sample, all).ece ?? 1).toBeLessThan(0.05);
  });
});

describe("reliabilityBins", () => {
  it("hold about a tenth of the rows each; a constant forecast is one bin", () => {
    expect(reliabilityBins(sample, all).map((bin) => bin.rows)).toEqual(new Array(10).fill(200));
    expect(reliabilityBins({ probabilities: full(0.5), y }, all)).toHaveLength(1);
  });
});

describe("rocCurve", () => {
  it("runs from corner to corner, its area the AUC", () => {
    const points = rocCurve(sample, all);
    expect([points[0], points.at(-1)]).toEqual([
      { falsePositiveShare: 0, truePositiveShare: 0 },
      { falsePositiveShare: 1, truePositiveShare: 1 },
    ]);
    const area = points.slice(1).reduce((sum, point, i) => {
      const width = point.falsePositiveShare - points[i].falsePositiveShare;
      return sum + (width * (point.truePositiveShare + points[i].truePositiveShare)) / 2;
    }, 0);
    expect(area).toBeCloseTo(measureRows(sample, all).auc ?? 0, 2);
    expect(rocCurve({ probabilities: full(0.5), y }, all)).toHaveLength(2);
    expect(rocCurve({ probabilities, y: new Uint8Array(rows) }, all)).toEqual([]);
  });
});

describe("resampleByGroup", () => {
  it("draws whole conversations, the same for the same seed", () => {
    const draws = resampleByGroup(all, sample.groups, { seed: 4, resamples: 5 });
    expect(draws).toHaveLength(5);
    for (const draw of draws) {
      expect(draw).toHaveLength(rows);
      const counts = new Map<number, number>();
      for (const row of draw) counts.set(row, (counts.get(row) ?? 0) + 1);
      for (const [row, count] of counts) expect(counts.get(row ^ 1)).toBe(count);
    }
    expect(resampleByGroup(all, sample.groups, { seed: 4, resamples: 5 })).toEqual(draws);
  });

  it("gives an interval as wide as theory says", () => {
    const means = resampleByGroup(all, all.map(String), { resamples: 400 }).map(
      (draw) => draw.reduce((sum, row) => sum + y[row], 0) / rows,
    );
    const centre = means.reduce((a, b) => a + b) / means.length;
    const deviation = Math.sqrt(means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / means.length);
    expect(deviation / Math.sqrt(0.25 / rows)).toBeGreaterThan(0.85);
    expect(deviation / Math.sqrt(0.25 / rows)).toBeLessThan(1.15);
  });
});
