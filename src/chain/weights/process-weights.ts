import { InvalidArgumentError } from "../../core/index.ts";
import { type ChainWeights, chainWeights, emitWeights } from "../../scoring/index.ts";
import { NoWeightsError } from "./errors.ts";
import { processWeightsSdkV10, type WeightInputs } from "./sdk-v10.ts";

function assertInputs({
  uids,
  weights,
  neuronCount,
  minAllowedWeights,
  maxWeightLimit,
  excludeQuantile = 0,
}: WeightInputs): void {
  const refuse = (argument: string, problem: string, value?: unknown) => {
    throw new InvalidArgumentError({ argument, problem, value });
  };
  if (weights.length !== uids.length) refuse("weights", `must be as many as the uids (${uids.length})`, weights.length);
  const counts = { neuronCount, minAllowedWeights, excludeQuantile };
  for (const [argument, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      refuse(argument, "must be a whole number from 0 to 65535", value);
  }
  if (!(maxWeightLimit > 0 && maxWeightLimit <= 1))
    refuse("maxWeightLimit", "must be above 0 and at most 1", maxWeightLimit);
  uids.forEach((uid, i) => {
    if (!Number.isInteger(uid) || uid < 0 || uid >= neuronCount)
      refuse(`uids[${i}]`, `must be a uid below ${neuronCount}`, uid);
  });
  if (new Set(uids).size < uids.length) refuse("uids", "must hold each uid once");
  weights.forEach((weight, i) => {
    if (!Number.isFinite(weight) || weight < 0) refuse(`weights[${i}]`, "must be finite and not negative", weight);
  });
}

/** Of the paid, those at or above the quantile, as far as the minimum allows; all of them for 0. */
function withoutLowest(
  paid: readonly (readonly [number, number])[],
  excludeQuantile: number,
  minimum: number,
): Map<number, number> {
  const q = Math.min(excludeQuantile / 65_535, Math.max(0, paid.length - minimum) / paid.length);
  const sorted = paid.map(([, weight]) => weight).sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const lower = Math.floor(at);
  const [a = 0, b = a] = [sorted[lower], sorted[lower + 1]];
  // The other form of a + (b - a) * t could come out above b, and then nobody be left.
  const lowest = Math.min(b, a + (b - a) * (at - lower));
  return new Map(paid.filter(([, weight]) => weight >= lowest));
}

/**
 * Weights by uid to what the chain takes, by the steps of SDK v10 (lowest quantile out, at least the minimum, no share above the limit,
 * u16 with the largest 65535, half to even), and never uniform by accident: what the SDK turns into equal weights is refused
 * here, and what has to be changed is said in `notes`.
 *
 * Fewer neurons than the minimum is no reason to refuse, since the chain then asks for all of them: they are filled up with the smallest
 * weight. With `compat: "sdk-v10"` the result is the SDK's own to the digit, uniform weights and all (see
 * `processWeightsSdkV10`); for comparisons, not for a validator.
 *
 * @returns parallel lists without zeros.
 * @throws {NoWeightsError} when nobody has a weight above 0.
 * @throws {InvalidArgumentError} for NaN, infinite or negative weights, unknown or repeated uids, lists of different lengths.
 * @example
 * processWeights({ uids: [1, 2, 3], weights: [1, 2, 4], neuronCount: 4, minAllowedWeights: 1, maxWeightLimit: 1 }).weights; // [16384, 32768, 65535]
 */
export function processWeights({ compat, ...inputs }: WeightInputs & { compat?: "sdk-v10" }): ChainWeights {
  if (compat === "sdk-v10") {
    const { uids, shares } = processWeightsSdkV10(inputs);
    return { ...emitWeights(uids, shares), notes: [] };
  }
  assertInputs(inputs);
  const { uids, weights, neuronCount, minAllowedWeights, maxWeightLimit, excludeQuantile = 0 } = inputs;
  const paid = uids.map((uid, i) => [uid, weights[i] ?? 0] as const).filter(([, weight]) => weight > 0);
  if (paid.length === 0) throw new NoWeightsError({ uids: uids.length });
  // Scaled, so that no sum overflows: sums of shares that came out 0 would leave fillers only.
  const largest = Math.max(...paid.map(([, weight]) => weight));
  const scaled = paid.map(([uid, weight]) => [uid, weight / largest] as const);
  const pay = withoutLowest(scaled, excludeQuantile, minAllowedWeights);
  const allUids = Array.from({ length: neuronCount }, (_, uid) => uid);
  const row = chainWeights({ pay, allUids, minAllowedWeights, maxWeightLimit });
  if (row === null) throw new NoWeightsError({ uids: uids.length });
  const dropped = paid.length - pay.size;
  return dropped === 0 ? row : { ...row, notes: [`left out ${dropped} uids below the quantile`, ...row.notes] };
}
