import type { Signer } from "../wallet/index.ts";

/** Where a neuron serves. */
export interface AxonInfo {
  /** IPv4. */
  readonly ip: string;
  readonly port: number;
  /** Version integer of the software that serves. */
  readonly version: number;
}

/** One registered hotkey. */
export interface Neuron {
  readonly uid: number;
  /** SS58. */
  readonly hotkey: string;
  /** SS58. */
  readonly coldkey: string;
  readonly stakeRao: bigint;
  readonly validatorPermit: boolean;
  /** Null = not serving. */
  readonly axon: AxonInfo | null;
  /** Share of the miners' emission in the last epoch, 0 to 1. */
  readonly incentive: number;
  readonly registeredAtBlock: number;
  /** Block of its last weights, or of its registration. */
  readonly lastUpdateBlock: number;
}

/** A subnet's neurons as of one block, uid = position. */
export interface Metagraph {
  readonly netuid: number;
  readonly block: number;
  readonly neurons: readonly Neuron[];
}

/** What the owner of a subnet has set. Lengths of time are in blocks. */
export interface Hyperparameters {
  readonly tempo: number;
  readonly weightsRateLimit: number;
  readonly minAllowedWeights: number;
  /** Largest share of one uid, 0 to 1. */
  readonly maxWeightLimit: number;
  readonly weightsVersionKey: number;
  readonly maxAllowedUids: number;
  readonly maxValidators: number;
  readonly stakeThresholdRao: bigint;
  readonly immunityPeriod: number;
  readonly burnRao: bigint;
}

/** Every read and write may be cancelled. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Chain port: what a node asks of a chain. Behind it stands the local ledger, or Subtensor; a node cannot tell.
 * Writes reject with `ChainRefusedError` when the chain says no; everything may reject with `ChainUnreachableError`.
 */
export interface Chain {
  /** For logs: "local", "finney", an address. */
  readonly network: string;
  block(options?: CallOptions): Promise<number>;
  metagraph(query: { netuid: number }, options?: CallOptions): Promise<Metagraph>;
  hyperparameters(query: { netuid: number }, options?: CallOptions): Promise<Hyperparameters>;
  /** Free balance of a coldkey. */
  balance(query: { coldkey: string }, options?: CallOptions): Promise<bigint>;
  /** Burns the price and registers; signed by the coldkey. */
  register(call: { netuid: number; hotkey: string; signer: Signer }, options?: CallOptions): Promise<{ uid: number }>;
  /** Signed by the coldkey. */
  addStake(
    call: { netuid: number; hotkey: string; amountRao: bigint; signer: Signer },
    options?: CallOptions,
  ): Promise<void>;
  /** Signed by the hotkey. */
  serveAxon(call: { netuid: number; axon: AxonInfo; signer: Signer }, options?: CallOptions): Promise<void>;
  /** Signed by the hotkey; weights are u16, see scoring's `chainWeights`. */
  setWeights(
    call: { netuid: number; uids: readonly number[]; weights: readonly number[]; versionKey: number; signer: Signer },
    options?: CallOptions,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Rao in one TAO. */
export const RAO_PER_TAO = 1_000_000_000n;
