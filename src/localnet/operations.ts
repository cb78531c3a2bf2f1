import { createHash } from "node:crypto";
import type { ChainCall, Receipt } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";
import { isAddress } from "../wallet/index.ts";
import { produceBlock } from "./blocks.ts";
import { toJson } from "./calls.ts";
import { applyCommit, applyReveal, applyTimelocked } from "./commits.ts";
import { applyRegister } from "./registration.ts";
import { applyAddStake, applyServeAxon } from "./serving.ts";
import { type SubnetSettings, subnetSettings } from "./settings.ts";
import { credit, type LedgerState, subnetOf } from "./state.ts";
import { newPlace } from "./subnet.ts";
import type { RevealEvent } from "./timelocked.ts";
import { applySetWeights } from "./weight-checks.ts";

/** Everything that changes a ledger. The same operations on the same genesis give the same ledger: that is what a journal holds. */
export type LedgerOperation =
  | { readonly op: "blocks"; readonly count: number }
  | { readonly op: "call"; readonly caller: string; readonly call: ChainCall }
  | { readonly op: "mint"; readonly coldkey: string; readonly amountRao: bigint }
  | { readonly op: "configure"; readonly netuid: number; readonly changes: Partial<SubnetSettings> }
  | { readonly op: "epoch"; readonly netuid: number };

/** Applies a call in the name of its signer, or refuses it and changes nothing. */
function applyCall(state: LedgerState, call: ChainCall, caller: string): Receipt {
  if (call.type === "register") applyRegister(state, call, caller);
  else if (call.type === "add_stake") applyAddStake(state, call, caller);
  else if (call.type === "serve_axon") applyServeAxon(state, call, caller);
  else if (call.type === "set_weights") applySetWeights(state, call, caller);
  else if (call.type === "commit_weights") applyCommit(state, call, caller);
  else if (call.type === "reveal_weights") applyReveal(state, call, caller);
  else applyTimelocked(state, call, caller);
  const hash = createHash("sha256")
    .update(`${state.block}:${state.callCount}:${caller}:${toJson(call)}`)
    .digest("hex");
  state.callCount += 1;
  state.blockHash = createHash("sha256").update(`${state.blockHash}:${hash}`).digest("hex");
  return { block: state.block, hash: `0x${hash}`, feeRao: 0n };
}

function configure(state: LedgerState, netuid: number, changes: Partial<SubnetSettings>): void {
  const subnet = subnetOf(state, netuid);
  const settings = subnetSettings({ ...subnet.settings, ...changes });
  if (changes.burnRao !== undefined) subnet.burn = { rao: changes.burnRao, block: state.block };
  subnet.settings = settings;
  for (const neuron of subnet.neurons) {
    const { registeredAtBlock, places } = neuron;
    neuron.places = Array.from({ length: settings.mechanisms }, (_, i) => places[i] ?? newPlace(registeredAtBlock));
  }
  subnet.commits = subnet.commits.filter(({ mechanism }) => mechanism < settings.mechanisms);
}

/**
 * Applies an operation, or throws and changes nothing.
 *
 * @returns the receipt of a call, else null.
 */
export function applyOperation(
  state: LedgerState,
  operation: LedgerOperation,
  onReveal: (event: RevealEvent) => void,
): Receipt | null {
  if (operation.op === "call") return applyCall(state, operation.call, operation.caller);
  if (operation.op === "blocks") for (let i = 0; i < operation.count; i++) produceBlock(state, onReveal);
  else if (operation.op === "mint") {
    const { coldkey, amountRao } = operation;
    if (!isAddress(coldkey))
      throw new InvalidArgumentError({ argument: "coldkey", problem: "is not an SS58 address", value: coldkey });
    if (amountRao < 0n)
      throw new InvalidArgumentError({ argument: "amountRao", problem: "must not be negative", value: amountRao });
    credit(state, coldkey, amountRao);
  } else if (operation.op === "configure") configure(state, operation.netuid, operation.changes);
  else subnetOf(state, operation.netuid).pendingEpochAt = state.block + 1;
  return null;
}
