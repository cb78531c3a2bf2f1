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

/** Lets the event loop breathe when it is time to; false: stop here. */
export type Breathe = () => Promise<boolean> | boolean;

/**
 * Bins of all columns by quantiles of the f32 values, at most `maxBins` each, and one more for NaN.
 *
 * @returns null when it was told to stop.
 */
export async function binMatrix(
  X: Float64Array,
  { rows, columns, maxBins }: { rows: number; columns: number; maxBins: number },
  breathe: Breathe = () => true,
): Promise<BinnedMatrix | null> {
  const kept: number[] = [];
  const slots = [0];
  const thresholds: number[] = [];
  const bins = new Uint8Array(Math.ceil(columns / BLOCK) * rows * BLOCK);
  const sorter = createSorter(rows);
  for (let column = 0; column < columns; column++) {
    if (!(await breathe())) return null;
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

/** Radix sort of f32 by their bits, eleven at a time: linear, and stable. Columns are asked for in ascending order. */
function createSorter(rows: number): Sorter {
  const values = new Float32Array(rows);
  const valueBits = new Uint32Array(values.buffer);
  const order = new Uint32Array(rows);
  const otherOrder = new Uint32Array(rows);
  const keys = new Uint32Array(rows);
  const otherKeys = new Uint32Array(rows);
  const counts = [new Uint32Array(RADIX), new Uint32Array(RADIX), new Uint32Array(RADIX)];
  const block = new Float32Array(rows * BLOCK);
  const blockBits = new Uint32Array(block.buffer);

  /** Keys, rows and counts of one column of the block. */
  const load = (column: number): number => {
    for (const list of counts) list.fill(0);
    const [low, middle, high] = counts;
    const start = (column & 7) * rows;
    let known = 0;
    let unknown = rows;
    for (let row = 0; row < rows; row++) {
      const x = block[start + row];
      if (Number.isNaN(x)) {
        unknown -= 1;
        otherOrder[unknown] = row;
        continue;
      }
      if (!(Math.abs(x) < LARGEST_F32)) {
        const problem = `holds a number beyond the range of f32 in row ${row}, column ${column}`;
        throw new InvalidArgumentError({ argument: "X", problem, value: x });
      }
      const bits = blockBits[start + row];
      // Negative numbers sort by all bits turned, the others by the sign alone.
      const key = (bits ^ (bits >>> 31 === 1 ? 0xffff_ffff : 0x8000_0000)) >>> 0;
      low[key & (RADIX - 1)] += 1;
      middle[(key >>> 11) & (RADIX - 1)] += 1;
      high[key >>> 22] += 1;
      keys[known] = key;
      order[known] = row;
      known += 1;
    }
    return known;
  };
  return {
    values,
    order,
    sort(X, column, columns) {
      if ((column & 7) === 0) transpose(X, rows, columns, column, block);
      const known = load(column);
      radixPass(known, 0, counts[0], keys, order, otherKeys, otherOrder);
      radixPass(known, 11, counts[1], otherKeys, otherOrder, keys, order);
      radixPass(known, 22, counts[2], keys, order, otherKeys, otherOrder);
      order.set(otherOrder);
      for (let i = 0; i < known; i++) {
        const key = otherKeys[i];
        valueBits[i] = key ^ (key >>> 31 === 1 ? 0x8000_0000 : 0xffff_ffff);
      }
      return known;
    },
  };
}

/** Eight columns from `first` on, each in one stretch: every line of memory is fetched once. */
function transpose(X: Float64Array, rows: number, columns: number, first: number, block: Float32Array): void {
  const width = Math.min(BLOCK, columns - first);
  for (let row = 0; row < rows; row++) {
    // Adding 0 makes one zero of -0 and 0.
    for (let i = 0; i < width; i++) block[i * rows + row] = X[row * columns + first + i] + 0;
  }
}

function radixPass(
  count: number,
  shift: number,
  counts: Uint32Array,
  keys: Uint32Array,
  order: Uint32Array,
  toKeys: Uint32Array,
  toOrder: Uint32Array,
): void {
  let sum = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const own = counts[digit];
    counts[digit] = sum;
    sum += own;
  }
  for (let i = 0; i < count; i++) {
    const key = keys[i];
    const digit = (key >>> shift) & (RADIX - 1);
    const at = counts[digit];
    counts[digit] = at + 1;
    toKeys[at] = key;
    toOrder[at] = order[i];
  }
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
