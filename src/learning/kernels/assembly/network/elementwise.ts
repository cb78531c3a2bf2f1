/** Activations, dropout and the pass over dy that a dense layer begins with. Rows are whole vectors, so a matrix is one run. */
import { erf4, exp4, logistic4, madd, tanh4 } from "./math";

export const LEAKY: i32 = 1;
export const TANH: i32 = 2;
export const SIGMOID: i32 = 3;
export const GELU: i32 = 4;

const HALF_ROOT: f32 = 0.70710678; // 1 / sqrt 2
const ROOT_2_PI: f32 = 0.39894228; // 1 / sqrt(2 pi)

// @ts-ignore: decorator
@inline
function curve(kind: i32, x: v128, slope: f32): v128 {
  if (kind == LEAKY) {
    return v128.bitselect(x, f32x4.mul(x, f32x4.splat(slope)), f32x4.gt(x, f32x4.splat(0)));
  }
  if (kind == TANH) return tanh4(x);
  if (kind == SIGMOID) return logistic4(x);
  const half = f32x4.mul(x, f32x4.splat(0.5));
  return madd(half, erf4(f32x4.mul(x, f32x4.splat(HALF_ROOT))), half);
}

/** The derivative, from x and y = curve(x). */
// @ts-ignore: decorator
@inline
function slopeOf(kind: i32, x: v128, y: v128, slope: f32): v128 {
  const one = f32x4.splat(1);
  if (kind == LEAKY) return v128.bitselect(one, f32x4.splat(slope), f32x4.gt(x, f32x4.splat(0)));
  if (kind == TANH) return f32x4.sub(one, f32x4.mul(y, y));
  if (kind == SIGMOID) return f32x4.mul(y, f32x4.sub(one, y));
  const half = f32x4.splat(0.5);
  const area = madd(half, erf4(f32x4.mul(x, f32x4.splat(HALF_ROOT))), half);
  const density = f32x4.mul(exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))), f32x4.splat(ROOT_2_PI));
  return madd(x, density, area);
}

export function activate(kind: i32, x: usize, y: usize, bytes: usize, slope: f32): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, curve(kind, v128.load(x + i), slope));
}

export function activateBack(kind: i32, x: usize, y: usize, dy: usize, dx: usize, bytes: usize, slope: f32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const steep = slopeOf(kind, v128.load(x + i), v128.load(y + i), slope);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), steep));
  }
}

/**
 * Four streams of xoshiro128++ (Blackman and Vigna 2019) side by side: column c of a row takes stream c % 4, and each row begins
 * with fresh numbers, so that the mask does not depend on how rows are blocked. The plain kernels draw the same.
 */
export function drop(
  x: usize,
  y: usize,
  mask: usize,
  rows: i32,
  ld: usize,
  state: usize,
  threshold: i32,
  scale: f32,
): void {
  const least = i32x4.splat(threshold);
  const kept = f32x4.splat(scale);
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let s2 = v128.load(state, 32);
  let s3 = v128.load(state, 48);
  const bytes = (<usize>rows) * ld;
  let i: usize = 0;
  // Asked at its end, as in adam.ts.
  do {
    const sum = i32x4.add(s0, s3);
    const drawn = i32x4.add(v128.or(i32x4.shl(sum, 7), i32x4.shr_u(sum, 25)), s0);
    const t = i32x4.shl(s1, 9);
    s2 = v128.xor(s2, s0);
    s3 = v128.xor(s3, s1);
    s1 = v128.xor(s1, s2);
    s0 = v128.xor(s0, s3);
    s2 = v128.xor(s2, t);
    s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
    const m = v128.and(i32x4.ge_u(drawn, least), kept);
    v128.store(mask + i, m);
    v128.store(y + i, f32x4.mul(v128.load(x + i), m));
    i += 16;
  } while (i < bytes);
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
}

export function multiply(a: usize, b: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
}

/** dy times the slope of a fused relu (1: none), in place, and its column sums, `fresh` or added to `dBias`: one pass for both. */
export function biasBack(dy: usize, y: usize, rows: i32, ld: usize, dBias: usize, slope: f32, fresh: bool): void {
  if (fresh) memory.fill(dBias, 0, ld);
  const end = (<usize>rows) * ld;
  let j: usize = 0;
  for (; j + 32 <= ld; j += 32) {
    let a = v128.load(dBias + j);
    let b = v128.load(dBias + j, 16);
    let at = j;
    do {
      const p = bent(dy + at, y + at, slope);
      const q = bent(dy + at + 16, y + at + 16, slope);
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
      at += ld;
    } while (at < end);
    v128.store(dBias + j, a);
    v128.store(dBias + j, b, 16);
  }
  if (j < ld) {
    let a = v128.load(dBias + j);
    for (let r = 0; r < rows; r++) {
      a = f32x4.add(a, bent(dy + j, y + j, slope));
      j += ld;
    }
    v128.store(dBias + (ld - 16), a);
  }
}

// @ts-ignore: decorator
@inline
function bent(dy: usize, y: usize, slope: f32): v128 {
  const d = v128.load(dy);
  if (slope == 1) return d;
  const above = f32x4.gt(v128.load(y), f32x4.splat(0));
  const out = slope == 0 ? v128.and(d, above) : v128.bitselect(d, f32x4.mul(d, f32x4.splat(slope)), above);
  v128.store(dy, out);
  return out;
}
