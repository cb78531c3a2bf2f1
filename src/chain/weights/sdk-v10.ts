import { InvalidArgumentError } from "../../core/index.ts";

const EPSILON = 1e-7;
const FILLER = 1e-5;

/** The number types of numpy that the SDK computes in: what every result is rounded to. */
export type Precision = (value: number) => number;
const float32: Precision = Math.fround;
const float64: Precision = (value) => value;

/** numpy's pairwise sum: eight running sums per block of 128, halves above. Order matters for the last digit. */
function pairwiseSum(values: readonly number[], round: Precision): number {
  const n = values.length;
  if (n > 128) {
    const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
    return round(pairwiseSum(values.slice(0, half), round) + pairwiseSum(values.slice(half), round));
  }
  const add = (a: number, b: number) => round(a + b);
  if (n < 8) return values.reduce(add, 0);
  const whole = n - (n % 8);
  const lane = (i: number) => {
    let sum = values[i] ?? 0;
    for (let at = i + 8; at < whole; at += 8) sum = add(sum, values[at] ?? 0);
    return sum;
  };
  const [a, b, c, d, e, f, g, h] = [lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7)];
  const lanes = add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)));
  return values.slice(whole).reduce(add, lanes);
}

/**
 * The SDK's `normalize_max_weight`, digit for digit: shares that sum to 1 with none above the limit.
 *
 * @param values in the precision that `round` makes.
 */
function normaliseLikeSdk(values: readonly number[], limit: number, round: Precision): number[] {
  const n = values.length;
  const share = (parts: readonly number[]) => {
    const sum = pairwiseSum(parts, round);
    return parts.map((part) => round(part / sum));
  };
  if (pairwiseSum(values, round) === 0 || n * limit <= 1) return values.map(() => round(1 / n));
  const sorted = [...values].sort((a, b) => a - b);
  const estimation = share(sorted);
  if ((estimation[n - 1] ?? 0) <= round(limit)) return share(values);
  let running = 0;
  const cumulative = estimation.map((part) => (running = round(running + part)));
  const count = estimation.filter((part, i) => {
    const above = round(round(n - i - 1) * part);
    const total = round(round(round(above) + (cumulative[i] ?? 0)) + round(EPSILON));
    return round(part / total) < round(limit);
  }).length;
  // A count of 0 takes Python's element -1, the last.
  const below = cumulative[count === 0 ? n - 1 : count - 1] ?? 0;
  const scale = round(round(round(limit) * below) - round(EPSILON)) / (1 - limit * (n - count));
  const cutoff = scale * pairwiseSum(sorted, round);
  return share(values.map((value) => (value > cutoff ? round(cutoff) : value)));
}

/** numpy's linearly interpolated quantile of float32 numbers. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = float32((sorted.length - 1) * float32(q));
  const lower = Math.floor(at);
  const [a = 0, b = a] = [sorted[lower], sorted[lower + 1]];
  const weight = float32(at - lower);
  const difference = float32(b - a);
  return weight < 0.5
    ? float32(a + float32(difference * weight))
    : float32(b - float32(difference * float32(1 - weight)));
}

/** Inputs of `processWeights` and the SDK's `process_weights_for_netuid`. */
export interface WeightInputs {
  /** Each once, below `neuronCount`. */
  readonly uids: readonly number[];
  /** One per uid, of any scale. */
  readonly weights: readonly number[];
  /** Neurons of the subnet; their uids are 0 to neuronCount - 1. */
  readonly neuronCount: number;
  readonly minAllowedWeights: number;
  /** Largest share of one uid, 0 to 1. */
  readonly maxWeightLimit: number;
  /** u16: the part of the paid, of 65535, that is dropped from below, as far as the minimum allows. */
  readonly excludeQuantile?: number;
}

/**
 * What `process_weights_for_netuid` of SDK v10 makes, digit for digit with numpy 2, its traps included: NaN and negative weights count as
 * none; with nothing left, or fewer neurons than the minimum, **everybody gets the same**; and where too few are
 * weighted, weights go to the neuron at the *position* in the list instead of to the uid.
 *
 * @returns shares that sum to 1.
 * @throws {InvalidArgumentError} where numpy would fail: lists of different lengths, or a position that is no neuron.
 * @example
 * processWeightsSdkV10({ uids: [0, 1], weights: [0, 0], neuronCount: 2, minAllowedWeights: 1, maxWeightLimit: 1 }).shares; // [0.5, 0.5]
 */
export function processWeightsSdkV10({
  uids,
  weights,
  neuronCount,
  minAllowedWeights,
  maxWeightLimit,
  excludeQuantile = 0,
}: WeightInputs): { uids: number[]; shares: number[] } {
  if (uids.length !== weights.length) {
    throw new InvalidArgumentError({ argument: "weights", problem: `must be as many as the uids (${uids.length})` });
  }
  const everybody = Array.from({ length: neuronCount }, (_, uid) => uid);
  const kept = weights.flatMap((weight, position) => {
    const value = float32(weight);
    return value > 0 ? [{ position, uid: uids[position] ?? 0, value }] : [];
  });
  if (kept.length === 0 || neuronCount < minAllowedWeights) {
    return { uids: everybody, shares: everybody.map(() => 1 / neuronCount) };
  }
  if (kept.length < minAllowedWeights) {
    const values = everybody.map(() => FILLER);
    for (const { position, value } of kept) {
      if (position >= neuronCount) {
        throw new InvalidArgumentError({
          argument: "weights",
          problem: `must be at most ${neuronCount}`,
          value: weights.length,
        });
      }
      values[position] = (values[position] ?? 0) + value;
    }
    return { uids: everybody, shares: normaliseLikeSdk(values, maxWeightLimit, float64) };
  }
  const values = kept.map(({ value }) => value);
  const maxExclude = Math.max(0, kept.length - minAllowedWeights) / kept.length;
  const lowest = quantile(values, Math.min(excludeQuantile / 65_535, maxExclude));
  const rest = kept.filter(({ value }) => lowest <= value);
  return {
    uids: rest.map(({ uid }) => uid),
    shares: normaliseLikeSdk(
      rest.map(({ value }) => value),
      maxWeightLimit,
      float32,
    ),
  };
}
