import { logistic } from "../network/steps.ts";
import { solveSymmetric } from "./cholesky.ts";

/** `bias + weights . x`; weights are f32, so a file gives back the same bits. */
export interface Linear {
  readonly weights: Float32Array;
  readonly bias: number;
}

/** A table of prepared rows with a target each. */
export interface LinearRows {
  readonly rows: number;
  readonly width: number;
  /** `rows x width`, finite. */
  readonly X: Float64Array;
  readonly targets: ArrayLike<number>;
  /** What a row's loss is multiplied by; absent: 1. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** A loss for output `z` and target `t`, with its gradient and curvature. */
type LinearLoss = (z: number, t: number) => { value: number; gradient: number; curvature: number };

const bce: LinearLoss = (z, t) => {
  const p = logistic(z);
  const value = Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z)));
  // A floor keeps Newton's steps finite where a row is already certain.
  return { value, gradient: p - t, curvature: Math.max(1e-6, p * (1 - p)) };
};
/** Huber's loss by reweighting: the curvature of the parabola that touches it from above. */
const huberLoss =
  (delta: number): LinearLoss =>
  (z, t) => {
    const error = z - t;
    const size = Math.abs(error);
    const curvature = size <= delta ? 1 : delta / size;
    const value = size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
    return { value, gradient: error * curvature, curvature };
  };

const MAX_STEPS = 60;
/** The largest change of a weight that ends the search, by default. */
const TOLERANCE = 1e-8;

/** How a linear model is fitted. */
export interface LinearOptions {
  /** Penalty on the squared weights, in rows: 100 holds as much as some 100 rows say. */
  readonly l2: number;
  /** Where to begin: the answer is the same, found sooner. */
  readonly start?: Linear | undefined;
  readonly tolerance?: number | undefined;
}

/** Output of a linear model for the prepared row at `offset`. */
export function linearOutput({ weights, bias }: Linear, X: ArrayLike<number>, offset = 0): number {
  let sum = bias;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * X[offset + i];
  return sum;
}

/** Rows whose curvature is added up at once: each entry of the Hessian is then read and written once for all of them. */
const ROWS_AT_ONCE = 4;

/** Adds `sum of scale[k] * row k * row k'` to the lower half of `H`, row after row: the bits are those of one row at a time. */
function addCurvature(H: Float64Array, n: number, lanes: Float64Array, scales: Float64Array): void {
  const [row0, row1, row2, row3] = [0, 1, 2, 3].map((lane) => lanes.subarray(lane * n, (lane + 1) * n));
  for (let i = 0; i < n; i++) {
    const p = scales[0] * row0[i];
    const q = scales[1] * row1[i];
    const r = scales[2] * row2[i];
    const s = scales[3] * row3[i];
    const line = i * n;
    for (let j = 0; j <= i; j++) H[line + j] = H[line + j] + p * row0[j] + q * row1[j] + r * row2[j] + s * row3[j];
  }
}

/** Value, gradient and curvature (its lower half) of the penalised loss at `beta`, whose last entry is the bias. */
function measure({ rows, width, X, targets, weights }: LinearRows, loss: LinearLoss, l2: number, beta: Float64Array) {
  const n = width + 1;
  const H = new Float64Array(n * n);
  const g = new Float64Array(n);
  const lanes = new Float64Array(ROWS_AT_ONCE * n).fill(1);
  const scales = new Float64Array(ROWS_AT_ONCE);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const lane = (r % ROWS_AT_ONCE) * n;
    let z = beta[width];
    for (let i = 0; i < width; i++) {
      const x = X[r * width + i];
      lanes[lane + i] = x;
      z += beta[i] * x;
    }
    const { value, gradient, curvature } = loss(z, targets[r]);
    const weight = weights === undefined ? 1 : weights[r];
    total += weight * value;
    for (let i = 0; i < n; i++) g[i] += weight * gradient * lanes[lane + i];
    scales[r % ROWS_AT_ONCE] = weight * curvature;
    if (r % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) addCurvature(H, n, lanes, scales);
  }
  if (rows % ROWS_AT_ONCE !== 0) addCurvature(H, n, lanes, scales.fill(0, rows % ROWS_AT_ONCE));
  for (let i = 0; i < width; i++) {
    total += 0.5 * l2 * beta[i] ** 2;
    H[i * n + i] += l2;
    g[i] += l2 * beta[i];
  }
  return { total, H, g };
}

/**
 * Newton's method (iteratively reweighted least squares) with an L2 penalty on the weights, none on the bias; a step that
 * overshoots is halved. The penalty makes the answer unique; the same rows give the same bits.
 */
function fitByNewton(rows: LinearRows, loss: LinearLoss, { l2, start, tolerance = TOLERANCE }: LinearOptions): Linear {
  const n = rows.width + 1;
  let beta = new Float64Array(n);
  if (start !== undefined) beta.set([...start.weights, start.bias]);
  let best = measure(rows, loss, l2, beta);
  let change = solveSymmetric(best.H, best.g, n);
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = beta.map((value, i) => value - change[i]);
    if (change.every((value) => Math.abs(value) < tolerance)) break;
    const found = measure(rows, loss, l2, next);
    if (found.total > best.total) {
      change = change.map((value) => value / 2);
      continue;
    }
    beta = next;
    best = found;
    change = solveSymmetric(best.H, best.g, n);
  }
  return { weights: Float32Array.from(beta.subarray(0, rows.width)), bias: beta[rows.width] };
}

/**
 * Logistic regression: the logit is linear in the prepared columns.
 *
 * @example
 * fitLogistic({ rows: 4, width: 1, X: Float64Array.of(-1, 1, -1, 1), targets: [0, 1, 1, 1] }, { l2: 1 }).weights[0]; // 0.37
 */
export function fitLogistic(rows: LinearRows, options: LinearOptions): Linear {
  return fitByNewton(rows, bce, options);
}

/** Linear regression with Huber's loss: near the median where `delta` is small beside the spread. */
export function fitHuber(rows: LinearRows, options: LinearOptions & { readonly delta: number }): Linear {
  return fitByNewton(rows, huberLoss(options.delta), options);
}
