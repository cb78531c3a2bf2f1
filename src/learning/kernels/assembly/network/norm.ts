/** Batch normalisation over columns, four at a time. Epsilon inside the root and an unbiased running variance, as PyTorch. */
import { madd } from "./math";

const EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;

/** y = gain * normal + shift; keeps normal and 1 / deviation for the way back. */
// @ts-ignore: decorator
@inline
function normalise(
  x: usize, y: usize, normal: usize, rows: i32, ld: usize, mean: v128, inverse: v128, gain: v128, shift: v128,
): void {
  let at: usize = 0;
  for (let r = 0; r < rows; r++) {
    const value = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
    v128.store(normal + at, value);
    v128.store(y + at, madd(gain, value, shift));
    at += ld;
  }
}

export function batchNorm(
  x: usize, y: usize, normal: usize, inverse: usize, rows: i32, ld: usize,
  gain: usize, shift: usize, runningMean: usize, runningVariance: usize, fromBatch: bool,
): void {
  const one = f32x4.splat(1);
  const share = f32x4.splat(1 / (<f32>rows));
  const unbiased = f32x4.splat(1 / (<f32>(rows - 1)));
  const momentum = f32x4.splat(MOMENTUM);
  for (let j: usize = 0; j < ld; j += 16) {
    let mean = v128.load(runningMean + j);
    let variance = v128.load(runningVariance + j);
    if (fromBatch) {
      const oldMean = mean;
      const oldVariance = variance;
      mean = f32x4.mul(columnSum(x + j, rows, ld), share);
      const squares = columnSquares(x + j, rows, ld, mean);
      variance = f32x4.mul(squares, share);
      v128.store(runningMean + j, madd(momentum, f32x4.sub(mean, oldMean), oldMean));
      const seen = f32x4.sub(f32x4.mul(squares, unbiased), oldVariance);
      v128.store(runningVariance + j, madd(momentum, seen, oldVariance));
    }
    const scale = f32x4.div(one, f32x4.sqrt(f32x4.add(variance, f32x4.splat(EPSILON))));
    v128.store(inverse + j, scale);
    normalise(x + j, y + j, normal + j, rows, ld, mean, scale, v128.load(gain + j), v128.load(shift + j));
  }
}

/** Four sums, for speed and for digits. */
function columnSum(x: usize, rows: i32, ld: usize): v128 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let r = 0;
  for (; r + 3 < rows; r += 4) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x + ld));
    c = f32x4.add(c, v128.load(x + 2 * ld));
    d = f32x4.add(d, v128.load(x + 3 * ld));
    x += 4 * ld;
  }
  for (; r < rows; r++) {
    a = f32x4.add(a, v128.load(x));
    x += ld;
  }
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

function columnSquares(x: usize, rows: i32, ld: usize, mean: v128): v128 {
  let a = f32x4.splat(0);
  let b = a;
  let r = 0;
  for (; r + 1 < rows; r += 2) {
    const p = f32x4.sub(v128.load(x), mean);
    const q = f32x4.sub(v128.load(x + ld), mean);
    a = madd(p, p, a);
    b = madd(q, q, b);
    x += 2 * ld;
  }
  if (r < rows) {
    const p = f32x4.sub(v128.load(x), mean);
    a = madd(p, p, a);
  }
  return f32x4.add(a, b);
}

/** Writes dGain and dShift, and dx when `dx` is not 0. */
export function batchNormBack(
  dy: usize, normal: usize, inverse: usize, dx: usize, rows: i32, ld: usize,
  gain: usize, dGain: usize, dShift: usize, fromBatch: bool,
): void {
  const share = f32x4.splat(1 / (<f32>rows));
  for (let j: usize = 0; j < ld; j += 16) {
    let sum = f32x4.splat(0);
    let product = sum;
    let at = j;
    for (let r = 0; r < rows; r++) {
      const d = v128.load(dy + at);
      sum = f32x4.add(sum, d);
      product = madd(d, v128.load(normal + at), product);
      at += ld;
    }
    v128.store(dShift + j, sum);
    v128.store(dGain + j, product);
    if (dx == 0) continue;
    const scale = f32x4.mul(v128.load(gain + j), v128.load(inverse + j));
    const meanSum = f32x4.mul(sum, share);
    const meanProduct = f32x4.mul(product, share);
    at = j;
    for (let r = 0; r < rows; r++) {
      let d = v128.load(dy + at);
      if (fromBatch) d = f32x4.sub(f32x4.sub(d, meanSum), f32x4.mul(v128.load(normal + at), meanProduct));
      v128.store(dx + at, f32x4.mul(scale, d));
      at += ld;
    }
  }
}
