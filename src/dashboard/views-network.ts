import type { NodeView } from "./views.ts";
import type { IncentiveSeriesView } from "./views-miner.ts";

/** Where in its epochs a subnet is. */
export interface EpochView {
  readonly block: number;
  readonly tempo: number;
  readonly epochIndex: number;
  readonly lastEpochBlock: number;
  /** Null = none is in reach. */
  readonly nextEpochBlock: number | null;
  readonly blocksLeft: number | null;
  /** By the chain's block time. */
  readonly secondsLeft: number | null;
}
/** One uid of the metagraph. */
export interface NeuronView {
  readonly uid: number;
  readonly hotkey: string;
  readonly coldkey: string;
  readonly name: string | null;
  readonly stakeTao: number;
  readonly validatorPermit: boolean;
  readonly active: boolean;
  /** "127.0.0.1:8091"; null = not serving. */
  readonly axon: string | null;
  readonly incentive: number;
  readonly dividends: number;
  readonly validatorTrust: number;
  readonly consensus: number;
  /** Of the last epoch. */
  readonly emissionTao: number;
  readonly registeredAtBlock: number;
  readonly lastUpdateBlock: number;
}
/** Something that happened on the subnet, as told by two looks at it. */
export interface ChainEventView {
  readonly sequence: number;
  readonly atMs: number;
  readonly block: number;
  readonly kind:
    | "epoch"
    | "registered"
    | "replaced"
    | "axon"
    | "permit"
    | "weights"
    | "setting"
    | "chain_lost"
    | "chain_back";
  readonly uid: number | null;
  readonly hotkey: string | null;
  /** A sentence of plain English. */
  readonly message: string;
}
/** `GET /api/networks/ID`: as of the last look at the chain. */
export interface NetworkView {
  readonly node: NodeView;
  readonly atMs: number;
  readonly netuid: number;
  readonly network: string;
  /** A chain of this machine only: its money is worth nothing. */
  readonly development: boolean;
  readonly blockTimeMs: number;
  readonly specVersion: number;
  readonly block: number | null;
  readonly blockHash: string | null;
  readonly blockAtMs: number | null;
  readonly epoch: EpochView | null;
  /** Sum over all uids in the last epoch. */
  readonly emissionTao: number;
  /** Names as `subnets hyperparameters` prints them; amounts of rao are in TAO, under names that end in Tao. */
  readonly hyperparameters: Readonly<Record<string, number | boolean>>;
  readonly neurons: readonly NeuronView[];
  /** The latest, newest first, at most 100. */
  readonly events: readonly ChainEventView[];
  /** Why the last look failed; null = it did not. */
  readonly failure: string | null;
}
/** `GET /api/networks/ID/incentive?hotkey=HOTKEY` */
export interface NeuronIncentiveView extends IncentiveSeriesView {
  readonly hotkey: string;
}
