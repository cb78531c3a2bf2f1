/**
 * C = start + A B, in single precision, four columns a vector. B and C are row-major with rows padded to whole vectors; the
 * elements of A are read one at a time, by two strides, so A may be a matrix or its transpose and needs no padding.
 *
 * Tiles of 2 x 16 keep eight sums in registers: six loads for 32 products. Every element of C is one sum in one order, whatever
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
export function leaky(x: v128, slope: f32): v128 {
  const zero = f32x4.splat(0);
  if (slope == 0) return f32x4.pmax(x, zero);
  return v128.bitselect(x, f32x4.mul(x, f32x4.splat(slope)), f32x4.gt(x, zero));
}

/**
 * All strides and `ldb`, `ldc` in bytes; one of the strides of A is 4. `n4` is the count of vectors in a row of C, `k` at least 1.
 * C overlaps nothing.
 */
export function gemm(
  a: usize, aRow: usize, aColumn: usize, b: usize, ldb: usize, c: usize, ldc: usize, m: i32, k: i32, n4: i32,
  start: i32, row: usize, slope: f32,
): void {
  let j = 0;
  // Columns outside: a strip of B, 16 wide, stays in the first cache while all of A goes by.
  for (; j + 3 < n4; j += 4) {
    strip2x16(m & ~1, a, aRow, aColumn, b, ldb, c, ldc, k, start, row, slope);
    const last = <usize>(m & ~1);
    if (m & 1) {
      for (let at: usize = 0; at < 64; at += 16) {
        tile1x4(a + last * aRow, aColumn, b + at, ldb, c + last * ldc + at, k, start, row + at, slope);
      }
    }
    b += 64;
    c += 64;
    row += 64;
  }
  for (; j < n4; j++) {
    let i = 0;
    let ai = a;
    let ci = c;
    for (; i + 3 < m; i += 4) {
      tile4x4(ai, aRow, aColumn, b, ldb, ci, ldc, k, start, row, slope);
      ai += 4 * aRow;
      ci += 4 * ldc;
    }
    for (; i < m; i++) {
      tile1x4(ai, aColumn, b, ldb, ci, k, start, row, slope);
      ai += aRow;
      ci += ldc;
    }
    b += 16;
    c += 16;
    row += 16;
  }
}

/**
 * Rows 0 to m2 of sixteen columns, two at a time. The loop over rows is in here: a call for each tile would take a tenth of the
 * time. V8 puts all loads of a block before its sums, where the processor takes three a cycle and does nothing else: the breaks
 * at `b == c`, which never happen, part a step into four blocks, and are worth a tenth of all training.
 */
function strip2x16(
  m2: i32, a0: usize, aRow: usize, aColumn: usize, b0: usize, ldb: usize, c: usize, ldc: usize, k: i32,
  start: i32, row: usize, slope: f32,
): void {
  const bEnd = b0 + (<usize>k) * ldb;
  for (let r = 0; r < m2; r += 2) {
    let a = a0;
    let b = b0;
    const c1 = c + ldc;
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s02 = s00;
    let s03 = s00;
    let s10 = s00;
    let s11 = s00;
    let s12 = s00;
    let s13 = s00;
    if (start == FROM_ROW) {
      s00 = s10 = v128.load(row);
      s01 = s11 = v128.load(row, 16);
      s02 = s12 = v128.load(row, 32);
      s03 = s13 = v128.load(row, 48);
    } else if (start == FROM_C) {
      s00 = v128.load(c);
      s01 = v128.load(c, 16);
      s02 = v128.load(c, 32);
      s03 = v128.load(c, 48);
      s10 = v128.load(c1);
      s11 = v128.load(c1, 16);
      s12 = v128.load(c1, 32);
      s13 = v128.load(c1, 48);
    }
    let e: v128;
    let f: v128;
    let p: v128;
    if (aRow == 4) {
      // A transposed: its two elements lie side by side.
      do {
        e = v128.load32_splat(a);
        f = v128.load32_splat(a, 4);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        a += aColumn;
        if (b == bEnd) break;
        e = v128.load32_splat(a);
        f = v128.load32_splat(a, 4);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        a += aColumn;
        if (b == bEnd) break;
        e = v128.load32_splat(a);
        f = v128.load32_splat(a, 4);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        a += aColumn;
        if (b == bEnd) break;
        e = v128.load32_splat(a);
        f = v128.load32_splat(a, 4);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        a += aColumn;
      } while (b != bEnd);
    } else {
      // A as it is: four steps along its rows.
      let a1 = a + aRow;
      do {
        e = v128.load32_splat(a);
        f = v128.load32_splat(a1);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        if (b == bEnd) break;
        e = v128.load32_splat(a, 4);
        f = v128.load32_splat(a1, 4);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        if (b == bEnd) break;
        e = v128.load32_splat(a, 8);
        f = v128.load32_splat(a1, 8);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        if (b == bEnd) break;
        e = v128.load32_splat(a, 12);
        f = v128.load32_splat(a1, 12);
        p = v128.load(b);
        s00 = madd(e, p, s00); s10 = madd(f, p, s10);
        if (b == c) break;
        p = v128.load(b, 16);
        s01 = madd(e, p, s01); s11 = madd(f, p, s11);
        if (b == c) break;
        p = v128.load(b, 32);
        s02 = madd(e, p, s02); s12 = madd(f, p, s12);
        if (b == c) break;
        p = v128.load(b, 48);
        s03 = madd(e, p, s03); s13 = madd(f, p, s13);
        b += ldb;
        a += 16;
        a1 += 16;
      } while (b != bEnd);
    }
    if (slope == 0) {
      const zero = f32x4.splat(0);
      s00 = f32x4.pmax(s00, zero);
      s01 = f32x4.pmax(s01, zero);
      s02 = f32x4.pmax(s02, zero);
      s03 = f32x4.pmax(s03, zero);
      s10 = f32x4.pmax(s10, zero);
      s11 = f32x4.pmax(s11, zero);
      s12 = f32x4.pmax(s12, zero);
      s13 = f32x4.pmax(s13, zero);
    } else if (slope != 1) {
      s00 = leaky(s00, slope);
      s01 = leaky(s01, slope);
      s02 = leaky(s02, slope);
      s03 = leaky(s03, slope);
      s10 = leaky(s10, slope);
      s11 = leaky(s11, slope);
      s12 = leaky(s12, slope);
      s13 = leaky(s13, slope);
    }
    v128.store(c, s00);
    v128.store(c, s01, 16);
    v128.store(c, s02, 32);
    v128.store(c, s03, 48);
    v128.store(c1, s10);
    v128.store(c1, s11, 16);
    v128.store(c1, s12, 32);
    v128.store(c1, s13, 48);
    a0 += 2 * aRow;
    c = c1 + ldc;
  }
}

/** Slope 1 is no activation; 0 is relu. */
// @ts-ignore: decorator
@inline
function finish(at: usize, value: v128, slope: f32, offset: usize): void {
  v128.store(at + offset, slope == 1 ? value : leaky(value, slope));
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
