import { createHash } from "node:crypto";
import { latestRound, lookaheadEpochIndex, nextBlock } from "../chain/index.ts";
import { runEpoch } from "./epoch.ts";
import { GENESIS_SECONDS, type LedgerState, timestampMs } from "./state.ts";
import { epochStateOf, type Subnet } from "./subnet.ts";
import { type RevealEvent, revealTimelocked } from "./timelocked.ts";

/** What is left of a hash commit that nobody reveals goes with its hotkey. */
function forgetStrangers(subnet: Subnet): void {
  if (subnet.commits.length === 0) return;
  const known = new Set(subnet.neurons.map(({ hotkey }) => hotkey));
  subnet.commits = subnet.commits.filter(({ hotkey, revealRound }) => revealRound !== null || known.has(hotkey));
}

/** The next block. As on the chain, reveals come first, then epochs, then the calls that the block will hold. */
export function produceBlock(state: LedgerState, onReveal: (event: RevealEvent) => void): number {
  state.block += 1;
  state.callCount = 0;
  state.blockHash = createHash("sha256").update(`${state.blockHash}:${state.block}`).digest("hex");
  for (const subnet of state.subnets.values()) {
    const before = epochStateOf(subnet, state.block - 1);
    if (subnet.commits.length > 0) {
      const schedule = { genesisSeconds: GENESIS_SECONDS, periodSeconds: state.blockTimeMs / 1_000 };
      const newestRound = latestRound({ ...schedule, publicKey: new Uint8Array() }, timestampMs(state));
      revealTimelocked(state, subnet, { epoch: lookaheadEpochIndex(before), newestRound }, onReveal);
    }
    const after = nextBlock(before);
    subnet.lastEpochBlock = after.lastEpochBlock;
    subnet.pendingEpochAt = after.pendingEpochAt;
    subnet.epochIndex = after.epochIndex;
    subnet.blocksSinceLastStep = after.blocksSinceLastStep;
    if (after.epochIndex === before.epochIndex) continue;
    runEpoch(state, subnet, before.lastEpochBlock);
    forgetStrangers(subnet);
  }
  return state.block;
}
