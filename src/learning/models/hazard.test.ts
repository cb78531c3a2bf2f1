import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { fitHazard, hazardEdges, hazardQuantile } from "./hazard.ts";

const HORIZON = 300;
const BASE = 0.01;
const EFFECT = 0.8;
const random = createRandom("hazard");

/** A constant hazard of 0.01 * exp(0.8 x) a second; watched until `watch(row)` at the latest. */
function draw(rows: number, watch: () => number) {
  const X = Float64Array.from({ length: rows }, () => random.normal());
  const untilSeconds = new Float64Array(rows);
  const converted = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const time = -Math.log(1 - random.next()) / (BASE * Math.exp(EFFECT * X[row]));
    const end = Math.min(HORIZON, watch());
    converted[row] = time < end ? 1 : 0;
    untilSeconds[row] = Math.min(time, end);
  }
  return { rows, width: 1, X, fromSeconds: new Float64Array(rows), untilSeconds, converted };
}
const edgesOf = ({ untilSeconds, converted }: ReturnType<typeof draw>) =>
  hazardEdges(
    [...untilSeconds].filter((_, row) => converted[row] === 1),
    HORIZON,
  );
/** Median of the conversions before the horizon under the true hazard. */
const trueMedian = (x: number) => {
  const rate = BASE * Math.exp(EFFECT * x);
  return -Math.log1p(0.5 * Math.expm1(-rate * HORIZON)) / rate;
};

describe("fitHazard", () => {
  it.each([
    ["all watched to the horizon", () => HORIZON],
    ["most of them still open when we look", () => 5 + 100 * random.next()],
  ])("recovers a known hazard with %s", (_, watch) => {
    const rows = draw(6000, watch);
    const model = fitHazard(rows, { edgesSeconds: edgesOf(rows), l2: 1 });
    expect(Math.abs(model.weights[0] - EFFECT)).toBeLessThan(0.08);
    const early = model.logHazards.slice(0, 6);
    for (const logHazard of early) expect(Math.abs(Math.exp(logHazard) / BASE - 1)).toBeLessThan(0.25);
    for (const x of [-1, 0, 1]) {
      const median = hazardQuantile(model, [x], 0, 0, 0.5);
      expect(Math.abs(median / trueMedian(x) - 1), `${x}`).toBeLessThan(0.15);
    }
  });

  it("would be far off if it took open conversations for lost ones", () => {
    const rows = draw(6000, () => 5 + 100 * random.next());
    const naive = fitHazard(
      { ...rows, untilSeconds: rows.untilSeconds.map((until, row) => (rows.converted[row] === 1 ? until : HORIZON)) },
      { edgesSeconds: edgesOf(rows), l2: 1 },
    );
    expect(Math.exp(naive.logHazards.at(-1) ?? 0) / BASE).toBeLessThan(0.5);
  });

  it("knows that a row was only watched from its landmark on", () => {
    const whole = draw(6000, () => HORIZON);
    // Only those still open at 60 s are seen, from then on: the hazard is the same.
    const kept = [...whole.untilSeconds.keys()].filter((row) => whole.untilSeconds[row] > 60);
    const pick = (values: ArrayLike<number>) => Float64Array.from(kept, (row) => values[row]);
    const rows = {
      rows: kept.length,
      width: 1,
      X: pick(whole.X),
      fromSeconds: new Float64Array(kept.length).fill(60),
      untilSeconds: pick(whole.untilSeconds),
      converted: pick(whole.converted),
    };
    const model = fitHazard(rows, { edgesSeconds: [60, 120, 180, 240, HORIZON], l2: 1 });
    for (const logHazard of model.logHazards.slice(1)) {
      expect(Math.abs(Math.exp(logHazard) / BASE - 1)).toBeLessThan(0.35);
    }
  });
});

describe("hazardQuantile", () => {
  const model = {
    edgesSeconds: [50, 100],
    logHazards: [Math.log(0.01), Math.log(0.03)],
    weights: Float32Array.of(0),
    weight: 1,
  };

  it("rises with the level, from the landmark to the horizon", () => {
    const times = [0.001, 0.1, 0.5, 0.9, 0.999].map((level) => hazardQuantile(model, [0], 0, 20, level));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(20);
    expect(times[4]).toBeLessThanOrEqual(100);
  });

  it("says the horizon where the landmark is beyond it", () => {
    expect(hazardQuantile(model, [0], 0, 120, 0.5)).toBe(120);
  });
});
