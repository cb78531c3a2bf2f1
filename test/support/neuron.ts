import type { Neuron } from "../../src/chain/index.ts";

/** A registered hotkey that does nothing, but for what is said. */
export function neuronWith(changes: Partial<Neuron> = {}): Neuron {
  return {
    uid: 0,
    hotkey: "hot",
    coldkey: "cold",
    stakeRao: 0n,
    validatorPermit: false,
    active: true,
    axon: null,
    axonUpdatedAtBlock: 0,
    incentive: 0,
    dividends: 0,
    validatorTrust: 0,
    consensus: 0,
    emissionRao: 0n,
    registeredAtBlock: 0,
    lastUpdateBlock: 0,
    ...changes,
  };
}
