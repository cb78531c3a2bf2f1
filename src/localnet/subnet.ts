import type { Hyperparameters, Neuron } from "../chain/index.ts";

/** A subnet of the ledger, mutable inside it only. */
export interface Subnet {
  readonly netuid: number;
  readonly hyperparameters: Hyperparameters;
  neurons: Neuron[];
  /** Sparse weight rows by the voter's hotkey: hotkey -> u16. By hotkey, because a uid changes hands. */
  readonly weights: Map<string, ReadonlyMap<string, number>>;
}
