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
import { InvalidArgumentError } from "../core/index.ts";
import { beaconOf } from "./beacon.ts";
import { applyOperation, type LedgerOperation } from "./operations.ts";
import {
  describeCall,
  readHyperparameters,
  readInfo,
  readMetagraph,
  readPendingCommits,
  readSubnets,
  readWeights,
} from "./reads.ts";
import type { SubnetSettings } from "./settings.ts";
import { balanceOf, genesis, type LedgerOptions, type LedgerState, subnetOf, timestampMs } from "./state.ts";
import { epochStateOf } from "./subnet.ts";
import type { RevealEvent } from "./timelocked.ts";

/**
 * A chain that is a data structure: no peers, no fork. Calls take effect in the current block, checked as Subtensor checks
 * them; epochs run as Subtensor's do. It has no clock but its blocks: somebody calls `produceBlock`.
 */
export interface Ledger {
  readonly block: number;
  /** SHA-256 (hex) over all blocks and calls so far. */
  readonly blockHash: string;
  produceBlock(): number;
  /** So many blocks at once; gives the block it came to. */
  advance(blocks: number): number;
  /** Applies a call in the name of `caller` (SS58), whose signature somebody has checked. */
  submit(call: ChainCall, caller: string): Receipt;
  info(): ChainInfo;
  head(): Head;
  /** Reads on one mechanism are of the first unless said. */
  metagraph(netuid: number, mechanism?: number): Metagraph;
  hyperparameters(netuid: number): Hyperparameters;
  subnets(): readonly SubnetSummary[];
  uid(netuid: number, hotkey: string): number | null;
  balance(coldkey: string): bigint;
  epochState(netuid: number): EpochState;
  weights(netuid: number, mechanism?: number): readonly WeightRow[];
  pendingCommits(query: { netuid: number; mechanism?: number; hotkey: string }): readonly PendingCommit[];
  describe(call: ChainCall): CallDescription;
  /** What no chain would allow: balance from nowhere, settings by anybody, an epoch in the next block. */
  mint(coldkey: string, amountRao: bigint): void;
  configure(netuid: number, changes: Partial<SubnetSettings>): void;
  triggerEpoch(netuid: number): void;
}

/** What a ledger tells while it works, and where it is written before it happens. */
export interface LedgerModules {
  /** Called before an operation is applied; a throw keeps it from happening. */
  readonly journal?: (operation: LedgerOperation) => void;
  readonly onReveal?: (event: RevealEvent) => void;
}

/**
 * @throws {ChainRefusedError} from every call and read that Subtensor would refuse.
 * @example
 * const ledger = createLedger({ seed: 7 });
 * ledger.produceBlock(); // 1
 */
export function createLedger(options: LedgerOptions, modules: LedgerModules = {}): Ledger {
  const state = genesis(options);
  return ledgerOf(() => state, modules);
}

/** A ledger over a state that somebody else holds. */
export function ledgerOf(
  held: () => LedgerState,
  { journal = () => undefined, onReveal = () => undefined }: LedgerModules,
): Ledger {
  const operate = (operation: LedgerOperation): Receipt | null => {
    journal(operation);
    return applyOperation(held(), operation, onReveal);
  };
  const advance = (count: number) => {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new InvalidArgumentError({ argument: "blocks", problem: "must be a whole number", value: count });
    operate({ op: "blocks", count });
    return held().block;
  };
  return {
    get block() {
      return held().block;
    },
    get blockHash() {
      return held().blockHash;
    },
    produceBlock: () => advance(1),
    advance,
    submit(call, caller) {
      const receipt = operate({ op: "call", call, caller });
      if (receipt === null) throw new TypeError("A call gave no receipt.");
      return receipt;
    },
    info: () => readInfo(held(), beaconOf(held())),
    head: () => ({ block: held().block, hash: `0x${held().blockHash}`, timestampMs: timestampMs(held()) }),
    metagraph: (netuid, mechanism = 0) => readMetagraph(held(), netuid, mechanism),
    hyperparameters: (netuid) => readHyperparameters(held(), netuid),
    subnets: () => readSubnets(held()),
    uid: (netuid, hotkey) => subnetOf(held(), netuid).neurons.find((one) => one.hotkey === hotkey)?.uid ?? null,
    balance: (coldkey) => balanceOf(held(), coldkey),
    epochState: (netuid) => epochStateOf(subnetOf(held(), netuid), held().block),
    weights: (netuid, mechanism = 0) => readWeights(held(), netuid, mechanism),
    pendingCommits: ({ netuid, mechanism = 0, hotkey }) => readPendingCommits(held(), { netuid, mechanism, hotkey }),
    describe: describeCall,
    mint: (coldkey, amountRao) => void operate({ op: "mint", coldkey, amountRao }),
    configure: (netuid, changes) => void operate({ op: "configure", netuid, changes }),
    triggerEpoch: (netuid) => void operate({ op: "epoch", netuid }),
  };
}
