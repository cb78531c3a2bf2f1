/**
 * C = start + A B, in single precision, four columns a vector. B and C are row-major with rows padded to whole vectors; the
 * elements of A are read one at a time, by two strides, so A may be a matrix or its transpose and needs no padding.
 *
 * Tiles of 4 x 8 keep eight sums in registers: six loads for 32 products. Every element of C is one sum in one order, whatever
 * the tile it falls in, so a row gives the same bits alone as in a batch.
 */

import { madd } from "./math";

/** What C starts from. */
export const FROM_ZERO: i32 = 0;
export const FROM_ROW: i32 = 1; // a row of n numbers: the bias
export const FROM_C: i32 = 2; // what is there: sums over blocks of rows

/** Above 0 as it is, below it times the slope; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function leaky(x: v128, slope: v128, isRelu: bool): v128 {
  const zero = f32x4.splat(0);
  if (isRelu) return f32x4.pmax(x, zero);
  return v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, zero));
}

/** All strides and `ldb`, `ldc` in bytes; `n4` is the count of vectors in a row of C. */
export function gemm(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  m: i32,
  k: i32,
  n4: i32,
  start: i32,
  row: usize,
  slope: f32,
): void {
  const m4 = m & ~3;
  let j = 0;
  // Columns outside: a strip of B, 8 wide, stays in the first cache while all of A goes by.
  for (; j + 1 < n4; j += 2) {
    const bj = b + ((<usize>j) << 4);
    const cj = c + ((<usize>j) << 4);
    const rj = row + ((<usize>j) << 4);
    strip4x8(m4, a, aRow, aColumn, bj, ldb, cj, ldc, k, start, rj, slope);
    for (let i = m4; i < m; i++) tile1x8(a + (<usize>i) * aRow, aColumn, bj, ldb, cj + (<usize>i) * ldc, k, start, rj, slope);
  }
  if (j < n4) {
    const bj = b + ((<usize>j) << 4);
    const cj = c + ((<usize>j) << 4);
    const rj = row + ((<usize>j) << 4);
    let i = 0;
    for (; i < m4; i += 4) tile4x4(a + (<usize>i) * aRow, aRow, aColumn, bj, ldb, cj + (<usize>i) * ldc, ldc, k, start, rj, slope);
    for (; i < m; i++) tile1x4(a + (<usize>i) * aRow, aColumn, bj, ldb, cj + (<usize>i) * ldc, k, start, rj, slope);
  }
}

/** Slope 1 is no activation; 0 is relu. */
// @ts-ignore: decorator
@inline
function finish(at: usize, value: v128, slope: f32, offset: usize): void {
  if (slope == 1) v128.store(at + offset, value);
  else v128.store(at + offset, leaky(value, f32x4.splat(slope), slope == 0));
}

/**
 * Rows 0 to m4 of eight columns, four at a time. The loop over rows is in here: a call for each tile would take a tenth of the
 * time. Unrolling the inner loop makes V8 spill its sums.
 */
function strip4x8(
  m4: i32,
  a0: usize,
  aRow: usize,
  aColumn: usize,
  b0: usize,
  ldb: usize,
  c0: usize,
  ldc: usize,
  k: i32,
  start: i32,
  row: usize,
  slope: f32,
): void {
  for (let r = 0; r < m4; r += 4) {
    let a = a0;
    let b = b0;
    const c = c0;
    const c1 = c + ldc;
    const c2 = c1 + ldc;
    const c3 = c2 + ldc;
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let s20 = s00;
    let s21 = s00;
    let s30 = s00;
    let s31 = s00;
    if (start == FROM_ROW) {
      s00 = s10 = s20 = s30 = v128.load(row);
      s01 = s11 = s21 = s31 = v128.load(row, 16);
    } else if (start == FROM_C) {
      s00 = v128.load(c);
      s01 = v128.load(c, 16);
      s10 = v128.load(c1);
      s11 = v128.load(c1, 16);
      s20 = v128.load(c2);
      s21 = v128.load(c2, 16);
      s30 = v128.load(c3);
      s31 = v128.load(c3, 16);
    }
    if (aRow == 4) {
      // A transposed: its four elements lie side by side.
      for (let i = 0; i < k; i++) {
        const p = v128.load(b);
        const q = v128.load(b, 16);
        let e = v128.load32_splat(a);
        s00 = madd(e, p, s00);
        s01 = madd(e, q, s01);
        e = v128.load32_splat(a, 4);
        s10 = madd(e, p, s10);
        s11 = madd(e, q, s11);
        e = v128.load32_splat(a, 8);
        s20 = madd(e, p, s20);
        s21 = madd(e, q, s21);
        e = v128.load32_splat(a, 12);
        s30 = madd(e, p, s30);
        s31 = madd(e, q, s31);
        a += aColumn;
        b += ldb;
      }
    } else {
      let a1 = a + aRow;
      let a2 = a1 + aRow;
      let a3 = a2 + aRow;
      for (let i = 0; i < k; i++) {
        const p = v128.load(b);
        const q = v128.load(b, 16);
        let e = v128.load32_splat(a);
        s00 = madd(e, p, s00);
        s01 = madd(e, q, s01);
        e = v128.load32_splat(a1);
        s10 = madd(e, p, s10);
        s11 = madd(e, q, s11);
        e = v128.load32_splat(a2);
        s20 = madd(e, p, s20);
        s21 = madd(e, q, s21);
        e = v128.load32_splat(a3);
        s30 = madd(e, p, s30);
        s31 = madd(e, q, s31);
        a += aColumn;
        a1 += aColumn;
        a2 += aColumn;
        a3 += aColumn;
        b += ldb;
      }
    }
    if (slope == 1) {
      v128.store(c, s00);
      v128.store(c, s01, 16);
      v128.store(c1, s10);
      v128.store(c1, s11, 16);
      v128.store(c2, s20);
      v128.store(c2, s21, 16);
      v128.store(c3, s30);
      v128.store(c3, s31, 16);
    } else {
      finish(c, s00, slope, 0);
      finish(c, s01, slope, 16);
      finish(c1, s10, slope, 0);
      finish(c1, s11, slope, 16);
      finish(c2, s20, slope, 0);
      finish(c2, s21, slope, 16);
      finish(c3, s30, slope, 0);
      finish(c3, s31, slope, 16);
    }
    a0 += 4 * aRow;
    c0 += 4 * ldc;
  }
}

function tile4x4(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  k: i32,
  start: i32,
  row: usize,
  slope: f32,
): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (start == FROM_ROW) {
    s0 = s1 = s2 = s3 = v128.load(row);
  } else if (start == FROM_C) {
    s0 = v128.load(c);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
  }
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  for (let i = 0; i < k; i++) {
    const p = v128.load(b);
    s0 = madd(v128.load32_splat(a), p, s0);
    s1 = madd(v128.load32_splat(a1), p, s1);
    s2 = madd(v128.load32_splat(a2), p, s2);
    s3 = madd(v128.load32_splat(a3), p, s3);
    a += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
    b += ldb;
  }
  finish(c, s0, slope, 0);
  finish(c1, s1, slope, 0);
  finish(c2, s2, slope, 0);
  finish(c3, s3, slope, 0);
}

function tile1x8(a: usize, aColumn: usize, b: usize, ldb: usize, c: usize, k: i32, start: i32, row: usize, slope: f32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  if (start != FROM_ZERO) {
    const from = start == FROM_ROW ? row : c;
    s0 = v128.load(from);
    s1 = v128.load(from, 16);
  }
  for (let i = 0; i < k; i++) {
    const e = v128.load32_splat(a);
    s0 = madd(e, v128.load(b), s0);
    s1 = madd(e, v128.load(b, 16), s1);
    a += aColumn;
    b += ldb;
  }
  finish(c, s0, slope, 0);
  finish(c, s1, slope, 16);
}

function tile1x4(a: usize, aColumn: usize, b: usize, ldb: usize, c: usize, k: i32, start: i32, row: usize, slope: f32): void {
  let s = f32x4.splat(0);
  if (start != FROM_ZERO) s = v128.load(start == FROM_ROW ? row : c);
  for (let i = 0; i < k; i++) {
    s = madd(v128.load32_splat(a), v128.load(b), s);
    a += aColumn;
    b += ldb;
  }
  finish(c, s, slope, 0);
}

/** One row times a matrix, 32 columns at a time: eight sums hide the time an addition takes. For batch-1 serving. */
export function rowTimes(
  a: usize,
  b: usize,
  ldb: usize,
  c: usize,
  k: i32,
  n4: i32,
  row: usize,
  slope: f32,
): void {
  let j = 0;
  for (; j + 7 < n4; j += 8) {
    let at = a;
    let bt = b + ((<usize>j) << 4);
    const r = row + ((<usize>j) << 4);
    const to = c + ((<usize>j) << 4);
    let s0 = v128.load(r);
    let s1 = v128.load(r, 16);
    let s2 = v128.load(r, 32);
    let s3 = v128.load(r, 48);
    let s4 = v128.load(r, 64);
    let s5 = v128.load(r, 80);
    let s6 = v128.load(r, 96);
    let s7 = v128.load(r, 112);
    for (let i = 0; i < k; i++) {
      const e = v128.load32_splat(at);
      s0 = madd(e, v128.load(bt), s0);
      s1 = madd(e, v128.load(bt, 16), s1);
      s2 = madd(e, v128.load(bt, 32), s2);
      s3 = madd(e, v128.load(bt, 48), s3);
      s4 = madd(e, v128.load(bt, 64), s4);
      s5 = madd(e, v128.load(bt, 80), s5);
      s6 = madd(e, v128.load(bt, 96), s6);
      s7 = madd(e, v128.load(bt, 112), s7);
      at += 4;
      bt += ldb;
    }
    finish(to, s0, slope, 0);
    finish(to, s1, slope, 16);
    finish(to, s2, slope, 32);
    finish(to, s3, slope, 48);
    finish(to, s4, slope, 64);
    finish(to, s5, slope, 80);
    finish(to, s6, slope, 96);
    finish(to, s7, slope, 112);
  }
  if (j < n4) {
    const at = (<usize>j) << 4;
    gemm(a, 0, 4, b + at, ldb, c + at, 0, 1, k, n4 - j, FROM_ROW, row + at, slope);
  }
}

/** to[j, i] = from[i, j]; what pads the rows of `to` is left as it is. */
export function transpose(from: usize, ldFrom: usize, to: usize, ldTo: usize, rows: i32, columns: i32): void {
  for (let j = 0; j < columns; j++) {
    let source = from + ((<usize>j) << 2);
    const target = to + (<usize>j) * ldTo;
    for (let i = 0; i < rows; i++) {
      store<f32>(target + ((<usize>i) << 2), load<f32>(source));
      source += ldFrom;
    }
  }
}
