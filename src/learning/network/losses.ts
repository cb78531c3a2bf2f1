import { logistic } from "./curves.ts";

/** How the kernels call a loss: see kernels/assembly/network/losses.ts. */
export interface LossKernel {
  readonly kind: "bce" | "mse" | "huber" | "pinball";
  /** Delta of huber, level of pinball, 0 of the others. */
  readonly parameter: number;
}

/** A loss over a batch: returns the mean, and writes its gradient into `gradient`. `weights`, when given, multiply rows. */
export interface Loss {
  (outputs: Float64Array, targets: Float64Array, rows: number, gradient: Float64Array, weights?: Float64Array): number;
  /** The same loss in the kernels; a loss of your own has none, and trains in plain TypeScript. */
  readonly kernel?: LossKernel;
}

/** The loss and the slope of one element, from its output and target. */
type Element = (output: number, target: number) => number;

function elementwise(kernel: LossKernel, lossOf: Element, slopeOf: Element): Loss {
  const loss: Loss = (outputs, targets, rows, gradient, weights) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const weight = weights === undefined ? 1 : weights[i];
      sum += weight * lossOf(outputs[i], targets[i]);
      gradient[i] = (weight * slopeOf(outputs[i], targets[i])) / rows;
    }
    return sum / rows;
  };
  return Object.assign(loss, { kernel });
}

/** Binary cross-entropy of logits: max(z, 0) - z y + log(1 + e^-|z|), which never overflows. */
export const bceWithLogits: Loss = elementwise(
  { kind: "bce", parameter: 0 },
  (z, target) => Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z))),
  (z, target) => logistic(z) - target,
);

/** Mean squared error. */
export const meanSquared: Loss = elementwise(
  { kind: "mse", parameter: 0 },
  (output, target) => (output - target) ** 2,
  (output, target) => 2 * (output - target),
);

/** Huber (1964): squared up to `delta`, straight beyond, so a few very late conversions do not pull the rest. */
export function huber(delta: number): Loss {
  return elementwise(
    { kind: "huber", parameter: delta },
    (output, target) => {
      const size = Math.abs(output - target);
      return size <= delta ? 0.5 * size * size : delta * (size - 0.5 * delta);
    },
    (output, target) => Math.max(-delta, Math.min(delta, output - target)),
  );
}

/** The pinball loss (Koenker and Bassett 1978), least at the quantile of that level: 0.5 is half the absolute error. */
export function pinball(level: number): Loss {
  const slopeOf: Element = (output, target) => (output > target ? 1 - level : -level);
  return elementwise(
    { kind: "pinball", parameter: level },
    (output, target) => slopeOf(output, target) * (output - target),
    slopeOf,
  );
}
