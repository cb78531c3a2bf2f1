import { ChainRefusedError } from "../chain/index.ts";
import type { Subnet } from "./subnet.ts";

/** Everything that a ledger is, as plain data: what is written to disk. */
export interface LedgerState {
  /** Genesis: seed and settings told it, nothing changes it. */
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
