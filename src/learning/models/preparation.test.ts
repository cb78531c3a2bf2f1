import { describe, expect, it } from "vitest";
import { FEATURE_NAMES } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { columnName, createPrepareRow, fitPreparation, prepareRows } from "./preparation.ts";

/** Column 0: 1, 2, 3, unknown; column 1: constant; column 2: a long tail; all else unknown. */
const rows = 40;
const X = new Float64Array(rows * INPUTS).fill(Number.NaN);
for (let row = 0; row < rows; row++) {
  if (row % 4 < 3) X[row * INPUTS] = (row % 4) + 1;
  X[row * INPUTS + 1] = 0.1;
  X[row * INPUTS + 2] = row === 0 ? 1000 : row % 3;
}
const data = { rows, X };
const [first, second, third] = FEATURE_NAMES;

describe("fitPreparation", () => {
  it("standardises known values; unknown, constant and absent columns are 0", () => {
    const preparation = fitPreparation(data);
    const out = prepareRows(preparation, data);
    expect(preparation.columns).toHaveLength(INPUTS);
    expect(out[0]).toBeCloseTo(-Math.sqrt(1.5), 12);
    expect(Math.abs(out[1])).toBe(0);
    expect(out[3 * INPUTS]).toBe(0);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  it("cuts one absurd value, which must not drown the other 39", () => {
    const prepare = createPrepareRow(fitPreparation(data, { clip: 4 }));
    const row = new Float64Array(INPUTS).fill(1e12);
    const out = new Float64Array(INPUTS);
    prepare(row, 0, out, 0);
    expect([out[0], out[1]]).toEqual([4, 0]);
  });

  it("takes the log of what has a long tail, or what is named", () => {
    const auto = fitPreparation(data, { log: "auto" });
    expect(auto.columns.filter((column) => column.kind === "value" && column.log).map(columnName)).toEqual([
      `log(${third})`,
    ]);
    const named = fitPreparation(data, { log: [first] }).columns[0];
    expect(named?.mean).toBeCloseTo((Math.log(2) + Math.log(3) + Math.log(4)) / 3, 12);
  });

  it("adds a mask for what is sometimes unknown, and products of named pairs, after the first 40", () => {
    const preparation = fitPreparation(data, { clip: 100, missing: true, interactions: [[first, third]] });
    expect(preparation.columns.slice(INPUTS).map(columnName)).toEqual([`missing(${first})`, `${first} * ${third}`]);
    const width = preparation.columns.length;
    const out = prepareRows(preparation, data);
    for (const column of [INPUTS, INPUTS + 1]) {
      const values = Array.from({ length: rows }, (_, row) => out[row * width + column]);
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
    }
    expect(out[3 * width + INPUTS]).toBeGreaterThan(1);
    expect(out[INPUTS]).toBeLessThan(0);
  });

  it("refuses a name that is no feature", () => {
    // @ts-expect-error: what a caller without types may pass
    expect(() => fitPreparation(data, { interactions: [["mood", first]] })).toThrow(/must name features/);
    expect(second).toBe("conversation_duration_minutes");
  });
});
