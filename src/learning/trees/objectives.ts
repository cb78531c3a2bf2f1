import type { Trees } from "./trees.ts";

/** Targets with the weight of each row, or null for ones. */
export interface WeightedTargets {
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number> | null;
}

/** A loss of raw scores. Hessians are those of the second-order step; Huber's is the bound 1, which never overshoots. */
export interface Objective {
  readonly name: Trees["objective"];
  /** The best constant score. */
  base(data: WeightedTargets): number;
  /** Writes (gradient, hessian) of each row, weights included. */
  derive(scores: Float64Array, data: WeightedTargets, derivatives: Float64Array): void;
  /** Weighted mean. */
  loss(scores: Float64Array, data: WeightedTargets): number;
}

/** Hessians stay above this (XGBoost's value): a row the model is sure of still counts. */
const MIN_HESSIAN = 1e-16;

const logisticObjective: Objective = {
  name: "logistic",
  base(data) {
    const rate = weightedMean(data, (i) => data.targets[i]);
    return Math.log(rate / (1 - rate));
  },
  derive(scores, { targets, weights }, derivatives) {
    for (let i = 0; i < scores.length; i++) {
      const p = 1 / (1 + Math.exp(-scores[i]));
      const weight = weights === null ? 1 : weights[i];
      derivatives[2 * i] = weight * (p - targets[i]);
      derivatives[2 * i + 1] = weight * Math.max(p * (1 - p), MIN_HESSIAN);
    }
  },
  loss: (scores, data) =>
    weightedMean(data, (i) => {
      const z = scores[i];
      return Math.max(z, 0) - z * data.targets[i] + Math.log1p(Math.exp(-Math.abs(z)));
    }),
};

const squaredObjective: Objective = {
  name: "squared",
  base: (data) => weightedMean(data, (i) => data.targets[i]),
  derive(scores, { targets, weights }, derivatives) {
    for (let i = 0; i < scores.length; i++) {
      const weight = weights === null ? 1 : weights[i];
      derivatives[2 * i] = weight * (scores[i] - targets[i]);
      derivatives[2 * i + 1] = weight;
    }
  },
  loss: (scores, data) => weightedMean(data, (i) => 0.5 * (scores[i] - data.targets[i]) ** 2),
};

const huberObjective = (delta: number): Objective => ({
  name: "huber",
  base: weightedMedian,
  derive(scores, { targets, weights }, derivatives) {
    for (let i = 0; i < scores.length; i++) {
      const weight = weights === null ? 1 : weights[i];
      const error = scores[i] - targets[i];
      derivatives[2 * i] = weight * Math.max(-delta, Math.min(delta, error));
      derivatives[2 * i + 1] = weight;
    }
  },
  loss: (scores, data) =>
    weightedMean(data, (i) => {
      const size = Math.abs(scores[i] - data.targets[i]);
      return size <= delta ? 0.5 * size * size : delta * (size - 0.5 * delta);
    }),
});

/** The objective of that name; `delta` is where Huber's loss turns straight. */
export function objectiveOf(name: Trees["objective"], delta: number): Objective {
  return name === "huber" ? huberObjective(delta) : name === "squared" ? squaredObjective : logisticObjective;
}

function weightedMean({ targets, weights }: WeightedTargets, termOf: (i: number) => number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < targets.length; i++) {
    const weight = weights === null ? 1 : weights[i];
    // A weight of 0 leaves the row out, infinite loss or not.
    if (weight > 0) sum += weight * termOf(i);
    total += weight;
  }
  return sum / total;
}

function weightedMedian({ targets, weights }: WeightedTargets): number {
  const order = Array.from({ length: targets.length }, (_, i) => i).sort((a, b) => targets[a] - targets[b]);
  const weightOf = (i: number) => (weights === null ? 1 : weights[i]);
  const half = order.reduce((sum, i) => sum + weightOf(i), 0) / 2;
  let sum = 0;
  for (const i of order) {
    sum += weightOf(i);
    if (sum >= half) return targets[i];
  }
  return targets[order[order.length - 1]];
}
