import { type BinnedMatrix, BLOCK, binIndex } from "./bins.ts";
import {
  type Bounds,
  leafValue,
  type Split,
  type SplitRules,
  type Sums,
  splitScore,
  type TreeEngine,
} from "./engine.ts";

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

const NONE: Sums = { gradient: 0, hessian: 0, rows: 0 };

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
  return splitScore([gl, hl], [gr, hr], rules, search.monotone === null ? null : bounds);
}

function searchPlain(histogram: Float64Array, slots: Int32Array, total: Sums, search: Search): Split | null {
  const { monotone, active } = search;
  let best: Split | null = null;
  for (let column = 0; column < active.length; column++) {
    if (active[column] === 0) continue;
    const way = monotone === null ? 0 : monotone[column];
    const last = slots[column + 1] - 1;
    const missing = { gradient: histogram[last * 3], hessian: histogram[last * 3 + 1], rows: histogram[last * 3 + 2] };
    // Unknown rows on the right, then, where there are any, on the left.
    for (const begin of missing.rows === 0 ? [NONE] : [NONE, missing]) {
      const left = { ...begin };
      for (let slot = slots[column]; slot < last; slot++) {
        left.gradient += histogram[slot * 3];
        left.hessian += histogram[slot * 3 + 1];
        left.rows += histogram[slot * 3 + 2];
        const score = candidateScore(left, total, way, search);
        if (score <= (best?.score ?? Number.NEGATIVE_INFINITY)) continue;
        // Nothing here was unknown: later unknowns go with the greater side.
        const defaultLeft = missing.rows === 0 ? left.rows > total.rows - left.rows : begin !== NONE;
        best = { score, column, bin: slot - slots[column], defaultLeft, left: { ...left } };
      }
    }
  }
  return best;
}
