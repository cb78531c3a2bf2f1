import type { Metagraph } from "../chain/index.ts";
import type { Caller, Permission } from "../protocol/index.ts";

/** Who is answered; the defaults refuse strangers. */
export interface PolicyOptions {
  /** Only callers with a validator permit (`--blacklist.force_validator_permit`). Default true. */
  readonly forceValidatorPermit?: boolean;
  /** Also callers that are not on the subnet (`--blacklist.allow_non_registered`). Default false. */
  readonly allowNonRegistered?: boolean;
  /** Smallest stake of a caller. Default 0. */
  readonly minStakeRao?: bigint;
}

/** Decides about proven callers by the last metagraph. */
export interface Policy {
  update(metagraph: Metagraph): void;
  decide(caller: Pick<Caller, "hotkey">): Permission;
}

/**
 * Stands after the signature: whoever is judged here is who they say. An unknown hotkey is a reason, never an exception.
 *
 * @example
 * createPolicy({}).decide({ hotkey: "5Grwva…" }); // { allowed: false, reason: "the caller is not registered on this subnet" }
 */
export function createPolicy({
  forceValidatorPermit = true,
  allowNonRegistered = false,
  minStakeRao = 0n,
}: PolicyOptions): Policy {
  let known = new Map<string, { readonly permit: boolean; readonly stakeRao: bigint }>();
  const no = (reason: string): Permission => ({ allowed: false, reason });
  return {
    update({ neurons }) {
      known = new Map(
        neurons.map(({ hotkey, validatorPermit, stakeRao }) => [hotkey, { permit: validatorPermit, stakeRao }]),
      );
    },
    decide({ hotkey }) {
      const neuron = known.get(hotkey);
      if (neuron === undefined)
        return allowNonRegistered ? { allowed: true } : no("the caller is not registered on this subnet");
      if (forceValidatorPermit && !neuron.permit) return no("the caller has no validator permit");
      if (neuron.stakeRao < minStakeRao) return no("the caller's stake is below this miner's minimum");
      return { allowed: true };
    },
  };
}
