import type { Hyperparameters, Neuron } from "../chain/index.ts";

/** A subnet of the ledger, mutable inside it only. */
export interface Subnet {
  readonly netuid: number;
  readonly hyperparameters: Hyperparameters;
  neurons: Neuron[];
  /** Sparse weight rows by hotkey: uid -> u16. */
  readonly weights: Map<string, ReadonlyMap<number, number>>;
}
