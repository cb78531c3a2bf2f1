import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../core/index.ts";
import { type BinnedMatrix, binIndex, binMatrix as binMatrixOrStop } from "./bins.ts";

async function binMatrix(X: Float64Array, rows: number, columns: number, maxBins: number): Promise<BinnedMatrix> {
  const matrix = await binMatrixOrStop(X, { rows, columns, maxBins });
  if (matrix === null) throw new Error("nobody told it to stop");
  return matrix;
}
const binsOf = (matrix: BinnedMatrix, column: number) =>
  Array.from({ length: matrix.rows }, (_, row) => matrix.bins[binIndex(matrix.rows, row, column)]);
const countsOf = (bins: readonly number[]) =>
  bins.reduce<number[]>((n, bin) => n.with(bin, n[bin] + 1), Array(6).fill(0));

describe("binMatrix", () => {
  it("gives few values a bin each, unknown ones the last, and cuts midway", async () => {
    const matrix = await binMatrix(Float64Array.of(3, Number.NaN, -1, 3, 4), 5, 1, 255);
    expect(binsOf(matrix, 0)).toEqual([1, 3, 0, 1, 2]);
    expect([...matrix.thresholds.slice(0, 2)]).toEqual([1, 3.5]);
    expect([...matrix.slots]).toEqual([0, 4]);
  });

  it("shares many values out evenly, whatever one value takes", async () => {
    const X = Float64Array.from({ length: 1000 }, (_, i) => (i < 600 ? 0 : i));
    expect(countsOf(binsOf(await binMatrix(X, 1000, 1, 5), 0))).toEqual([600, 100, 100, 100, 100, 0]);
  });

  it("leaves out columns of one value, with -0 and 0 the same, but not those partly unknown", async () => {
    const X = Float64Array.of(0, 7, 5, Number.NaN, -0, 7, Number.NaN, Number.NaN);
    expect([...(await binMatrix(X, 2, 4, 255)).columns]).toEqual([2]);
  });

  it("refuses what f32 cannot hold, with its place", async () => {
    await expect(binMatrix(Float64Array.of(1, 2, 1e39, 4), 2, 2, 255)).rejects.toThrow(InvalidArgumentError);
    await expect(binMatrix(Float64Array.of(1, 2, 3, Number.NEGATIVE_INFINITY), 2, 2, 255)).rejects.toThrow(
      "row 1, column 1",
    );
  });

  it("keeps the thresholds' word: a value is below those of its bin and of all after it, and below no other", async () => {
    const value = fc.oneof(fc.double({ min: -1e30, max: 1e30, noNaN: false }), fc.integer({ min: -3, max: 3 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 2, maxLength: 300 }),
        fc.integer({ min: 2, max: 255 }),
        async (list, maxBins) => {
          const matrix = await binMatrix(Float64Array.from(list), list.length, 1, maxBins);
          if (matrix.columns.length === 0) return;
          const last = matrix.slots[1] - 1;
          expect(last).toBeLessThanOrEqual(maxBins);
          for (const [row, bin] of binsOf(matrix, 0).entries()) {
            if (Number.isNaN(list[row])) expect(bin).toBe(last);
            else {
              const x = Math.fround(list[row]);
              expect(x).toBeLessThan(matrix.thresholds[bin]);
              if (bin > 0) expect(x).toBeGreaterThanOrEqual(matrix.thresholds[bin - 1]);
            }
          }
        },
      ),
    );
  });

  it("stops when it is told to", async () => {
    const size = { rows: 2, columns: 2, maxBins: 9 };
    expect(await binMatrixOrStop(Float64Array.of(1, 2, 3, 4), size, () => false)).toBeNull();
  });
});
