import { type BinnedMatrix, BLOCK, binIndex } from "./bins.ts";
import { type Bounds, leafValue, type Split, type SplitRules, type Sums, shrunk, type TreeEngine } from "./engine.ts";

/** The oracle and fallback: every step in plain TypeScript. `monotone` is by binned column, null when all are free. */
export function createPlainEngine(matrix: BinnedMatrix, rules: SplitRules, monotone: Int8Array | null): TreeEngine {
  const { rows, slots, bins } = matrix;
  const columns = matrix.columns.length;
  const width = slots[columns] * 3;
  const histograms: Float64Array[] = [];
  const derivatives = new Float64Array(rows * 2);
  const order = new Uint32Array(rows);
  const rest = new Uint32Array(rows);
  let active: Uint8Array = new Uint8Array(columns);
  let gradientUnit = 1;
  let hessianUnit = 1;

  const partition = (from: number, to: number, { column, bin, defaultLeft }: Split) => {
    const missing = slots[column + 1] - slots[column] - 1;
    const start = binIndex(rows, 0, column);
    let left = from;
    let right = 0;
    for (let i = from; i < to; i++) {
      const row = order[i];
      const own = bins[start + row * BLOCK];
      if (own === missing ? defaultLeft : own <= bin) order[left++] = row;
      else rest[right++] = row;
    }
    order.set(rest.subarray(0, right), left);
    return left;
  };
  return {
    derivatives: () => derivatives,
    order: () => order,
    begin(frame) {
      ({ active } = frame);
      gradientUnit = 1 / frame.gradientScale;
      hessianUnit = 1 / frame.hessianScale;
      for (let i = 0; i < rows; i++) {
        derivatives[2 * i] = Math.floor(derivatives[2 * i] * frame.gradientScale + 0.5);
        derivatives[2 * i + 1] = Math.floor(derivatives[2 * i + 1] * frame.hessianScale + 0.5);
      }
      const sums = { gradient: 0, hessian: 0, rows: frame.rows };
      for (let i = 0; i < frame.rows; i++) {
        sums.gradient += derivatives[2 * order[i]];
        sums.hessian += derivatives[2 * order[i] + 1];
      }
      return sums;
    },
    build(place, from, to) {
      histograms[place] ??= new Float64Array(width);
      const histogram = histograms[place].fill(0);
      for (let column = 0; column < columns; column++) {
        if (active[column] === 0) continue;
        const start = binIndex(rows, 0, column);
        addColumn(histogram, slots[column], bins, start, order, from, to, derivatives);
      }
    },
    subtract(place, less) {
      const [from, take] = [histograms[place], histograms[less]];
      for (let i = 0; i < width; i++) from[i] -= take[i];
    },
    search: (place, total, bounds) =>
      searchPlain(histograms[place], slots, total, {
        rules,
        monotone,
        bounds,
        active,
        gradientUnit,
        hessianUnit,
      }),
    partition,
  };
}

function addColumn(
  histogram: Float64Array,
  slot: number,
  bins: Uint8Array,
  start: number,
  order: Uint32Array,
  from: number,
  to: number,
  derivatives: Float64Array,
): void {
  for (let i = from; i < to; i++) {
    const row = order[i];
    const at = (slot + bins[start + row * BLOCK]) * 3;
    histogram[at] += derivatives[2 * row];
    histogram[at + 1] += derivatives[2 * row + 1];
    histogram[at + 2] += 1;
  }
}

interface Search {
  readonly rules: SplitRules;
  readonly monotone: Int8Array | null;
  readonly bounds: Bounds;
  readonly active: Uint8Array;
  readonly gradientUnit: number;
  readonly hessianUnit: number;
}

/** What a side takes away from the loss (twice), at its best value within the bounds. */
function sideScore(gradient: number, hessian: number, { rules, monotone, bounds }: Search): number {
  const g = shrunk(gradient, rules.l1);
  if (monotone === null) return (g * g) / (hessian + rules.l2);
  const value = leafValue(gradient, hessian, rules, bounds);
  return -(2 * gradient * value + (hessian + rules.l2) * value * value + 2 * rules.l1 * Math.abs(value));
}

/** Score of a candidate, or -Infinity when a rule refuses it. */
function candidateScore(left: Sums, total: Sums, way: number, search: Search): number {
  const { rules, gradientUnit, hessianUnit, bounds } = search;
  const rows = total.rows - left.rows;
  if (left.rows < rules.minRowsPerLeaf || rows < rules.minRowsPerLeaf) return Number.NEGATIVE_INFINITY;
  const gl = left.gradient * gradientUnit;
  const gr = (total.gradient - left.gradient) * gradientUnit;
  const hl = left.hessian * hessianUnit;
  const hr = (total.hessian - left.hessian) * hessianUnit;
  if (!(hl > 0 && hr > 0 && hl >= rules.minChildWeight && hr >= rules.minChildWeight)) return Number.NEGATIVE_INFINITY;
  if (way !== 0) {
    const step = leafValue(gr, hr, rules, bounds) - leafValue(gl, hl, rules, bounds);
    if (step * way < 0) return Number.NEGATIVE_INFINITY;
  }
  return sideScore(gl, hl, search) + sideScore(gr, hr, search);
}

function searchPlain(histogram: Float64Array, slots: Int32Array, total: Sums, search: Search): Split | null {
  const { rules, monotone, active, gradientUnit, hessianUnit } = search;
  const parent = sideScore(total.gradient * gradientUnit, total.hessian * hessianUnit, search);
  let best: Omit<Split, "gain"> | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < active.length; column++) {
    if (active[column] === 0) continue;
    const way = monotone === null ? 0 : monotone[column];
    const last = slots[column + 1] - 1;
    const missing = { gradient: histogram[last * 3], hessian: histogram[last * 3 + 1], rows: histogram[last * 3 + 2] };
    const left = { gradient: 0, hessian: 0, rows: 0 };
    for (let slot = slots[column]; slot < last; slot++) {
      // An empty bin asks what the one before asked.
      if (histogram[slot * 3 + 2] === 0) continue;
      left.gradient += histogram[slot * 3];
      left.hessian += histogram[slot * 3 + 1];
      left.rows += histogram[slot * 3 + 2];
      const bin = slot - slots[column];
      const right = candidateScore(left, total, way, search);
      if (right > bestScore) {
        bestScore = right;
        // Nothing here was unknown: later unknowns go with the greater side.
        const defaultLeft = missing.rows === 0 && left.rows > total.rows - left.rows;
        best = { column, bin, defaultLeft, left: { ...left } };
      }
      if (missing.rows === 0) continue;
      const both = {
        gradient: left.gradient + missing.gradient,
        hessian: left.hessian + missing.hessian,
        rows: left.rows + missing.rows,
      };
      const score = candidateScore(both, total, way, search);
      if (score > bestScore) {
        bestScore = score;
        best = { column, bin, defaultLeft: true, left: both };
      }
    }
  }
  return best !== null && bestScore - parent > rules.minGain ? { ...best, gain: bestScore - parent } : null;
}
