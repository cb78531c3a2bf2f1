/**
 * Losses of outputs against targets, elementwise, each with its gradient over the `count` elements of the whole batch. Sums are
 * in double precision. A weight, when there is one, is a row's.
 */
import { exp4, log1p4 } from "./math";

export const BCE: i32 = 0;
export const MSE: i32 = 1;
export const HUBER: i32 = 2;
export const PINBALL: i32 = 3;

/** The slope of the element just told of: a function gives one number, and this is the second. */
let slope: f32 = 0;

// @ts-ignore: decorator
@inline
function element(kind: i32, z: f32, target: f32, parameter: f32): f32 {
  if (kind == BCE) {
    const e = Mathf.exp(-abs(z));
    const r: f32 = 1 / (1 + e);
    slope = (z >= 0 ? r : e * r) - target;
    return max(z, 0) - z * target + Mathf.log1p(e);
  }
  const error = z - target;
  if (kind == MSE) {
    slope = 2 * error;
    return error * error;
  }
  if (kind == HUBER) {
    const size = abs(error);
    slope = max(-parameter, min(parameter, error));
    return size <= parameter ? 0.5 * error * error : parameter * (size - 0.5 * parameter);
  }
  // The pinball of quantile q: q below the target, 1 - q above it.
  slope = error > 0 ? 1 - parameter : -parameter;
  return slope * error;
}

/**
 * The cross-entropies of one output a row, four rows at a time; the last four may be fewer. Lanes cost nothing, so a row has the
 * same bits in a short batch as in a long one.
 */
function crossEntropies(
  y: usize, dy: usize, ld: usize, targets: usize, weights: usize, rows: i32, share: f32,
): f64 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r += 4) {
    const left = rows - r;
    const z = four(y, ld, left);
    const target = four(targets, 4, left);
    const weight = weights == 0 ? one : four(weights, 4, left);
    const e = exp4(f32x4.neg(f32x4.abs(z)));
    const reciprocal = f32x4.div(one, f32x4.add(one, e));
    const p = v128.bitselect(f32x4.mul(e, reciprocal), reciprocal, f32x4.lt(z, zero));
    const above = f32x4.sub(f32x4.max(z, zero), f32x4.mul(z, target));
    const loss = f32x4.mul(weight, f32x4.add(above, log1p4(e)));
    sum += <f64>f32x4.extract_lane(loss, 0);
    if (left > 1) sum += <f64>f32x4.extract_lane(loss, 1);
    if (left > 2) sum += <f64>f32x4.extract_lane(loss, 2);
    if (left > 3) sum += <f64>f32x4.extract_lane(loss, 3);
    if (dy != 0) {
      const slopes = f32x4.mul(f32x4.mul(weight, f32x4.sub(p, target)), f32x4.splat(share));
      v128.store32_lane(dy, slopes, 0);
      if (left > 1) v128.store32_lane(dy + ld, slopes, 1);
      if (left > 2) v128.store32_lane(dy + 2 * ld, slopes, 2);
      if (left > 3) v128.store32_lane(dy + 3 * ld, slopes, 3);
      dy += 4 * ld;
    }
    y += 4 * ld;
    targets += 16;
    weights = weights == 0 ? 0 : weights + 16;
  }
  return sum;
}

/** Up to four numbers, `step` bytes apart; 0 where there are fewer. */
// @ts-ignore: decorator
@inline
function four(at: usize, step: usize, count: i32): v128 {
  let all = v128.load32_zero(at);
  if (count > 1) all = v128.load32_lane(at + step, all, 1);
  if (count > 2) all = v128.load32_lane(at + 2 * step, all, 2);
  if (count > 3) all = v128.load32_lane(at + 3 * step, all, 3);
  return all;
}

/** Writes the gradient to `dy` (0: nobody wants it); returns the sum of the losses, not yet divided by `count`. */
export function lossOf(
  kind: i32, parameter: f32, y: usize, dy: usize, ld: usize, targets: usize, weights: usize, rows: i32, width: i32, count: i32,
): f64 {
  const share: f32 = 1 / (<f32>count);
  if (kind == BCE && width == 1) return crossEntropies(y, dy, ld, targets, weights, rows, share);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const weight: f32 = weights == 0 ? 1 : load<f32>(weights + ((<usize>r) << 2));
    for (let c = 0; c < width; c++) {
      const at = (<usize>r) * ld + ((<usize>c) << 2);
      const target = load<f32>(targets + ((<usize>(r * width + c)) << 2));
      sum += <f64>(weight * element(kind, load<f32>(y + at), target, parameter));
      if (dy != 0) store<f32>(dy + at, weight * slope * share);
    }
  }
  return sum;
}
