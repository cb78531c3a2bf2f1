import type { AxonInfo } from "./port.ts";

/** Burns the price and registers a hotkey; signed by its coldkey. */
export interface RegisterCall {
  readonly type: "register";
  readonly netuid: number;
  /** SS58. */
  readonly hotkey: string;
  /** Most that may be burned; null = whatever the price is. */
  readonly maxBurnRao: bigint | null;
}
/** Moves balance to a hotkey's stake; signed by the coldkey. */
export interface AddStakeCall {
  readonly type: "add_stake";
  readonly netuid: number;
  /** SS58. */
  readonly hotkey: string;
  readonly amountRao: bigint;
}
/** Tells where a neuron serves; `null` = nowhere any more. Signed by the hotkey. */
export interface ServeAxonCall {
  readonly type: "serve_axon";
  readonly netuid: number;
  readonly axon: AxonInfo | null;
}
/** A weight row in the clear; signed by the hotkey, as are the three after it. */
export interface SetWeightsCall {
  readonly type: "set_weights";
  readonly netuid: number;
  /** Mechanism of the subnet, 0 = the first. */
  readonly mechanism: number;
  readonly uids: readonly number[];
  /** u16, one per uid. */
  readonly weights: readonly number[];
  readonly versionKey: number;
}
/** The hash of a row that is revealed by a second call. */
export interface CommitWeightsCall {
  readonly type: "commit_weights";
  readonly netuid: number;
  readonly mechanism: number;
  /** 32 bytes as `0x` and hex, see `commitHash`. */
  readonly hash: string;
}
/** Opens what {@link CommitWeightsCall} closed. */
export interface RevealWeightsCall {
  readonly type: "reveal_weights";
  readonly netuid: number;
  readonly mechanism: number;
  readonly uids: readonly number[];
  readonly weights: readonly number[];
  /** u16 each, as committed. */
  readonly salt: readonly number[];
  readonly versionKey: number;
}
/** A row under a time lock: the chain opens it by itself when the beacon's round is out. */
export interface CommitTimelockedCall {
  readonly type: "commit_timelocked_weights";
  readonly netuid: number;
  readonly mechanism: number;
  /** At most 5,000 bytes as `0x` and hex, see `encryptTimelocked`. */
  readonly commit: string;
  readonly revealRound: number;
  /** Version of the payload that the subnet demands, 4 today. */
  readonly commitRevealVersion: number;
}

/** Everything that a node can ask a chain to do. */
export type ChainCall =
  | RegisterCall
  | AddStakeCall
  | ServeAxonCall
  | SetWeightsCall
  | CommitWeightsCall
  | RevealWeightsCall
  | CommitTimelockedCall;

/**
 * Which key must sign a call.
 *
 * @example
 * signedBy({ type: "register", netuid: 1, hotkey }); // "coldkey"
 */
export function signedBy({ type }: ChainCall): "coldkey" | "hotkey" {
  return type === "register" || type === "add_stake" ? "coldkey" : "hotkey";
}

/** A call as the chain reads it, for people to look at before it is signed. */
export interface CallDescription {
  readonly pallet: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** SCALE bytes as `0x` and hex; null = this chain has none. */
  readonly bytes: string | null;
  readonly signedBy: "coldkey" | "hotkey";
}
/** A call that is in a block, and did what it should. */
export interface Receipt {
  readonly block: number;
  /** Of the extrinsic, `0x` and hex; on the ledger, of the call. */
  readonly hash: string;
  readonly feeRao: bigint;
}
