import { createHash } from "node:crypto";
import { runEpoch } from "./epoch.ts";
import type { LedgerState } from "./state.ts";
import type { Subnet } from "./subnet.ts";

/** A subnet has waited this long at the most, whatever its tempo. */
const LONGEST_TEMPO = 50_400;

function shouldRun({ settings: { tempo }, ...subnet }: Subnet, block: number): boolean {
  if (subnet.pendingEpochAt > 0 && block >= subnet.pendingEpochAt) return true;
  return subnet.blocksSinceLastStep > LONGEST_TEMPO || block - subnet.lastEpochBlock >= tempo;
}

/** The next block: its epochs run before the calls that it will hold. */
export function produceBlock(state: LedgerState): number {
  state.block += 1;
  state.callCount = 0;
  state.blockHash = createHash("sha256").update(`${state.blockHash}:${state.block}`).digest("hex");
  for (const subnet of state.subnets.values()) {
    subnet.blocksSinceLastStep += 1;
    if (!shouldRun(subnet, state.block)) continue;
    subnet.lastEpochBlock = state.block;
    subnet.pendingEpochAt = 0;
    subnet.epochIndex += 1;
    subnet.blocksSinceLastStep = 0;
    runEpoch(state, subnet);
  }
  return state.block;
}
