import { createHash } from "node:crypto";
import { ChainRefusedError, RAO_PER_TAO } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";
import { isAddress, keypairFromUri } from "../wallet/index.ts";
import { MOST_RAO, type SubnetSettings, subnetSettings } from "./settings.ts";
import type { Subnet } from "./subnet.ts";

/** First second of every ledger: 2026-01-01. Its clock is its blocks. */
export const GENESIS_SECONDS = 1_767_225_600;

/** Values of a ledger. */
export interface LedgerOptions {
  /** Tells the genesis hash, the owner and the beacon; the same seed and calls give the same chain. */
  readonly seed: number | string;
  /** Subnets and what differs from {@link LOCAL_HYPERPARAMETERS}. Default: subnet 1. */
  readonly subnets?: Readonly<Record<number, Partial<SubnetSettings>>>;
  /** What every coldkey owns at first sight. Default 10,000 TAO. */
  readonly faucetRao?: bigint;
  /** What some coldkeys (SS58) own instead. */
  readonly accounts?: Readonly<Record<string, bigint>>;
  /** Milliseconds of the ledger's clock in a block. Default 1,000. */
  readonly blockTimeMs?: number;
}

/** Everything that a ledger is, as plain data: what is written to disk. */
export interface LedgerState {
  readonly seed: string;
  readonly genesisHash: string;
  /** SS58 of the coldkey that owns the subnets. */
  readonly owner: string;
  readonly faucetRao: bigint;
  readonly blockTimeMs: number;
  block: number;
  blockHash: string;
  /** Calls in the current block. */
  callCount: number;
  readonly balances: Map<string, bigint>;
  readonly subnets: Map<number, Subnet>;
}

/**
 * The coldkey that owns the subnets of a seed: a development key like `//Alice`, which everybody can make.
 *
 * @example
 * ownerUri(7); // "//ledger/7//owner"
 */
export function ownerUri(seed: number | string): string {
  return `//ledger/${seed}//owner`;
}

/** A ledger before its first block. */
export function genesis({
  seed,
  subnets = { 1: {} },
  faucetRao,
  accounts = {},
  blockTimeMs,
}: LedgerOptions): LedgerState {
  const genesisHash = createHash("sha256").update(`genesis:${seed}`).digest("hex");
  if (blockTimeMs !== undefined && !(blockTimeMs > 0 && Number.isFinite(blockTimeMs)))
    throw new InvalidArgumentError({ argument: "blockTimeMs", problem: "must be positive", value: blockTimeMs });
  for (const account of Object.keys(accounts)) {
    if (!isAddress(account))
      throw new InvalidArgumentError({ argument: "accounts", problem: "must be by SS58 address", value: account });
  }
  for (const [argument, rao] of [["faucetRao", faucetRao ?? 0n] as const, ...Object.entries(accounts)]) {
    if (rao < 0n || rao > MOST_RAO)
      throw new InvalidArgumentError({ argument, problem: "must be from 0 to 2^64 - 1", value: String(rao) });
  }
  const born = (netuid: number, changes: Partial<SubnetSettings>): [number, Subnet] => {
    const settings = subnetSettings(changes);
    const schedule = { lastEpochBlock: 0, pendingEpochAt: 0, epochIndex: 0, blocksSinceLastStep: 0 };
    const burn = { rao: settings.burnRao, block: 0 };
    return [netuid, { netuid, settings, neurons: [], commits: [], ...schedule, burn }];
  };
  return {
    seed: String(seed),
    genesisHash,
    owner: keypairFromUri(ownerUri(seed)).address,
    faucetRao: faucetRao ?? 10_000n * RAO_PER_TAO,
    blockTimeMs: blockTimeMs ?? 1_000,
    block: 0,
    blockHash: genesisHash,
    callCount: 0,
    balances: new Map(Object.entries(accounts)),
    subnets: new Map(Object.entries(subnets).map(([netuid, changes]) => born(Number(netuid), changes))),
  };
}

/** The ledger's clock: genesis and so many blocks. */
export function timestampMs({ block, blockTimeMs }: LedgerState): number {
  return GENESIS_SECONDS * 1_000 + Math.round(block * blockTimeMs);
}

export function subnetOf(state: LedgerState, netuid: number): Subnet {
  const subnet = state.subnets.get(netuid);
  if (subnet === undefined) throw new ChainRefusedError({ refusal: "SubnetNotExists", values: { Netuid: netuid } });
  return subnet;
}

/** What a coldkey owns: the faucet's gift until it has moved something. */
export function balanceOf(state: LedgerState, coldkey: string): bigint {
  return state.balances.get(coldkey) ?? state.faucetRao;
}

export function credit(state: LedgerState, coldkey: string, rao: bigint): void {
  if (rao !== 0n) state.balances.set(coldkey, balanceOf(state, coldkey) + rao);
}

/** @throws {ChainRefusedError} when the balance is too small. */
export function pay(state: LedgerState, coldkey: string, rao: bigint): void {
  const balance = balanceOf(state, coldkey);
  if (balance < rao) {
    const values = { Balance: `${balance} rao`, Needed: `${rao} rao` };
    throw new ChainRefusedError({ refusal: "NotEnoughBalanceToStake", values });
  }
  credit(state, coldkey, -rao);
}
