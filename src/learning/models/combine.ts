import { logistic } from "../network/steps.ts";
import { fitLogistic } from "./linear.ts";
import type { Classifier } from "./model.ts";

/** Members' logits of unseen rows, with the truth. */
export interface MemberRows {
  readonly logits: readonly ArrayLike<number>[];
  readonly y: ArrayLike<number>;
}

/** Weights of members in a logit. */
export interface Combination {
  readonly weights: readonly number[];
  readonly bias: number;
}

/** In rows: members that say nearly the same share the weight. */
const STACKING_PENALTY = 10;

/** Every member alike. */
export function averageOf(members: number): Combination {
  return { weights: new Array<number>(members).fill(1 / members), bias: 0 };
}

/**
 * Stacked generalisation (Wolpert 1992): a logistic regression on the members' logits, weights not below 0 (Breiman 1996),
 * fitted on rows that no member has learned from. A member that would count against itself is left out.
 *
 * @example
 * stack({ logits: [[2, -2, 2], [0, 0, 1]], y: [1, 0, 1] }).weights; // [0.47, 0]
 */
export function stack({ logits, y }: MemberRows): Combination {
  const rows = y.length;
  const weights = new Array<number>(logits.length).fill(0);
  let kept = logits.map((_, i) => i);
  for (;;) {
    const width = kept.length;
    const X = new Float64Array(rows * width);
    kept.forEach((member, column) => {
      for (let row = 0; row < rows; row++) X[row * width + column] = logits[member][row];
    });
    const fitted = fitLogistic({ rows, width, X, targets: y }, { l2: STACKING_PENALTY });
    const positive = kept.filter((_, column) => fitted.weights[column] > 0);
    if (positive.length === kept.length) {
      kept.forEach((member, column) => {
        weights[member] = fitted.weights[column];
      });
      return { weights, bias: fitted.bias };
    }
    kept = positive;
  }
}

/** The members' logits, combined. */
export function combineLogits(logits: readonly ArrayLike<number>[], { weights, bias }: Combination): Float64Array {
  return Float64Array.from({ length: logits[0].length }, (_, row) =>
    logits.reduce((sum, own, i) => sum + weights[i] * own[row], bias),
  );
}

/** Members with weight 0 are left out; one member of weight 1 is itself. */
export function ensembleOf(
  members: readonly Exclude<Classifier, { kind: "ensemble" }>[],
  { weights, bias }: Combination,
): Classifier {
  const kept = members.flatMap((member, i) => (weights[i] === 0 ? [] : [{ member, weight: weights[i] }]));
  if (kept.length === 1 && kept[0].weight === 1 && bias === 0) return kept[0].member;
  return {
    kind: "ensemble",
    members: kept.map(({ member }) => member),
    weights: kept.map(({ weight }) => weight),
    bias,
  };
}

/** Mean log loss of logits. */
export function logLossOf(logits: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum -= Math.log(y[i] === 1 ? logistic(logits[i]) : logistic(-logits[i]));
  return sum / y.length;
}
