import { InvalidArgumentError } from "../../core/index.ts";
import { LARGEST_F32 } from "./trees.ts";

/** Columns whose bins lie side by side: one 64-bit load fetches a row's eight. */
export const BLOCK = 8;

/** A matrix of bin numbers. Columns that hold one value only are left out: they can split nothing. */
export interface BinnedMatrix {
  readonly rows: number;
  /** Column of the given matrix behind each column here. */
  readonly columns: Int32Array;
  /** First slot of each column in a histogram, then the count of all; a column's last slot holds its unknown values. */
  readonly slots: Int32Array;
  /** By slot: values of this bin and those below are less than this, values above are not. */
  readonly thresholds: Float32Array;
  /** Blocks of eight columns, each `rows x 8`; the last is filled up with zeros. */
  readonly bins: Uint8Array;
}

/** Place of a bin number in {@link BinnedMatrix.bins}. */
export const binIndex = (rows: number, row: number, column: number) =>
  ((column >> 3) * rows + row) * BLOCK + (column & 7);

const RADIX = 2048;

/** Bins of all columns by quantiles of the f32 values, at most `maxBins` each, and one more for NaN. */
export function binMatrix(X: Float64Array, rows: number, columns: number, maxBins: number): BinnedMatrix {
  const kept: number[] = [];
  const slots = [0];
  const thresholds: number[] = [];
  const bins = new Uint8Array(Math.ceil(columns / BLOCK) * rows * BLOCK);
  const sorter = createSorter(rows);
  for (let column = 0; column < columns; column++) {
    const known = sorter.sort(X, column, columns);
    const cuts = cutColumn(sorter.values, known, maxBins);
    if (cuts.length === 0 && (known === 0 || known === rows)) continue;
    assignBins(bins, rows, kept.length, sorter, known, cuts);
    kept.push(column);
    thresholds.push(...cuts, LARGEST_F32, Number.NaN);
    slots.push(thresholds.length);
  }
  return {
    rows,
    columns: Int32Array.from(kept),
    slots: Int32Array.from(slots),
    thresholds: Float32Array.from(thresholds),
    bins: bins.subarray(0, Math.ceil(kept.length / BLOCK) * rows * BLOCK),
  };
}

interface Sorter {
  /** Known values in ascending order, and the row of each; unknown rows follow in `order`. */
  readonly values: Float32Array;
  readonly order: Uint32Array;
  /** Sorts one column and returns the count of known values. */
  sort(X: Float64Array, column: number, columns: number): number;
}

/** Radix sort of f32 by their bits, eleven at a time: linear, and stable. */
function createSorter(rows: number): Sorter {
  const values = new Float32Array(rows);
  const one = new Float32Array(1);
  const bits = new Uint32Array(one.buffer);
  const order = new Uint32Array(rows);
  const otherOrder = new Uint32Array(rows);
  const keys = new Uint32Array(rows);
  const otherKeys = new Uint32Array(rows);
  const counts = new Uint32Array(RADIX);
  const pass = (known: number, shift: number, from: [Uint32Array, Uint32Array], to: [Uint32Array, Uint32Array]) => {
    counts.fill(0);
    for (let i = 0; i < known; i++) counts[(from[0][i] >>> shift) & (RADIX - 1)] += 1;
    let sum = 0;
    for (let digit = 0; digit < RADIX; digit++) {
      const count = counts[digit];
      counts[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < known; i++) {
      const digit = (from[0][i] >>> shift) & (RADIX - 1);
      const at = counts[digit];
      counts[digit] = at + 1;
      to[0][at] = from[0][i];
      to[1][at] = from[1][i];
    }
  };
  return {
    values,
    order,
    sort(X, column, columns) {
      let known = 0;
      let unknown = rows;
      for (let row = 0; row < rows; row++) {
        const x = X[row * columns + column];
        if (Number.isNaN(x)) {
          unknown -= 1;
          otherOrder[unknown] = row;
          continue;
        }
        // Adding 0 makes one zero of -0 and 0.
        one[0] = x + 0;
        if (!(Math.abs(one[0]) < LARGEST_F32)) {
          throw new InvalidArgumentError({
            argument: "X",
            problem: `holds a number beyond the range of f32 in row ${row}, column ${column}`,
            value: x,
          });
        }
        // Negative numbers sort by all bits turned, the others by the sign alone.
        keys[known] = bits[0] ^ (bits[0] >>> 31 === 1 ? 0xffff_ffff : 0x8000_0000);
        order[known] = row;
        known += 1;
      }
      pass(known, 0, [keys, order], [otherKeys, otherOrder]);
      pass(known, 11, [otherKeys, otherOrder], [keys, order]);
      pass(known, 22, [keys, order], [otherKeys, otherOrder]);
      order.set(otherOrder);
      for (let i = 0; i < known; i++) {
        const key = otherKeys[i];
        bits[0] = key ^ (key >>> 31 === 1 ? 0x8000_0000 : 0xffff_ffff);
        values[i] = one[0];
      }
      return known;
    },
  };
}

/**
 * Thresholds between bins. Few values: one bin each. Many: bins of equal counts among what is left, so that a value half of the
 * rows share costs the others one bin only.
 */
function cutColumn(values: Float32Array, known: number, maxBins: number): number[] {
  let distinct = known === 0 ? 0 : 1;
  for (let i = 1; i < known; i++) if (values[i] !== values[i - 1]) distinct += 1;
  const cuts: number[] = [];
  let start = 0;
  for (let i = 1; i < known; i++) {
    if (values[i] === values[i - 1]) continue;
    const binsLeft = maxBins - cuts.length;
    if (distinct > maxBins && (binsLeft < 2 || i - start < (known - start) / binsLeft)) continue;
    cuts.push(between(values[i - 1], values[i]));
    start = i;
  }
  return cuts;
}

/** An f32 above `low` and at most `high`, near the middle. */
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle > low && middle <= high ? middle : high;
}

function assignBins(
  bins: Uint8Array,
  rows: number,
  column: number,
  { values, order }: Sorter,
  known: number,
  cuts: readonly number[],
): void {
  const start = binIndex(rows, 0, column);
  let bin = 0;
  for (let i = 0; i < known; i++) {
    while (bin < cuts.length && values[i] >= cuts[bin]) bin += 1;
    bins[start + order[i] * BLOCK] = bin;
  }
  for (let i = known; i < rows; i++) bins[start + order[i] * BLOCK] = cuts.length + 1;
}
