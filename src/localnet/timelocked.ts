import { decodeWeightPayload, decryptTimelocked } from "../chain/index.ts";
import { errorText, fromHex, SubnetError } from "../core/index.ts";
import { encodeAddress } from "../wallet/index.ts";
import { beaconOf } from "./beacon.ts";
import type { LedgerState } from "./state.ts";
import { placeOf, type Subnet, type WaitingCommit } from "./subnet.ts";
import { assertWeights, storeWeights } from "./weight-checks.ts";

/** What became of a commit, without anybody's call. */
export interface RevealEvent {
  readonly netuid: number;
  readonly block: number;
  readonly hotkey: string;
  /** Null = the row counts; else why it was thrown away. */
  readonly problem: string | null;
}

/** The row under a time lock, checked like any other; the lock's own hotkey must be the one that committed. */
function open(state: LedgerState, subnet: Subnet, { content, mechanism, hotkey, revealRound }: WaitingCommit): void {
  const pulse = beaconOf(state).sign(revealRound ?? 0);
  const payload = decodeWeightPayload(decryptTimelocked(fromHex("commit", content), pulse));
  // Payloads from before version 4 name none.
  if (payload.hotkey !== null && encodeAddress(payload.hotkey) !== hotkey)
    throw new SubnetError("The hotkey under the lock is another.", { code: "TIMELOCK_COPIED" });
  const row = {
    mechanism,
    uids: payload.uids,
    weights: payload.values,
    versionKey: Number(payload.versionKey),
  };
  const neuron = assertWeights({ subnet, owner: state.owner, block: state.block }, row, hotkey);
  storeWeights(placeOf(neuron, mechanism), row);
}

/**
 * The chain's own work at the start of a block: timelocked commits whose epoch has come are opened as soon as their round is out;
 * those whose epoch is over are thrown away, as is what cannot be opened or would be refused.
 *
 * @param epoch the epoch that this block belongs to, which may begin with it.
 * @param newestRound that is out by the ledger's clock.
 */
export function revealTimelocked(
  state: LedgerState,
  subnet: Subnet,
  { epoch, newestRound }: { epoch: number; newestRound: number },
  onReveal: (event: RevealEvent) => void,
): void {
  if (subnet.commits.every(({ revealRound }) => revealRound === null)) return;
  const due = epoch - subnet.settings.commitRevealPeriodEpochs;
  const still: WaitingCommit[] = [];
  for (const commit of subnet.commits) {
    const { revealRound, hotkey } = commit;
    if (revealRound === null || commit.epoch > due || (commit.epoch === due && revealRound > newestRound)) {
      still.push(commit);
      continue;
    }
    let problem: string | null = null;
    if (commit.epoch < due) problem = "its round did not come in its epoch";
    else {
      try {
        open(state, subnet, commit);
      } catch (error) {
        if (!(error instanceof SubnetError)) throw error;
        problem = errorText(error);
      }
    }
    onReveal({ netuid: subnet.netuid, block: state.block, hotkey, problem });
  }
  subnet.commits = still;
}
