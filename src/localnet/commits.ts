import {
  ChainRefusedError,
  type CommitTimelockedCall,
  type CommitWeightsCall,
  commitHash,
  latestRound,
  type RevealWeightsCall,
} from "../chain/index.ts";
import { toHex } from "../core/index.ts";
import { decodeAddress } from "../wallet/index.ts";
import { beaconOf } from "./beacon.ts";
import { type LedgerState, subnetOf, timestampMs } from "./state.ts";
import { placeOf, registeredIn, type Subnet, type WaitingCommit } from "./subnet.ts";
import { assertMechanism, assertNotTooFast, assertWeights, storeWeights } from "./weight-checks.ts";

const MOST_UNREVEALED = 10;
const LONGEST_COMMIT_BYTES = 5_000;

/** Whether the epoch in which a commit could be revealed is over. */
export function isExpired({ epochIndex, settings }: Subnet, { epoch }: WaitingCommit): boolean {
  return epochIndex > epoch + settings.commitRevealPeriodEpochs;
}

/** Stores a commit of either kind: the checks that both have, and from now on the next one has to wait. */
function addCommit(
  state: LedgerState,
  subnet: Subnet,
  commit: Pick<WaitingCommit, "mechanism" | "content" | "revealRound">,
  caller: string,
): void {
  const { block } = state;
  const { mechanism, revealRound } = commit;
  const neuron = registeredIn(subnet, caller);
  const place = placeOf(neuron, mechanism);
  assertNotTooFast(subnet, place, block, "CommittingWeightsTooFast");
  const mine = (other: WaitingCommit) => other.hotkey === caller && other.mechanism === mechanism;
  const alike = (other: WaitingCommit) => (other.revealRound === null) === (revealRound === null);
  const waiting = subnet.commits.filter((other) => mine(other) && alike(other) && !isExpired(subnet, other));
  if (waiting.length >= MOST_UNREVEALED)
    throw new ChainRefusedError({ refusal: "TooManyUnrevealedCommits", values: { Unrevealed: waiting.length } });
  const newest = latestRound(beaconOf(state), timestampMs(state));
  if (revealRound !== null && revealRound < newest)
    throw new ChainRefusedError({
      refusal: "InvalidRevealRound",
      values: { Given: revealRound, "Newest out": newest },
    });
  subnet.commits = subnet.commits.filter((other) => !(mine(other) && isExpired(subnet, other)));
  subnet.commits.push({ ...commit, hotkey: caller, epoch: subnet.epochIndex, block });
  place.lastUpdateBlock = block;
}

function assertCommitReveal(subnet: Subnet, mechanism: number): void {
  assertMechanism(subnet, mechanism);
  if (!subnet.settings.commitReveal)
    throw new ChainRefusedError({ refusal: "CommitRevealDisabled", values: { Netuid: subnet.netuid } });
}

/** `commit_weights`, with the chain's checks in the chain's order. */
export function applyCommit(state: LedgerState, { netuid, mechanism, hash }: CommitWeightsCall, caller: string): void {
  const subnet = subnetOf(state, netuid);
  assertCommitReveal(subnet, mechanism);
  addCommit(state, subnet, { mechanism, content: hash, revealRound: null }, caller);
}

/** `commit_timelocked_weights`, with the chain's checks in the chain's order. */
export function applyTimelocked(state: LedgerState, call: CommitTimelockedCall, caller: string): void {
  const { netuid, mechanism, commit, revealRound, commitRevealVersion } = call;
  const subnet = subnetOf(state, netuid);
  const bytes = (commit.length - 2) / 2;
  if (bytes > LONGEST_COMMIT_BYTES)
    throw new ChainRefusedError({ refusal: "CommitTooLong", values: { Bytes: bytes, Most: LONGEST_COMMIT_BYTES } });
  assertCommitReveal(subnet, mechanism);
  const needed = subnet.settings.commitRevealVersion;
  if (commitRevealVersion !== needed) {
    const values = { Given: commitRevealVersion, Needed: needed };
    throw new ChainRefusedError({ refusal: "IncorrectCommitRevealVersion", values });
  }
  addCommit(state, subnet, { mechanism, content: commit, revealRound }, caller);
}

/** `reveal_weights`: opens a hash commit in the epoch that is meant for it, and forgets those from before it. */
export function applyReveal(state: LedgerState, call: RevealWeightsCall, caller: string): void {
  const { netuid, mechanism, uids, weights, salt, versionKey } = call;
  const subnet = subnetOf(state, netuid);
  assertCommitReveal(subnet, mechanism);
  const mine = subnet.commits.filter(
    (commit) => commit.hotkey === caller && commit.mechanism === mechanism && commit.revealRound === null,
  );
  if (mine.length === 0) throw new ChainRefusedError({ refusal: "NoWeightsCommitFound" });
  if (uids.length !== weights.length) {
    const values = { Uids: uids.length, Weights: weights.length };
    throw new ChainRefusedError({ refusal: "InputLengthsUnequal", values });
  }
  const publicKey = decodeAddress(caller);
  const preimage = { publicKey, netuid, mechanismId: mechanism, uids, values: weights, salt, versionKey };
  const hash = `0x${toHex(commitHash(preimage))}`;
  const found = mine.findIndex(({ content }) => content === hash);
  const commit = mine[found];
  if (commit === undefined)
    throw new ChainRefusedError({ refusal: "InvalidRevealCommitHashNotMatch", values: { Hash: hash } });
  const opens = commit.epoch + subnet.settings.commitRevealPeriodEpochs;
  const values = { "Epoch of the reveal": opens, "Epoch now": subnet.epochIndex };
  if (isExpired(subnet, commit)) throw new ChainRefusedError({ refusal: "ExpiredWeightCommit", values });
  if (subnet.epochIndex < opens) throw new ChainRefusedError({ refusal: "RevealTooEarly", values });
  const neuron = assertWeights({ subnet, owner: state.owner, block: state.block }, call, caller);
  const done = new Set(mine.slice(0, found + 1));
  subnet.commits = subnet.commits.filter((other) => !done.has(other));
  storeWeights(placeOf(neuron, mechanism), call);
}
