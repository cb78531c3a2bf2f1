import { solveSymmetric } from "./cholesky.ts";

/**
 * A hazard that is constant within each bin of time: `hazard(t | x) = exp(logHazards[bin of t] + weights . x)` conversions a
 * second. It learns from conversations that are still open as well: they were watched for so long, and nothing happened.
 */
export interface Hazard {
  /** Where the bins end, seconds from the first message, rising; the last one is the horizon. The first begins at 0. */
  readonly edgesSeconds: readonly number[];
  readonly logHazards: readonly number[];
  readonly weights: Float32Array;
  /** Share of the hazard in the time, in [0, 1]; the rest is the median. */
  readonly weight: number;
}

/** What was watched of each row: from when, until when, and whether it ended in a conversion. */
export interface HazardRows {
  readonly rows: number;
  readonly width: number;
  /** Prepared, `rows x width`. */
  readonly X: Float64Array;
  readonly fromSeconds: ArrayLike<number>;
  readonly untilSeconds: ArrayLike<number>;
  readonly converted: ArrayLike<number>;
}

const MAX_STEPS = 40;
const TOLERANCE = 1e-7;
/** Events a bin is given beside its own, so that one without any has a small hazard in place of none. */
const PRIOR_EVENTS = 0.5;

/** Bin edges with about as many conversions in each bin, up to the horizon. */
export function hazardEdges(timesSeconds: readonly number[], horizonSeconds: number, bins = 12): number[] {
  const times = timesSeconds.filter((time) => time < horizonSeconds).sort((a, b) => a - b);
  const count = Math.max(1, Math.min(bins, Math.floor(times.length / 10)));
  const edges = Array.from({ length: count - 1 }, (_, i) => times[Math.floor(((i + 1) * times.length) / count)]);
  return [...new Set([...edges.filter((edge) => edge > 0), horizonSeconds])];
}

/** Seconds of [from, until] within each bin. */
function exposures(edges: readonly number[], from: number, until: number, out: Float64Array): void {
  let start = 0;
  edges.forEach((end, bin) => {
    out[bin] = Math.max(0, Math.min(until, end) - Math.max(from, start));
    start = end;
  });
}

const binOf = (edges: readonly number[], time: number) => {
  const bin = edges.findIndex((edge) => time <= edge);
  return bin < 0 ? edges.length - 1 : bin;
};

/**
 * Piecewise exponential regression: the likelihood of the conversions is that of Poisson counts with the exposure as offset
 * (Holford 1980), maximised by Newton's method. Curvature between bins and columns is kept, so the cost is rows x columns².
 */
export function fitHazard(
  { rows, width, X, fromSeconds, untilSeconds, converted }: HazardRows,
  { edgesSeconds, l2 }: { edgesSeconds: readonly number[]; l2: number },
): Hazard {
  const bins = edgesSeconds.length;
  const n = bins + width;
  const exposure = new Float64Array(rows * bins);
  const events = new Float64Array(bins);
  const total = new Float64Array(bins);
  const eventBin = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const own = exposure.subarray(row * bins, (row + 1) * bins);
    exposures(edgesSeconds, fromSeconds[row], untilSeconds[row], own);
    own.forEach((seconds, bin) => {
      total[bin] += seconds;
    });
    if (converted[row] !== 1) continue;
    eventBin[row] = binOf(edgesSeconds, untilSeconds[row]);
    events[eventBin[row]] += 1;
  }
  const everything = total.reduce((sum, value) => sum + value, 0);
  const overall = (events.reduce((sum, value) => sum + value, 0) + PRIOR_EVENTS) / Math.max(1, everything);
  // The prior's own exposure at the overall hazard: a bin that nobody was watched in has the overall hazard.
  const priorSeconds = PRIOR_EVENTS / overall;
  const beta = new Float64Array(n);
  for (let bin = 0; bin < bins; bin++) {
    beta[bin] = Math.log((events[bin] + PRIOR_EVENTS) / (total[bin] + priorSeconds));
  }
  for (let step = 0; step < MAX_STEPS; step++) {
    const H = new Float64Array(n * n);
    const g = new Float64Array(n);
    for (let bin = 0; bin < bins; bin++) {
      const mean = priorSeconds * Math.exp(beta[bin]);
      g[bin] = mean - PRIOR_EVENTS;
      H[bin * n + bin] = mean;
    }
    for (let row = 0; row < rows; row++) {
      let z = 0;
      for (let i = 0; i < width; i++) z += beta[bins + i] * X[row * width + i];
      let sum = 0;
      for (let bin = 0; bin < bins; bin++) {
        const seconds = exposure[row * bins + bin];
        if (seconds === 0) continue;
        const mean = seconds * Math.exp(Math.min(30, beta[bin] + z));
        sum += mean;
        g[bin] += mean;
        H[bin * n + bin] += mean;
        for (let i = 0; i < width; i++) H[(bins + i) * n + bin] += mean * X[row * width + i];
      }
      const residual = sum - (eventBin[row] >= 0 ? 1 : 0);
      if (eventBin[row] >= 0) g[eventBin[row]] -= 1;
      for (let i = 0; i < width; i++) {
        const x = X[row * width + i];
        if (x === 0) continue;
        g[bins + i] += residual * x;
        const scaled = sum * x;
        for (let j = 0; j <= i; j++) H[(bins + i) * n + bins + j] += scaled * X[row * width + j];
      }
    }
    for (let i = bins; i < n; i++) {
      g[i] += l2 * beta[i];
      H[i * n + i] += l2;
    }
    const change = solveSymmetric(H, g, n);
    // Newton's step for an exponential may overshoot far; a step of 2 on the log scale is a factor of 7.
    const largest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const share = Math.min(1, 2 / largest);
    for (let i = 0; i < n; i++) beta[i] -= share * change[i];
    if (largest < TOLERANCE) break;
  }
  return {
    edgesSeconds,
    logHazards: [...beta.subarray(0, bins)],
    weights: Float32Array.from(beta.subarray(bins)),
    weight: 1,
  };
}

/**
 * When the share `level` of the conversions that come between `from` and the horizon has come, for a prepared row.
 *
 * @example
 * hazardQuantile({ edgesSeconds: [100], logHazards: [Math.log(0.01)], weights, weight: 1 }, x, 0, 0, 0.5); // 38.01
 */
export function hazardQuantile(
  { edgesSeconds, logHazards, weights }: Hazard,
  X: ArrayLike<number>,
  offset: number,
  fromSeconds: number,
  level: number,
): number {
  let z = 0;
  for (let i = 0; i < weights.length; i++) z += weights[i] * X[offset + i];
  const horizon = edgesSeconds[edgesSeconds.length - 1];
  let cumulative = 0;
  let start = 0;
  for (let bin = 0; bin < edgesSeconds.length; bin++) {
    const seconds = edgesSeconds[bin] - Math.max(fromSeconds, start);
    if (seconds > 0) cumulative += seconds * Math.exp(Math.min(30, logHazards[bin] + z));
    start = edgesSeconds[bin];
  }
  // Share of conversions before the horizon, then the cumulative hazard at which `level` of them has come.
  const target = -Math.log1p(level * Math.expm1(-cumulative));
  let sum = 0;
  start = 0;
  for (let bin = 0; bin < edgesSeconds.length; bin++) {
    const begin = Math.max(fromSeconds, start);
    const seconds = edgesSeconds[bin] - begin;
    start = edgesSeconds[bin];
    if (seconds <= 0) continue;
    const hazard = Math.exp(Math.min(30, logHazards[bin] + z));
    if (sum + seconds * hazard >= target) return begin + (target - sum) / hazard;
    sum += seconds * hazard;
  }
  return Math.max(horizon, fromSeconds);
}
