import { type Hyperparameters, RAO_PER_TAO } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";

/** What a subnet of the ledger is told at its birth: the port's hyperparameters, and what the port has no name for. */
export interface SubnetSettings extends Hyperparameters {
  readonly name: string;
  /** Part of a validator's bonds that it forgoes where the consensus clipped it, 0 to 1. */
  readonly bondsPenalty: number;
  /** What the price of a registration never falls below, and never rises above. */
  readonly minBurnRao: bigint;
  readonly maxBurnRao: bigint;
  /** Blocks in which the price falls to a half. */
  readonly burnHalfLife: number;
  /** By what the price is multiplied after a registration. */
  readonly burnIncrease: number;
  /** What every block earns the subnet; paid at its epoch. */
  readonly emissionRaoPerBlock: bigint;
}

/** A subnet for development: short epochs, one weight is enough, little stake demanded, weights in the clear. */
export const LOCAL_HYPERPARAMETERS: Omit<SubnetSettings, "activityCutoff"> = {
  name: "conversion",
  tempo: 20,
  weightsRateLimit: 10,
  servingRateLimit: 0,
  minAllowedWeights: 1,
  maxWeightLimit: 1,
  weightsVersionKey: 0,
  maxAllowedUids: 256,
  maxValidators: 64,
  stakeThresholdRao: RAO_PER_TAO,
  immunityPeriod: 100,
  burnRao: RAO_PER_TAO / 10n,
  registrationAllowed: true,
  commitReveal: false,
  commitRevealPeriodEpochs: 1,
  commitRevealVersion: 4,
  mechanisms: 1,
  kappa: 32_767 / 65_535,
  bondsMovingAverage: 0.9,
  yumaVersion: 2,
  bondsPenalty: 1,
  minBurnRao: RAO_PER_TAO / 10n,
  maxBurnRao: 100n * RAO_PER_TAO,
  burnHalfLife: 360,
  burnIncrease: 1.26,
  emissionRaoPerBlock: RAO_PER_TAO,
};

/** Amounts are u64 on the chain. Larger ones would pile up to balances that no state file takes. */
export const MOST_RAO = 2n ** 64n - 1n;

type Limits = Readonly<Record<string, readonly [least: number, most: number]>>;
const WHOLE: Limits = {
  tempo: [1, 65_535],
  weightsRateLimit: [0, 1e9],
  servingRateLimit: [0, 1e9],
  minAllowedWeights: [0, 65_535],
  weightsVersionKey: [0, Number.MAX_SAFE_INTEGER],
  maxAllowedUids: [0, 4_096],
  maxValidators: [0, 4_096],
  immunityPeriod: [0, 1e9],
  activityCutoff: [0, 1e9],
  commitRevealPeriodEpochs: [1, 100],
  commitRevealVersion: [0, 65_535],
  mechanisms: [1, 16],
  yumaVersion: [1, 3],
  burnHalfLife: [1, 1e9],
};
const SHARES: Limits = {
  maxWeightLimit: [0, 1],
  kappa: [0, 1],
  bondsMovingAverage: [0, 1],
  bondsPenalty: [0, 1],
  burnIncrease: [1, 10],
};

/**
 * The settings of a subnet: the local ones with changes. The activity cutoff follows the tempo as the chain's does, 13.889 of it.
 *
 * @throws {InvalidArgumentError} naming the first value that no subnet could have.
 * @example
 * subnetSettings({ tempo: 100 }).activityCutoff; // 1388
 */
export function subnetSettings(changes: Partial<SubnetSettings>): SubnetSettings {
  const tempo = changes.tempo ?? LOCAL_HYPERPARAMETERS.tempo;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const settings: SubnetSettings = {
    ...LOCAL_HYPERPARAMETERS,
    activityCutoff: Math.floor((tempo * 13_889) / 1_000),
    ...given,
  };
  const check = (limits: Limits, fits: (value: number) => boolean, problem: string) => {
    for (const [argument, [least, most]] of Object.entries(limits)) {
      const value = settings[argument as keyof SubnetSettings];
      if (typeof value === "number" && fits(value) && value >= least && value <= most) continue;
      throw new InvalidArgumentError({
        argument,
        problem: `must be ${problem} from ${least} to ${most}`,
        value: String(value),
      });
    }
  };
  check(WHOLE, Number.isInteger, "a whole number");
  check(SHARES, Number.isFinite, "a number");
  for (const [argument, value] of Object.entries(settings)) {
    if (typeof value === "bigint" && (value < 0n || value > MOST_RAO))
      throw new InvalidArgumentError({ argument, problem: "must be from 0 to 2^64 - 1", value: String(value) });
  }
  // A round comes three blocks after its epoch has begun, and must come before it ends.
  if (settings.commitReveal && settings.tempo < 4) {
    const problem = "must be at least 4 where weights are committed and revealed";
    throw new InvalidArgumentError({ argument: "tempo", problem, value: settings.tempo });
  }
  if (settings.minBurnRao > settings.maxBurnRao)
    throw new InvalidArgumentError({ argument: "minBurnRao", problem: "must not be above maxBurnRao" });
  return settings;
}
