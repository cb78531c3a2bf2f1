/**
 * Losses of outputs against targets, elementwise, each with its gradient over the `count` elements of the whole batch. Sums are
 * in double precision. A weight, when there is one, is a row's.
 */
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

/** Writes the gradient to `dy` (0: nobody wants it); returns the sum of the losses, not yet divided by `count`. */
export function lossOf(
  kind: i32, parameter: f32, y: usize, dy: usize, ld: usize, targets: usize, weights: usize, rows: i32, width: i32, count: i32,
): f64 {
  let sum: f64 = 0;
  const share: f32 = 1 / (<f32>count);
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
