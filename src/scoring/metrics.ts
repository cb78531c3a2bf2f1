import { InvalidArgumentError } from "../core/index.ts";

function checkFinite(argument: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new InvalidArgumentError({ argument: `${argument}[${i}]`, problem: "must be finite", value: values[i] });
  }
}

function checkPairs(p: ArrayLike<number>, y: ArrayLike<number>): void {
  if (p.length !== y.length) {
    throw new InvalidArgumentError({
      argument: "labels",
      problem: `must be as many as the scores (${p.length})`,
      value: y.length,
    });
  }
  checkFinite("scores", p);
  checkFinite("labels", y);
}

/**
 * Area under the ROC curve by ranks (Mann and Whitney), ties counted half. Null when a class is missing.
 *
 * @param scores one finite number per case, higher = more likely.
 * @param labels 0 or 1.
 * @example
 * auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // 0.75
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  checkPairs(scores, labels);
  const order = Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => Number(scores[a]) - Number(scores[b]),
  );
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tied = 0;
    while (end < order.length && scores[Number(order[end])] === scores[Number(order[start])]) {
      tied += Number(labels[Number(order[end])]);
      end += 1;
    }
    positives += tied;
    rankSum += tied * ((start + 1 + end) / 2);
    start = end;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean squared error of probabilities (Brier 1950). Null for no case.
 *
 * @example
 * brierScore([1, 0.5], [1, 0]); // 0.125
 */
export function brierScore(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  checkPairs(probabilities, labels);
  return mean(Array.from(probabilities, (p, i) => (p - Number(labels[i])) ** 2));
}

/**
 * Mean negative log likelihood in nats, probabilities clipped to [1e-7, 1 - 1e-7]. Null for no case.
 *
 * @example
 * logLoss([0.5], [1]); // 0.6931471805599453
 */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  checkPairs(probabilities, labels);
  const clip = (p: number) => Math.min(1 - 1e-7, Math.max(1e-7, p));
  return mean(Array.from(probabilities, (p, i) => -Math.log(Number(labels[i]) === 1 ? clip(p) : 1 - clip(p))));
}

/**
 * Arithmetic mean; null for no value.
 *
 * @throws {InvalidArgumentError} for a value that is not finite.
 * @example
 * mean([1, 2, 6]); // 3
 */
export function mean(values: ArrayLike<number>): number | null {
  checkFinite("values", values);
  if (values.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Number(values[i]);
  return sum / values.length;
}

/**
 * Quantile with linear interpolation between order statistics (type 7). Null for no value.
 *
 * @param q in [0, 1].
 * @example
 * quantile([1, 2, 3, 4], 0.5); // 2.5
 */
export function quantile(values: ArrayLike<number>, q: number): number | null {
  if (!(q >= 0 && q <= 1)) throw new InvalidArgumentError({ argument: "q", problem: "must be in [0, 1]", value: q });
  checkFinite("values", values);
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = Number(sorted[below]);
  return low + (at - below) * (Number(sorted[Math.min(below + 1, sorted.length - 1)]) - low);
}

/**
 * The middle value; null for no value.
 *
 * @throws {InvalidArgumentError} for a value that is not finite.
 * @example
 * median([1, 2, 6]); // 2
 */
export function median(values: ArrayLike<number>): number | null {
  return quantile(values, 0.5);
}
