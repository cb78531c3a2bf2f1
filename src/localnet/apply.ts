import { type ChainCall, ChainRefusedError } from "../chain/index.ts";
import { applyRegister } from "./registration.ts";
import { applyAddStake, applyServeAxon } from "./serving.ts";
import { type LedgerState, subnetOf } from "./state.ts";
import { placeOf } from "./subnet.ts";
import { assertWeights, storeWeights } from "./weight-checks.ts";

/** Applies a call in the name of its signer, or refuses it and changes nothing. */
export function applyCall(state: LedgerState, call: ChainCall, caller: string): void {
  if (call.type === "register") applyRegister(state, call, caller);
  else if (call.type === "add_stake") applyAddStake(state, call, caller);
  else if (call.type === "serve_axon") applyServeAxon(state, call, caller);
  else if (call.type === "set_weights") {
    const subnet = subnetOf(state, call.netuid);
    if (subnet.settings.commitReveal) throw new ChainRefusedError({ refusal: "CommitRevealEnabled" });
    const neuron = assertWeights({ subnet, owner: state.owner, block: state.block }, call, caller);
    const place = placeOf(neuron, call.mechanism);
    storeWeights(subnet, place, call);
    place.lastUpdateBlock = state.block;
  } else throw new ChainRefusedError({ refusal: "CommitRevealDisabled" });
}
