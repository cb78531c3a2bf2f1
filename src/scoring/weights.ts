import { InvalidArgumentError } from "../core/index.ts";

/** Weights as the chain takes them: parallel lists, the largest 65535. */
export interface ChainWeights {
  readonly uids: readonly number[];
  readonly weights: readonly number[];
  /** What was done beyond scaling, in words for the log. */
  readonly notes: readonly string[];
}

const U16 = 65_535;
const EPSILON = 1e-7;

/**
 * Scales to sum 1 with no share above `limit`, the SDK's `normalize_max_weight`: the largest are cut to one common height.
 * When the limit cannot hold (count * limit <= 1), everyone gets the same.
 *
 * @example
 * normaliseMaxWeight([1, 1, 1, 1, 96], 0.4).map((w) => Math.round(w * 100) / 100); // [0.15, 0.15, 0.15, 0.15, 0.4]
 */
export function normaliseMaxWeight(values: readonly number[], limit: number): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  const n = values.length;
  if (sum === 0 || n * limit <= 1) return values.map(() => 1 / n);
  // Where shares of so small or so large a sum would be no numbers.
  if (sum < 1e-290 || sum === Number.POSITIVE_INFINITY) {
    const largest = Math.max(...values);
    return normaliseMaxWeight(
      values.map((value) => value / largest),
      limit,
    );
  }
  const sorted = [...values].sort((a, b) => a - b);
  const shares = sorted.map((value) => value / sum);
  if ((shares[n - 1] ?? 0) <= limit) return values.map((value) => value / sum);
  let cumulative = 0;
  const cumulatives = shares.map((share) => (cumulative += share));
  let k = 0;
  shares.forEach((share, i) => {
    if (share / ((n - i - 1) * share + (cumulatives[i] ?? 0) + EPSILON) < limit) k += 1;
  });
  const below = k === 0 ? 0 : (cumulatives[k - 1] ?? 0);
  const cutoff = ((limit * below - EPSILON) / (1 - limit * (n - k))) * sum;
  const cut = values.map((value) => Math.min(value, cutoff));
  const cutSum = cut.reduce((total, value) => total + value, 0);
  return cut.map((value) => value / cutSum);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Shares to whole numbers of at most 65535, the largest of them; half to even. What rounds to 0 is dropped.
 *
 * @throws {InvalidArgumentError} for lists of different lengths, and for a share that is negative or not finite.
 * @example
 * emitWeights([1, 2, 3], [1, 0, 2]); // { uids: [1, 3], weights: [32768, 65535] }
 */
export function emitWeights(uids: readonly number[], values: readonly number[]): { uids: number[]; weights: number[] } {
  if (uids.length !== values.length) {
    throw new InvalidArgumentError({
      argument: "values",
      problem: `must be as many as the uids (${uids.length})`,
      value: values.length,
    });
  }
  for (const value of values) {
    if (!(value >= 0) || value === Number.POSITIVE_INFINITY) {
      throw new InvalidArgumentError({ argument: "values", problem: "must be finite and not negative", value });
    }
  }
  const largest = Math.max(0, ...values);
  const out = { uids: [] as number[], weights: [] as number[] };
  if (largest === 0) return out;
  values.forEach((value, i) => {
    const weight = roundHalfEven((value / largest) * U16);
    if (weight === 0) return;
    out.uids.push(uids[i] ?? 0);
    out.weights.push(weight);
  });
  return out;
}

/**
 * From what each miner is paid for to what the chain takes. Zero and missing pay means no weight; when nobody has any, null:
 * weights are not set, never uniform by accident. Fewer uids than the chain demands are filled up with the
 * smallest weight (1 of 65535), and the notes say so.
 *
 * @param pay by uid; finite, not negative.
 * @param allUids every registered uid, for filling up.
 * @param maxWeightLimit largest share of one uid, 0 to 1.
 * @throws {InvalidArgumentError} for NaN, infinite or negative pay.
 * @example
 * chainWeights({ pay: new Map([[1, 1], [2, 2], [3, 5]]), allUids: [0, 1, 2, 3], minAllowedWeights: 1, maxWeightLimit: 1 })?.weights; // [13107, 26214, 65535]
 */
export function chainWeights({
  pay,
  allUids,
  minAllowedWeights,
  maxWeightLimit,
}: {
  pay: ReadonlyMap<number, number>;
  allUids: readonly number[];
  minAllowedWeights: number;
  maxWeightLimit: number;
}): ChainWeights | null {
  for (const [uid, value] of pay) {
    if (!Number.isFinite(value) || value < 0) {
      throw new InvalidArgumentError({
        argument: `pay of uid ${uid}`,
        problem: "must be finite and not negative",
        value,
      });
    }
  }
  const paid = [...pay].filter(([, value]) => value > 0).sort(([a], [b]) => a - b);
  if (paid.length === 0) return null;
  const notes: string[] = [];
  const values = normaliseMaxWeight(
    paid.map(([, value]) => value),
    maxWeightLimit,
  );
  if (paid.length * maxWeightLimit <= 1 && paid.length > 1)
    notes.push("the chain's largest share leaves no choice but equal weights");
  const emitted = emitWeights(
    paid.map(([uid]) => uid),
    values,
  );
  const missing = Math.min(minAllowedWeights, allUids.length) - emitted.uids.length;
  if (missing > 0) {
    const filler = allUids.filter((uid) => !emitted.uids.includes(uid)).slice(0, missing);
    emitted.uids.push(...filler);
    emitted.weights.push(...filler.map(() => 1));
    notes.push(`filled up with weight 1 for ${filler.length} uids: the chain demands ${minAllowedWeights}`);
  }
  return { ...emitted, notes };
}
