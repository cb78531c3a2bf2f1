import { type Network, tensorsOf } from "./layers.ts";

/** Applies one step to the parameters, in place; at its own learning rate, or at this step's. */
export interface Optimizer {
  (parameters: Float64Array, gradients: Float64Array, learningRate?: number): void;
  /** What it remembers, live: both moments, and how many steps there were. */
  readonly memory: readonly Float64Array[];
}

/**
 * Adam (Kingma and Ba 2015) with decoupled weight decay on the dense weights (Loshchilov and Hutter 2019).
 *
 * @param learningRate step size; `weightDecay` is multiplied by it, as in PyTorch's AdamW.
 */
export function createAdam(
  shape: Network,
  {
    learningRate,
    weightDecay = 0,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
  }: { learningRate: number; weightDecay?: number; beta1?: number; beta2?: number; epsilon?: number },
): Optimizer {
  const places = tensorsOf(shape);
  const length = places.reduce((sum, place) => sum + place.length, 0);
  const first = new Float64Array(length);
  const second = new Float64Array(length);
  const steps = new Float64Array(1);
  const optimize = (parameters: Float64Array, gradients: Float64Array, now: number = learningRate): void => {
    steps[0] += 1;
    const step = steps[0];
    const rate = now / (1 - beta1 ** step);
    const correction = 1 / Math.sqrt(1 - beta2 ** step);
    for (const { offset, length: count, decays } of places) {
      const keep = decays ? 1 - now * weightDecay : 1;
      for (let i = offset; i < offset + count; i++) {
        const g = gradients[i];
        const m = beta1 * first[i] + (1 - beta1) * g;
        const v = beta2 * second[i] + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i] = keep * parameters[i] - (rate * m) / (Math.sqrt(v) * correction + epsilon);
      }
    }
  };
  return Object.assign(optimize, { memory: [first, second, steps] });
}
