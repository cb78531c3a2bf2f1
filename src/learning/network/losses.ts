import { logistic } from "./steps.ts";

/** A loss over a batch: returns the mean, and writes its gradient into `gradient`. */
export type Loss = (outputs: Float64Array, targets: Float64Array, rows: number, gradient: Float64Array) => number;

/** Binary cross-entropy of logits: max(z, 0) - z y + log(1 + e^-|z|), which never overflows. */
export const bceWithLogits: Loss = (logits, targets, rows, gradient) => {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const z = logits[i];
    sum += Math.max(z, 0) - z * targets[i] + Math.log1p(Math.exp(-Math.abs(z)));
    gradient[i] = (logistic(z) - targets[i]) / rows;
  }
  return sum / rows;
};

/** Huber (1964): squared up to `delta`, straight beyond, so a few very late conversions do not pull the rest. */
export function huber(delta: number): Loss {
  return (outputs, targets, rows, gradient) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const error = outputs[i] - targets[i];
      const size = Math.abs(error);
      sum += size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
      gradient[i] = Math.max(-delta, Math.min(delta, error)) / rows;
    }
    return sum / rows;
  };
}
