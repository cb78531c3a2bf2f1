import { logistic } from "../network/steps.ts";
import { fitLogistic } from "./linear.ts";
import { shrinkWeight } from "./shrink.ts";

/** What turns a classifier's probability into an honest one; fitted on rows that the classifier has not learned from. */
export type Calibration =
  | { readonly kind: "none" }
  /** `rate + weight * (p - rate)`: towards the base rate, as far as unseen rows demand. */
  | { readonly kind: "shrink"; readonly weight: number }
  /** `sigmoid(logit / temperature)` (Guo et al. 2017). */
  | { readonly kind: "temperature"; readonly temperature: number }
  /** `sigmoid(slope * logit + intercept)` (Platt 1999). */
  | { readonly kind: "platt"; readonly slope: number; readonly intercept: number }
  /** Rising steps, straight between them (Zadrozny and Elkan 2002): `inputs` rise, `outputs` never fall. */
  | { readonly kind: "isotonic"; readonly inputs: readonly number[]; readonly outputs: readonly number[] };

/** The ways to make probabilities honest; docs/models.md compares them. */
export const CALIBRATIONS = ["none", "shrink", "temperature", "platt", "isotonic"] as const;

/** Logits beyond this say nothing more in f64 probabilities. */
const MAX_LOGIT = 30;

/** The reverse of the logistic function, within +-30. */
export function logitOf(probability: number): number {
  const logit = Math.log(probability) - Math.log1p(-probability);
  return Math.max(-MAX_LOGIT, Math.min(MAX_LOGIT, logit));
}

/** Predictions on unseen rows with their truth. */
export interface CalibrationRows {
  readonly logits: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly groups: readonly string[];
  readonly rate: number;
}

/** Slope and intercept by maximum likelihood; the targets are pulled in by one pseudo-count a class, as Platt did. */
function fitPlatt({ logits, y }: CalibrationRows): { slope: number; intercept: number } {
  const rows = logits.length;
  const positives = Array.from(y).reduce((sum, label) => sum + label, 0);
  const [low, high] = [1 / (rows - positives + 2), (positives + 1) / (positives + 2)];
  const targets = Array.from(y, (label) => (label === 1 ? high : low));
  const { weights, bias } = fitLogistic({ rows, width: 1, X: Float64Array.from(logits), targets }, { l2: 1e-6 });
  return { slope: Math.max(0, weights[0]), intercept: bias };
}

/** The temperature of least log loss, by golden section over its logarithm. */
function fitTemperature({ logits, y }: CalibrationRows): number {
  const lossAt = (logTemperature: number) => {
    const scale = Math.exp(-logTemperature);
    let sum = 0;
    for (let i = 0; i < logits.length; i++) {
      const z = logits[i] * scale;
      sum += Math.max(z, 0) - z * y[i] + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return sum;
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.05), Math.log(100)];
  for (let step = 0; step < 60; step++) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (lossAt(a) < lossAt(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/**
 * Pool adjacent violators (Ayer et al. 1955): the non-decreasing steps of least squared error.
 *
 * @example
 * isotonicSteps([1, 2, 3], [0, 1, 0]); // { inputs: [1, 2, 3], outputs: [0, 0.5, 0.5] }
 */
export function isotonicSteps(x: ArrayLike<number>, y: ArrayLike<number>): { inputs: number[]; outputs: number[] } {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a] - x[b]);
  const blocks: { from: number; to: number; sum: number; count: number }[] = [];
  for (const i of order) {
    const last = blocks.at(-1);
    if (last !== undefined && last.to === x[i]) {
      last.sum += y[i];
      last.count += 1;
    } else blocks.push({ from: x[i], to: x[i], sum: y[i], count: 1 });
  }
  const pooled: typeof blocks = [];
  for (const block of blocks) {
    let next = block;
    for (let last = pooled.at(-1); last !== undefined && last.sum * next.count >= next.sum * last.count; ) {
      next = { from: last.from, to: next.to, sum: last.sum + next.sum, count: last.count + next.count };
      pooled.pop();
      last = pooled.at(-1);
    }
    pooled.push(next);
  }
  const inputs: number[] = [];
  const outputs: number[] = [];
  for (const { from, to, sum, count } of pooled) {
    for (const input of from === to ? [from] : [from, to]) {
      inputs.push(input);
      outputs.push(sum / count);
    }
  }
  return { inputs, outputs };
}

/**
 * Fits a calibration on rows that the classifier has not seen.
 *
 * @example
 * fitCalibration("temperature", { logits: [4, -4, 4], y: [1, 0, 0], groups: ["a", "b", "c"], rate: 0.4 }).kind; // "temperature"
 */
export function fitCalibration(kind: Calibration["kind"], rows: CalibrationRows): Calibration {
  if (kind === "none") return { kind };
  if (kind === "temperature") return { kind, temperature: fitTemperature(rows) };
  if (kind === "platt") return { kind, ...fitPlatt(rows) };
  const probabilities = Array.from(rows.logits, logistic);
  if (kind === "isotonic") {
    // One pseudo-count a class at either end: a step of 0 or 1 from a handful of rows would be paid for dearly.
    const { inputs, outputs } = isotonicSteps([...probabilities, 0, 1], [...Array.from(rows.y), rows.rate, rows.rate]);
    return { kind, inputs, outputs };
  }
  return {
    kind,
    weight: shrinkWeight({ forecasts: probabilities, truths: rows.y, base: rows.rate, groups: rows.groups }),
  };
}

/** Straight between the known points, flat outside. */
export function interpolate(inputs: readonly number[], outputs: readonly number[], x: number): number {
  const last = inputs.length - 1;
  if (x <= inputs[0]) return outputs[0];
  if (x >= inputs[last]) return outputs[last];
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (inputs[middle] <= x) low = middle;
    else high = middle;
  }
  const share = (x - inputs[low]) / (inputs[high] - inputs[low]);
  return outputs[low] + share * (outputs[high] - outputs[low]);
}

/** The calibration as a function from logit to probability. */
export function createCalibrate(calibration: Calibration, rate: number): (logit: number) => number {
  switch (calibration.kind) {
    case "none":
      return logistic;
    case "shrink":
      return (logit) => rate + calibration.weight * (logistic(logit) - rate);
    case "temperature":
      return (logit) => logistic(logit / calibration.temperature);
    case "platt":
      return (logit) => logistic(calibration.slope * logit + calibration.intercept);
    case "isotonic":
      return (logit) => interpolate(calibration.inputs, calibration.outputs, logistic(logit));
  }
}
