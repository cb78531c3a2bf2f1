import { createHash } from "node:crypto";
import type {
  CallDescription,
  ChainCall,
  ChainInfo,
  EpochState,
  Head,
  Hyperparameters,
  Metagraph,
  PendingCommit,
  Receipt,
  SubnetSummary,
  WeightRow,
} from "../chain/index.ts";
import { RAO_PER_TAO } from "../chain/index.ts";
import { applyCall } from "./apply.ts";
import { produceBlock } from "./blocks.ts";
import { toJson } from "./calls.ts";
import {
  describeCall,
  readHyperparameters,
  readMetagraph,
  readPendingCommits,
  readSubnets,
  readWeights,
} from "./reads.ts";
import { type SubnetSettings, subnetSettings } from "./settings.ts";
import { balanceOf, type LedgerState, subnetOf } from "./state.ts";
import { epochStateOf, type Subnet } from "./subnet.ts";

/** First second of every ledger: 2026-01-01. Its clock is its blocks. */
const GENESIS_SECONDS = 1_767_225_600;
const SPEC_VERSION = 424;

/** Values of a ledger. */
export interface LedgerOptions {
  /** Tells the genesis hash; the same seed and calls give the same chain. */
  readonly seed: number | string;
  /** Subnets and what differs from {@link LOCAL_HYPERPARAMETERS}. Default: subnet 1. */
  readonly subnets?: Readonly<Record<number, Partial<SubnetSettings>>>;
  /** What every coldkey owns at first sight. Default 10,000 TAO. */
  readonly faucetRao?: bigint;
  /** Milliseconds of the ledger's clock in a block. Default 1,000. */
  readonly blockTimeMs?: number;
}

/**
 * A chain that is a data structure: no consensus, no peers, no fork. Calls take effect in the current block, checked as
 * Subtensor checks them; epochs run as Subtensor's do. It has no clock but its blocks: somebody calls `produceBlock`.
 */
export interface Ledger {
  readonly block: number;
  /** SHA-256 (hex) over the parent and the calls of the last full block. */
  readonly blockHash: string;
  produceBlock(): number;
  /** Applies a call in the name of `caller` (SS58), whose signature somebody has checked. */
  submit(call: ChainCall, caller: string): Receipt;
  info(): ChainInfo;
  head(): Head;
  metagraph(netuid: number, mechanism?: number): Metagraph;
  hyperparameters(netuid: number): Hyperparameters;
  subnets(): readonly SubnetSummary[];
  uid(netuid: number, hotkey: string): number | null;
  balance(coldkey: string): bigint;
  epochState(netuid: number): EpochState;
  weights(netuid: number, mechanism?: number): readonly WeightRow[];
  pendingCommits(query: { netuid: number; mechanism?: number; hotkey: string }): readonly PendingCommit[];
  describe(call: ChainCall): CallDescription;
}

function genesis({ seed, subnets = { 1: {} }, faucetRao, blockTimeMs }: LedgerOptions): LedgerState {
  const genesisHash = createHash("sha256").update(`genesis:${seed}`).digest("hex");
  const born = (netuid: number, changes: Partial<SubnetSettings>): Subnet => {
    const settings = subnetSettings(changes);
    return {
      netuid,
      settings,
      neurons: [],
      commits: [],
      lastEpochBlock: 0,
      pendingEpochAt: 0,
      epochIndex: 0,
      blocksSinceLastStep: 0,
      burn: { rao: settings.burnRao, block: 0 },
    };
  };
  return {
    genesisHash,
    owner: "",
    faucetRao: faucetRao ?? 10_000n * RAO_PER_TAO,
    blockTimeMs: blockTimeMs ?? 1_000,
    block: 0,
    blockHash: genesisHash,
    callCount: 0,
    balances: new Map(),
    subnets: new Map(
      Object.entries(subnets).map(([netuid, changes]) => [Number(netuid), born(Number(netuid), changes)]),
    ),
  };
}

/**
 * @throws {ChainRefusedError} from every call and read that Subtensor would refuse.
 * @example
 * const ledger = createLedger({ seed: 7 });
 * ledger.produceBlock(); // 1
 */
export function createLedger(options: LedgerOptions): Ledger {
  const state = genesis(options);
  const { genesisHash, blockTimeMs } = state;
  return {
    get block() {
      return state.block;
    },
    get blockHash() {
      return state.blockHash;
    },
    produceBlock: () => produceBlock(state),
    submit(call, caller) {
      applyCall(state, call, caller);
      const hash = createHash("sha256")
        .update(`${state.block}:${state.callCount}:${caller}:${toJson(call)}`)
        .digest("hex");
      state.callCount += 1;
      state.blockHash = createHash("sha256").update(`${state.blockHash}:${hash}`).digest("hex");
      return { block: state.block, hash: `0x${hash}`, feeRao: 0n };
    },
    info: () => ({
      network: "local",
      genesisHash: `0x${genesisHash}`,
      specVersion: SPEC_VERSION,
      blockTimeMs,
      beacon: { publicKey: new Uint8Array(96), genesisSeconds: GENESIS_SECONDS, periodSeconds: blockTimeMs / 1_000 },
      development: true,
    }),
    head: () => ({
      block: state.block,
      hash: `0x${state.blockHash}`,
      timestampMs: GENESIS_SECONDS * 1_000 + state.block * blockTimeMs,
    }),
    metagraph: (netuid, mechanism = 0) => readMetagraph(state, netuid, mechanism),
    hyperparameters: (netuid) => readHyperparameters(state, netuid),
    subnets: () => readSubnets(state),
    uid: (netuid, hotkey) => subnetOf(state, netuid).neurons.find((n) => n.hotkey === hotkey)?.uid ?? null,
    balance: (coldkey) => balanceOf(state, coldkey),
    epochState: (netuid) => epochStateOf(subnetOf(state, netuid), state.block),
    weights: (netuid, mechanism = 0) => readWeights(state, netuid, mechanism),
    pendingCommits: ({ netuid, mechanism = 0, hotkey }) => readPendingCommits(state, { netuid, mechanism, hotkey }),
    describe: describeCall,
  };
}
