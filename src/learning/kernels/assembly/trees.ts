/**
 * Trees: histograms over bins, the search for splits, the sorting of rows, one row's score. Sums are whole numbers in 64 bits,
 * exact in any order, so src/learning/trees/plain-engine.ts gives the same bits; keep the arithmetic of both the same.
 *
 * A slot of a histogram is 16 bytes: the gradient, then the hessian above `rowsBits` bits of row count.
 */

/** First byte that is free for the caller. */
export function heapBase(): usize {
  return __heap_base;
}

/** Turns `rows` pairs of f64 at `derivatives` into slots of one row each. */
export function quantise(derivatives: usize, rows: i32, gradientScale: f64, hessianScale: f64, rowsBits: i64): void {
  const end = derivatives + (<usize>rows << 4);
  for (let at = derivatives; at < end; at += 16) {
    const gradient = <i64>Math.floor(load<f64>(at) * gradientScale + 0.5);
    const hessian = <i64>Math.floor(load<f64>(at, 8) * hessianScale + 0.5);
    store<i64>(at, gradient);
    store<i64>(at, (hessian << rowsBits) | 1, 8);
  }
}

/** Writes the slot of all rows `order[0..rows)` at `out`. */
export function total(derivatives: usize, order: usize, rows: i32, out: usize): void {
  let sum = i64x2.splat(0);
  for (let i = 0; i < rows; i++) {
    const row = <usize>load<u32>(order + (<usize>i << 2));
    sum = i64x2.add(sum, v128.load(derivatives + (row << 4)));
  }
  v128.store(out, sum);
}

// @ts-ignore: decorator
@inline
function add(at: usize, one: v128): void {
  v128.store(at, i64x2.add(v128.load(at), one));
}

/**
 * Adds the rows `order[from..to)` to a histogram, eight columns at a time: their bins come by one load, and their eight slots'
 * regions fit the first cache. `places` holds the byte of each column's first slot; those of padding lie behind the others.
 */
export function build(
  histogram: usize,
  places: usize,
  active: usize,
  bins: usize,
  rows: usize,
  blocks: i32,
  order: usize,
  from: usize,
  to: usize,
  derivatives: usize,
): void {
  const first = order + (from << 2);
  const end = order + (to << 2);
  for (let block = 0; block < blocks; block++, bins += rows << 3, places += 32, active += 8) {
    if (load<u64>(active) === 0) continue;
    const c0 = histogram + load<u32>(places);
    const c1 = histogram + load<u32>(places, 4);
    const c2 = histogram + load<u32>(places, 8);
    const c3 = histogram + load<u32>(places, 12);
    const c4 = histogram + load<u32>(places, 16);
    const c5 = histogram + load<u32>(places, 20);
    const c6 = histogram + load<u32>(places, 24);
    const c7 = histogram + load<u32>(places, 28);
    for (let at = first; at < end; at += 4) {
      const row = <usize>load<u32>(at);
      const one = v128.load(derivatives + (row << 4));
      const own = load<u64>(bins + (row << 3));
      add(c0 + <usize>((own << 4) & 0xff0), one);
      add(c1 + <usize>((own >> 4) & 0xff0), one);
      add(c2 + <usize>((own >> 12) & 0xff0), one);
      add(c3 + <usize>((own >> 20) & 0xff0), one);
      add(c4 + <usize>((own >> 28) & 0xff0), one);
      add(c5 + <usize>((own >> 36) & 0xff0), one);
      add(c6 + <usize>((own >> 44) & 0xff0), one);
      add(c7 + <usize>((own >> 52) & 0xff0), one);
    }
  }
}

/** Takes the histogram at `less` away from that at `histogram`. */
export function subtract(histogram: usize, less: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(histogram + i, i64x2.sub(v128.load(histogram + i), v128.load(less + i)));
  }
}

/** Sorts `order[from..to)`: the rows that go left first, both sides in their old order. Returns where the right begins. */
export function partition(
  order: usize,
  from: i32,
  to: i32,
  rest: usize,
  bins: usize,
  bin: u32,
  missing: u32,
  defaultLeft: u32,
): i32 {
  const end = order + (<usize>to << 2);
  let left = order + (<usize>from << 2);
  let right = rest;
  for (let at = left; at < end; at += 4) {
    const row = load<u32>(at);
    const own = <u32>load<u8>(bins + (<usize>row << 3));
    const goesLeft = u32(own <= bin) | (u32(own === missing) & defaultLeft);
    // Both are written, and one is kept: no branch to mispredict.
    store<u32>(left, row);
    store<u32>(right, row);
    left += <usize>goesLeft << 2;
    right += <usize>(1 - goesLeft) << 2;
  }
  memory.copy(left, rest, right - rest);
  return <i32>((left - order) >>> 2);
}

// The rules of one search, and its best candidate so far.
let l1: f64 = 0;
let l2: f64 = 0;
let minRows: i64 = 0;
let minWeight: f64 = 0;
let lower: f64 = 0;
let upper: f64 = 0;
let bounded: bool = false;
let gradientUnit: f64 = 1;
let hessianUnit: f64 = 1;
let rowsShift: i64 = 0;
let rowsMask: i64 = 0;
let allGradient: i64 = 0;
let allHessian: i64 = 0;
let allRows: i64 = 0;

export function setRules(newL1: f64, newL2: f64, newMinRows: i32, newMinWeight: f64, isBounded: bool): void {
  l1 = newL1;
  l2 = newL2;
  minRows = newMinRows;
  minWeight = newMinWeight;
  bounded = isBounded;
}

export function setUnits(newGradientUnit: f64, newHessianUnit: f64, rowsBits: i64): void {
  gradientUnit = newGradientUnit;
  hessianUnit = newHessianUnit;
  rowsShift = rowsBits;
  rowsMask = ((<i64>1) << rowsBits) - 1;
}

// @ts-ignore: decorator
@inline
function shrunk(gradient: f64): f64 {
  return gradient > l1 ? gradient - l1 : gradient < -l1 ? gradient + l1 : 0;
}

function leafValue(gradient: f64, hessian: f64): f64 {
  const value: f64 = hessian + l2 > 0 ? -shrunk(gradient) / (hessian + l2) : 0;
  return Math.min(upper, Math.max(lower, value));
}

function boundedScore(gradient: f64, hessian: f64): f64 {
  const value = leafValue(gradient, hessian);
  return -(2 * gradient * value + (hessian + l2) * value * value + 2 * l1 * Math.abs(value));
}

/** What both sides of a split take away from the loss (twice). */
// @ts-ignore: decorator
@inline
function freeScore(gl: f64, hl: f64, gr: f64, hr: f64): f64 {
  const p = hl + l2;
  const q = hr + l2;
  // One division in place of two.
  return (gl * gl * q + gr * gr * p) / (p * q);
}

function heldScore(gl: f64, hl: f64, gr: f64, hr: f64, way: i32): f64 {
  if (!bounded) return freeScore(shrunk(gl), hl, shrunk(gr), hr);
  if (way !== 0 && (leafValue(gr, hr) - leafValue(gl, hl)) * <f64>way < 0) return -Infinity;
  return boundedScore(gl, hl) + boundedScore(gr, hr);
}

let best: f64 = 0;
let bestGradient: i64 = 0;
let bestHessianAndRows: i64 = 0;
let bestBin = 0;

/** Looks at all borders between the bins of a column, with the unknown rows' sums on the left to begin with, or 0. */
function scan(start: usize, last: usize, gradient: i64, hessianAndRows: i64, way: i32): bool {
  const all = <f64>allGradient;
  const allH = <f64>allHessian;
  const isFree = !bounded && l1 === 0;
  const least = minRows;
  const most = allRows - minRows;
  const weight = minWeight;
  const gUnit = gradientUnit;
  const hUnit = hessianUnit;
  const shift = rowsShift;
  const mask = rowsMask;
  let top = best;
  let isBetter = false;
  for (let at = start; at < last; at += 16) {
    gradient += load<i64>(at);
    hessianAndRows += load<i64>(at, 8);
    const rows = hessianAndRows & mask;
    if (rows < least) continue;
    // No later border leaves more rows on the right.
    if (rows > most) break;
    const h = <f64>(hessianAndRows >> shift);
    const hl = h * hUnit;
    const hr = (allH - h) * hUnit;
    if (!(hl >= weight && hr >= weight)) continue;
    const g = <f64>gradient;
    const gl = g * gUnit;
    const gr = (all - g) * gUnit;
    const score = isFree ? freeScore(gl, hl, gr, hr) : heldScore(gl, hl, gr, hr, way);
    if (score > top) {
      top = score;
      bestGradient = gradient;
      bestHessianAndRows = hessianAndRows;
      bestBin = <i32>((at - start) >> 4);
      isBetter = true;
    }
  }
  best = top;
  return isBetter;
}

/**
 * The best split of a node. At `out`: f64 score, gradient, hessian and rows of its left side; i32 column, bin, default.
 * Returns 0 when no candidate keeps to the rules.
 */
export function search(
  histogram: usize,
  places: usize,
  slots: usize,
  active: usize,
  ways: usize,
  columns: i32,
  gradient: f64,
  hessian: f64,
  rows: f64,
  newLower: f64,
  newUpper: f64,
  out: usize,
): i32 {
  allGradient = <i64>gradient;
  allHessian = <i64>hessian;
  allRows = <i64>rows;
  lower = newLower;
  upper = newUpper;
  best = -Infinity;
  let bestColumn = -1;
  let bestDefault = 0;
  for (let column = 0; column < columns; column++) {
    if (load<u8>(active + column) === 0) continue;
    const way = <i32>load<i8>(ways + column);
    const start = histogram + load<u32>(places + (<usize>column << 2));
    const last = start + (<usize>(load<i32>(slots + (<usize>column << 2)) - 1) << 4);
    const missing = load<i64>(last, 8);
    if (scan(start, last, 0, 0, way)) {
      bestColumn = column;
      const leftRows = bestHessianAndRows & rowsMask;
      // Nothing here was unknown: later unknowns go with the greater side.
      bestDefault = i32(missing === 0 && leftRows > allRows - leftRows);
    }
    if (missing !== 0 && scan(start, last, load<i64>(last), missing, way)) {
      bestColumn = column;
      bestDefault = 1;
    }
  }
  store<f64>(out, best);
  store<f64>(out, <f64>bestGradient, 8);
  store<f64>(out, <f64>(bestHessianAndRows >> rowsShift), 16);
  store<f64>(out, <f64>(bestHessianAndRows & rowsMask), 24);
  store<i32>(out, bestColumn, 32);
  store<i32>(out, bestBin, 36);
  store<i32>(out, bestDefault, 40);
  return i32(bestColumn >= 0);
}

// @ts-ignore: decorator
@inline
function next(node: usize, x: usize): usize {
  const stays = u32(load<f32>(x + <usize>load<u32>(node, 4)) < load<f32>(node));
  return <usize>load<u32>(node, 8) + ((1 - <usize>stays) << 4);
}

/**
 * Score of one row, eight trees at a time, so that eight walks wait for memory at once. A node is 16 bytes: f32 threshold, u32
 * byte of its value in x, u32 address of its left child, f32 value. `roots` holds eight addresses and a depth per group.
 */
export function score(x: usize, roots: usize, groups: i32, base: f64): f64 {
  let sum = base;
  for (let group = 0; group < groups; group++, roots += 36) {
    let a = <usize>load<u32>(roots);
    let b = <usize>load<u32>(roots, 4);
    let c = <usize>load<u32>(roots, 8);
    let d = <usize>load<u32>(roots, 12);
    let e = <usize>load<u32>(roots, 16);
    let f = <usize>load<u32>(roots, 20);
    let g = <usize>load<u32>(roots, 24);
    let h = <usize>load<u32>(roots, 28);
    for (let depth = load<i32>(roots, 32); depth > 0; depth--) {
      a = next(a, x);
      b = next(b, x);
      c = next(c, x);
      d = next(d, x);
      e = next(e, x);
      f = next(f, x);
      g = next(g, x);
      h = next(h, x);
    }
    sum += <f64>load<f32>(a, 12);
    sum += <f64>load<f32>(b, 12);
    sum += <f64>load<f32>(c, 12);
    sum += <f64>load<f32>(d, 12);
    sum += <f64>load<f32>(e, 12);
    sum += <f64>load<f32>(f, 12);
    sum += <f64>load<f32>(g, 12);
    sum += <f64>load<f32>(h, 12);
  }
  return sum;
}
