import { fixedBonds, relativeBonds } from "./bonds.ts";
import { consensusOf } from "./consensus.ts";
import { columnSums, type Matrix, mapped, normalised, type SparseRow, sumOf } from "./matrix.ts";

/** What an epoch is computed of. Every list is by uid. */
export interface YumaInput {
  /** Shares of the stake, those below the threshold 0; they sum to 1, or all are 0. */
  readonly stake: readonly number[];
  readonly active: readonly boolean[];
  /** Whose rows and stake count: the permits of the epoch before. */
  readonly permits: readonly boolean[];
  /** Any scale; what is masked is left out. */
  readonly weights: readonly SparseRow[];
  /** u16, as the epoch before stored them; what is masked is left out. */
  readonly bonds: readonly SparseRow[];
  /** Majority that a consensus needs, 0 to 1. */
  readonly kappa: number;
  /** 1 = bonds are bought by clipped weights, 0 = by weights as given. */
  readonly bondsPenalty: number;
  /** Share of the old bonds that is kept, 0 to 1. */
  readonly bondsMovingAverage: number;
  /** 3 keeps bonds as fixed proportions. */
  readonly yumaVersion: number;
}
/** What an epoch makes of it, by uid, 0 to 1. */
export interface YumaResult {
  readonly consensus: Float64Array;
  readonly validatorTrust: Float64Array;
  /** Sums to 1, or all are 0. */
  readonly incentive: Float64Array;
  /** Sums to 1, or all are 0. */
  readonly dividends: Float64Array;
  /** u16, as stored. */
  readonly bonds: readonly SparseRow[];
  /** Shares of the emission for mining; with `validatorShare` they sum to 1, or all are 0. */
  readonly minerShare: Float64Array;
  readonly validatorShare: Float64Array;
}

const U16 = 65_535;
/** A share as the chain stores it: u16, rounded down, what floating point lost aside. */
export const toU16 = (share: number): number => Math.min(U16, Math.floor(share * U16 + 1e-6));

/** Dense rows of some uids. */
const dense = (rows: readonly SparseRow[], uids: readonly number[], columns: number): Float64Array[] =>
  uids.map((uid) => {
    const line = new Float64Array(columns);
    for (const [column, value] of rows[uid] ?? []) if (column < columns) line[column] = value;
    return line;
  });

/**
 * Yuma consensus, one epoch, in the order of the chain (`epoch_mechanism` of pallet subtensor): weights, consensus, clipping, trust,
 * ranks, bonds, dividends, emission. Pure; floating point where the chain has fixed point.
 *
 * @example
 * const one = { stake: [1, 0], active: [true, true], permits: [true, false], weights: [new Map([[1, 9]]), new Map()] };
 * yuma({ ...one, bonds: [], kappa: 0.5, bondsPenalty: 1, bondsMovingAverage: 0.9, yumaVersion: 2 }).incentive; // [0, 1]
 */
export function yuma(input: YumaInput): YumaResult {
  const columns = input.stake.length;
  const voters = input.permits.flatMap((permit, uid) => (permit && uid < columns ? [uid] : []));
  const stake = normalised(
    Float64Array.from(voters, (uid) => (input.active[uid] === true ? (input.stake[uid] ?? 0) : 0)),
  );
  const weights: Matrix = dense(input.weights, voters, columns).map(normalised);

  const consensus = consensusOf(weights, stake, columns, input.kappa);
  const clipped = mapped(weights, (weight, _, column) => Math.min(weight, consensus[column] ?? 0));
  const incentive = normalised(columnSums(clipped, columns, stake));

  const q = input.bondsPenalty;
  const computeBonds = input.yumaVersion === 3 ? fixedBonds : relativeBonds;
  const bonded = computeBonds({
    weights: mapped(weights, (weight, row, column) => (1 - q) * weight + q * (clipped[row]?.[column] ?? 0)),
    bonds: mapped(dense(input.bonds, voters, columns), (value) => value / U16),
    stake,
    incentive,
    alpha: 1 - input.bondsMovingAverage,
  });

  const byUid = (values: Float64Array) => {
    const all = new Float64Array(columns);
    for (const [row, uid] of voters.entries()) all[uid] = values[row] ?? 0;
    return all;
  };
  const dividends = byUid(bonded.dividends);
  const total = sumOf(incentive) + sumOf(dividends);
  // Nobody has set anything: validators are paid by their stake, the active ones first.
  const fallback = sumOf(stake) > 0 ? byUid(stake) : normalised(Float64Array.from(input.stake));
  const bonds: SparseRow[] = Array.from({ length: columns }, () => new Map());
  for (const [row, uid] of voters.entries()) {
    const stored = new Map<number, number>();
    bonded.bonds[row]?.forEach((value, column) => {
      const kept = toU16(value);
      if (kept > 0) stored.set(column, kept);
    });
    bonds[uid] = stored;
  }
  return {
    consensus,
    validatorTrust: byUid(Float64Array.from(clipped, sumOf)),
    incentive,
    dividends,
    bonds,
    minerShare: incentive.map((value) => (total > 0 ? value / total : 0)),
    validatorShare: total > 0 ? dividends.map((value) => value / total) : fallback,
  };
}
