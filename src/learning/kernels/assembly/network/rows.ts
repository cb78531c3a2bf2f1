/** What the products of one row, one column and one output do without tiles; and transposing. */
import { FROM_C, FROM_ROW, FROM_ZERO, gemm, leaky } from "./gemm";
import { madd } from "./math";

/**
 * C = start + a B for one row of A, whose elements lie `aColumn` bytes apart; 32 columns at a time: eight sums hide the time an
 * addition takes. For batch-1 serving, and for the gradient of a layer of one output.
 */
export function rowTimes(
  a: usize, aColumn: usize, b: usize, ldb: usize, c: usize, k: i32, n4: i32, start: i32, row: usize, slope: f32,
): void {
  let j = 0;
  for (; j + 7 < n4; j += 8) {
    const offset = (<usize>j) << 4;
    let at = a;
    let bt = b + offset;
    const to = c + offset;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    if (start != FROM_ZERO) {
      const from = start == FROM_ROW ? row + offset : to;
      s0 = v128.load(from);
      s1 = v128.load(from, 16);
      s2 = v128.load(from, 32);
      s3 = v128.load(from, 48);
      s4 = v128.load(from, 64);
      s5 = v128.load(from, 80);
      s6 = v128.load(from, 96);
      s7 = v128.load(from, 112);
    }
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
      at += aColumn;
      bt += ldb;
    }
    if (slope != 1) {
      s0 = leaky(s0, slope);
      s1 = leaky(s1, slope);
      s2 = leaky(s2, slope);
      s3 = leaky(s3, slope);
      s4 = leaky(s4, slope);
      s5 = leaky(s5, slope);
      s6 = leaky(s6, slope);
      s7 = leaky(s7, slope);
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    v128.store(to, s4, 64);
    v128.store(to, s5, 80);
    v128.store(to, s6, 96);
    v128.store(to, s7, 112);
  }
  if (j < n4) {
    const offset = (<usize>j) << 4;
    gemm(a, 0, aColumn, b + offset, ldb, c + offset, 0, 1, k, n4 - j, start, row + offset, slope);
  }
}

/** The first number of each row of `y`: bias + the row of `x` times `weights`, which lie side by side, padded with 0 as `x` is. */
export function rowDots(
  x: usize, ldx: usize, weights: usize, y: usize, ldy: usize, rows: i32, k: i32, bias: usize, slope: f32,
): void {
  const end = ((<usize>k + 3) & ~3) << 2;
  const first = v128.load32_splat(bias);
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    const x1 = x + ldx;
    const x2 = x1 + ldx;
    const x3 = x2 + ldx;
    let s = first;
    // Four rows side by side, four columns at a time.
    for (let i: usize = 0; i < end; i += 16) {
      const a = v128.load(x + i);
      const b = v128.load(x1 + i);
      const c = v128.load(x2 + i);
      const d = v128.load(x3 + i);
      const ac = v128.shuffle<f32>(a, c, 0, 4, 1, 5);
      const bd = v128.shuffle<f32>(b, d, 0, 4, 1, 5);
      const ac2 = v128.shuffle<f32>(a, c, 2, 6, 3, 7);
      const bd2 = v128.shuffle<f32>(b, d, 2, 6, 3, 7);
      s = madd(v128.shuffle<f32>(ac, bd, 0, 4, 1, 5), v128.load32_splat(weights + i), s);
      s = madd(v128.shuffle<f32>(ac, bd, 2, 6, 3, 7), v128.load32_splat(weights + i, 4), s);
      s = madd(v128.shuffle<f32>(ac2, bd2, 0, 4, 1, 5), v128.load32_splat(weights + i, 8), s);
      s = madd(v128.shuffle<f32>(ac2, bd2, 2, 6, 3, 7), v128.load32_splat(weights + i, 12), s);
    }
    if (slope != 1) s = leaky(s, slope);
    v128.store32_lane(y, s, 0);
    v128.store32_lane(y + ldy, s, 1);
    v128.store32_lane(y + 2 * ldy, s, 2);
    v128.store32_lane(y + 3 * ldy, s, 3);
    x = x3 + ldx;
    y += 4 * ldy;
  }
  for (; r < rows; r++) {
    let s = first;
    for (let i: usize = 0; i < end; i += 4) s = madd(v128.load32_splat(x + i), v128.load32_splat(weights + i), s);
    if (slope != 1) s = leaky(s, slope);
    v128.store32_lane(y, s, 0);
    x += ldx;
    y += ldy;
  }
}

/** Row r of `to` = `weights` times the first number of row r of `dy`. */
export function outer(dy: usize, ldy: usize, weights: usize, to: usize, ld: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    const d = v128.load32_splat(dy);
    for (let i: usize = 0; i < ld; i += 16) v128.store(to + i, f32x4.mul(d, v128.load(weights + i)));
    dy += ldy;
    to += ld;
  }
}

/** to[j, i] = from[i, j], both with rows padded to whole vectors; what pads comes along. */
export function transpose(from: usize, ldFrom: usize, to: usize, ldTo: usize, rows: i32, columns: i32): void {
  const whole = rows & ~3;
  for (let j: usize = 0; j < <usize>columns << 2; j += 16) {
    let source = from + j;
    let target = to + (j >> 2) * ldTo;
    const columnsLeft = columns - <i32>(j >> 2);
    for (let i = 0; i < whole; i += 4) {
      const a = v128.load(source);
      const b = v128.load(source + ldFrom);
      const c = v128.load(source + 2 * ldFrom);
      const d = v128.load(source + 3 * ldFrom);
      const ac = v128.shuffle<f32>(a, c, 0, 4, 1, 5);
      const bd = v128.shuffle<f32>(b, d, 0, 4, 1, 5);
      const ac2 = v128.shuffle<f32>(a, c, 2, 6, 3, 7);
      const bd2 = v128.shuffle<f32>(b, d, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(ac, bd, 0, 4, 1, 5));
      if (columnsLeft > 1) v128.store(target + ldTo, v128.shuffle<f32>(ac, bd, 2, 6, 3, 7));
      if (columnsLeft > 2) v128.store(target + 2 * ldTo, v128.shuffle<f32>(ac2, bd2, 0, 4, 1, 5));
      if (columnsLeft > 3) v128.store(target + 3 * ldTo, v128.shuffle<f32>(ac2, bd2, 2, 6, 3, 7));
      source += 4 * ldFrom;
      target += 16;
    }
    for (let i = whole; i < rows; i++) {
      for (let c = 0; c < min(4, columnsLeft); c++) {
        store<f32>(target + <usize>c * ldTo, load<f32>(source + (<usize>c << 2)));
      }
      source += ldFrom;
      target += 4;
    }
  }
}
