import type { Signer } from "../wallet/index.ts";
import type { CallDescription, ChainCall, Receipt } from "./calls.ts";
import type { EpochState } from "./epoch-schedule.ts";
import type { Beacon } from "./timelock/beacon.ts";

/** Where a neuron serves. */
export interface AxonInfo {
  /** IPv4, or IPv6. */
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
  /** What the chain weighs by: alpha and TAO together. */
  readonly stakeRao: bigint;
  readonly validatorPermit: boolean;
  /** Whether it has set weights, or registered, within the activity cutoff. */
  readonly active: boolean;
  /** Null = not serving. */
  readonly axon: AxonInfo | null;
  /** Block in which the axon was last announced; 0 = never. */
  readonly axonUpdatedAtBlock: number;
  /** Share of the miners' emission in the last epoch, 0 to 1. */
  readonly incentive: number;
  /** Share of the validators' emission in the last epoch, 0 to 1. */
  readonly dividends: number;
  /** Share of its weights that the consensus did not clip in the last epoch, 0 to 1. */
  readonly validatorTrust: number;
  /** The consensus about it in the last epoch, 0 to 1. */
  readonly consensus: number;
  /** What the last epoch gave it. */
  readonly emissionRao: bigint;
  readonly registeredAtBlock: number;
  /** Block of its last weights or commit, or of its registration. */
  readonly lastUpdateBlock: number;
}

/** A subnet's neurons as of one block, uid = position. */
export interface Metagraph {
  readonly netuid: number;
  readonly block: number;
  readonly neurons: readonly Neuron[];
}

/** What the owner of a subnet has set. Lengths of time are in blocks unless their name says epochs. */
export interface Hyperparameters {
  readonly tempo: number;
  readonly weightsRateLimit: number;
  readonly servingRateLimit: number;
  readonly minAllowedWeights: number;
  /** Largest share of one uid, 0 to 1. */
  readonly maxWeightLimit: number;
  readonly weightsVersionKey: number;
  readonly maxAllowedUids: number;
  readonly maxValidators: number;
  readonly stakeThresholdRao: bigint;
  readonly immunityPeriod: number;
  readonly activityCutoff: number;
  /** Price of a registration now. */
  readonly burnRao: bigint;
  readonly registrationAllowed: boolean;
  /** Weights are committed first and seen by others an epoch or more later. */
  readonly commitReveal: boolean;
  readonly commitRevealPeriodEpochs: number;
  /** Version of the timelocked payload, 4 today. */
  readonly commitRevealVersion: number;
  /** Mechanisms of the subnet, at least 1. */
  readonly mechanisms: number;
  /** Majority that the consensus asks for, 0 to 1. */
  readonly kappa: number;
  /** How much of the old bonds an epoch keeps, 0 to 1. */
  readonly bondsMovingAverage: number;
  readonly yumaVersion: number;
}

/** A subnet in a list. */
export interface SubnetSummary {
  readonly netuid: number;
  readonly name: string;
  /** SS58 of the owner's coldkey. */
  readonly owner: string;
  readonly neurons: number;
  readonly maxAllowedUids: number;
  readonly tempo: number;
  readonly burnRao: bigint;
  readonly registrationAllowed: boolean;
}

/** What does not change while a chain runs. */
export interface ChainInfo {
  /** For logs: "local", "finney", an address. */
  readonly network: string;
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly blockTimeMs: number;
  readonly beacon: Beacon;
  /** A chain of this machine only: its money is worth nothing, and axons may be at 127.0.0.1. */
  readonly development: boolean;
}

/** A block: its number, and its time by the chain's own clock. */
export interface Head {
  readonly block: number;
  readonly hash: string;
  readonly timestampMs: number;
}

/** A weight row as stored: what the chain counts, largest 65535. */
export interface WeightRow {
  readonly uid: number;
  readonly uids: readonly number[];
  readonly weights: readonly number[];
}

/** A commit that waits for its reveal. */
export interface PendingCommit {
  readonly kind: "hash" | "timelocked";
  /** The hash, or blake2b-256 of the timelocked bytes; `0x` and hex. */
  readonly hash: string;
  readonly committedAtBlock: number;
  /** Index of the epoch in which it was committed. */
  readonly epochIndex: number;
  /** Null for a hash: its owner reveals it. */
  readonly revealRound: number | null;
}

/** Every read and write may be cancelled. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Chain port: what a node asks of a chain. Behind it stands the local ledger, or Subtensor; a node cannot tell.
 * Reads and `submit` reject with {@link ChainRefusedError} when the chain says no; everything may reject with
 * {@link ChainUnreachableError}. What a careful node does around a write (look first, one at a time, try again without
 * doing it twice) is in `writes/`, above the port, and the same for every chain.
 */
export interface Chain {
  /** For logs: "local", "finney", an address. */
  readonly network: string;
  info(options?: CallOptions): Promise<ChainInfo>;
  head(options?: CallOptions): Promise<Head>;
  /** @param query mechanism 0 unless said. */
  metagraph(query: { netuid: number; mechanism?: number }, options?: CallOptions): Promise<Metagraph>;
  hyperparameters(query: { netuid: number }, options?: CallOptions): Promise<Hyperparameters>;
  subnets(options?: CallOptions): Promise<readonly SubnetSummary[]>;
  /** Null = not registered. */
  uid(query: { netuid: number; hotkey: string }, options?: CallOptions): Promise<number | null>;
  /** Free balance of a coldkey. */
  balance(query: { coldkey: string }, options?: CallOptions): Promise<bigint>;
  epochState(query: { netuid: number }, options?: CallOptions): Promise<EpochState>;
  weights(query: { netuid: number; mechanism?: number }, options?: CallOptions): Promise<readonly WeightRow[]>;
  pendingCommits(
    query: { netuid: number; mechanism?: number; hotkey: string },
    options?: CallOptions,
  ): Promise<readonly PendingCommit[]>;
  /** The call as this chain reads it; nothing is sent. */
  describe(call: ChainCall, options?: CallOptions): Promise<CallDescription>;
  /** Signs, sends, and waits until it is in a block and its events say that it worked. */
  submit(call: ChainCall, signer: Signer, options?: CallOptions): Promise<Receipt>;
  close(): Promise<void>;
}

/** Rao in one TAO. */
export const RAO_PER_TAO = 1_000_000_000n;
