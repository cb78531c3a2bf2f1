import { isExpired } from "./commits.ts";
import { credit, type LedgerState } from "./state.ts";
import { type LedgerNeuron, newPlace, ownerNeuron, type Place, type Subnet } from "./subnet.ts";
import type { SparseRow } from "./yuma/matrix.ts";
import { permitsOf, stakeShares } from "./yuma/permits.ts";
import { toU16, type YumaResult, yuma } from "./yuma/yuma.ts";

/** Part of the emission that the subnet's owner gets, as on the chain. */
const OWNER_CUT = 18n;
const HUNDRED = 100n;

function kept(row: SparseRow, keeps: (uid: number) => boolean): SparseRow {
  const rest = new Map<number, number>();
  for (const [uid, value] of row) if (keeps(uid)) rest.set(uid, value);
  return rest;
}

/** Block of the oldest commit of each hotkey that waits on a mechanism: what it commits to is from before that block's newcomers. */
function oldestCommits(subnet: Subnet, mechanism: number): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  if (!subnet.settings.commitReveal) return oldest;
  for (const commit of subnet.commits) {
    if (commit.mechanism === mechanism && !oldest.has(commit.hotkey) && !isExpired(subnet, commit))
      oldest.set(commit.hotkey, commit.block);
  }
  return oldest;
}

/** One mechanism's epoch. */
function mechanismEpoch(
  { block }: LedgerState,
  subnet: Subnet,
  {
    mechanism,
    shares,
    owner,
    lastStep,
  }: { mechanism: number; shares: number[]; owner: LedgerNeuron | undefined; lastStep: number },
): YumaResult {
  const { neurons, settings } = subnet;
  const places = neurons.map((neuron): Place => neuron.places[mechanism] ?? newPlace(block));
  const committed = oldestCommits(subnet, mechanism);
  const registeredAt = (uid: number) => neurons[uid]?.registeredAtBlock ?? Number.POSITIVE_INFINITY;
  return yuma({
    ...settings,
    stake: shares,
    active: places.map(({ lastUpdateBlock }) => lastUpdateBlock + settings.activityCutoff >= block),
    permits: neurons.map((neuron) => neuron.validatorPermit || neuron === owner),
    weights: places.map(({ weights, lastUpdateBlock }, voter) => {
      const commit = committed.get(neurons[voter]?.hotkey ?? "") ?? Number.POSITIVE_INFINITY;
      const isOwner = neurons[voter] === owner;
      return kept(weights ?? new Map(), (uid) => {
        if (uid === voter && !isOwner) return false;
        return lastUpdateBlock > registeredAt(uid) && commit >= registeredAt(uid);
      });
    }),
    // Of who came after the last epoch, no bonds are left.
    bonds: places.map(({ bonds }) => kept(bonds, (uid) => registeredAt(uid) < lastStep)),
  });
}

const mean = (results: readonly YumaResult[], of: (result: YumaResult) => number | undefined) =>
  results.reduce((sum, result) => sum + (of(result) ?? 0), 0) / results.length;

/**
 * An epoch of a subnet: Yuma consensus on each mechanism, permits by stake for the epoch to come, and the emission of the blocks since
 * the last: the owner's cut, miners to the balance of their coldkey, validators to their stake. The remainder of rounding is
 * paid to nobody. (On the chain miners are paid in stake too; here a miner that earns does not become a validator.)
 *
 * @param lastEpochBlock of the epoch before; 0 = none.
 */
export function runEpoch(state: LedgerState, subnet: Subnet, lastEpochBlock: number): void {
  const { block } = state;
  const { neurons, settings } = subnet;
  const owner = ownerNeuron(subnet, state.owner);
  const ownerUid = owner?.uid ?? null;
  const shares = stakeShares(
    neurons.map(({ stakeRao }) => stakeRao),
    settings.stakeThresholdRao,
    ownerUid,
  );
  const lastStep = lastEpochBlock === 0 ? Math.max(0, block - settings.tempo) : lastEpochBlock + 1;
  const results = Array.from({ length: settings.mechanisms }, (_, mechanism) =>
    mechanismEpoch(state, subnet, { mechanism, shares, owner, lastStep }),
  );
  const permits = permitsOf(shares, settings.maxValidators, ownerUid);

  const emissionRao = settings.emissionRaoPerBlock * BigInt(block - lastEpochBlock);
  const ownerRao = (emissionRao * OWNER_CUT) / HUNDRED;
  credit(state, state.owner, ownerRao);
  let leftRao = emissionRao - ownerRao;
  const paidRao = Number(leftRao);
  /** Floating point may make a little more of a whole than it is: there is no more than there is. */
  const take = (share: number): bigint => {
    const rao = BigInt(Math.floor(share * paidRao));
    const taken = rao < leftRao ? rao : leftRao;
    leftRao -= taken;
    return taken;
  };
  for (const neuron of neurons) {
    const { uid, coldkey, places } = neuron;
    const minerRao = take(mean(results, ({ minerShare }) => minerShare[uid]));
    const validatorRao = take(mean(results, ({ validatorShare }) => validatorShare[uid]));
    credit(state, coldkey, minerRao);
    neuron.stakeRao += validatorRao;
    neuron.emissionRao = minerRao + validatorRao;
    neuron.consensus = toU16(mean(results, ({ consensus }) => consensus[uid]));
    neuron.validatorTrust = toU16(mean(results, ({ validatorTrust }) => validatorTrust[uid]));
    neuron.dividends = toU16(mean(results, ({ dividends }) => dividends[uid]));
    neuron.active = places.some(({ lastUpdateBlock }) => lastUpdateBlock + settings.activityCutoff >= block);
    neuron.validatorPermit = permits[uid] ?? false;
    for (const [mechanism, { incentive, bonds }] of results.entries()) {
      const place = places[mechanism];
      if (place === undefined) continue;
      place.incentive = toU16(incentive[uid] ?? 0);
      // Bonds belong to who has a permit.
      place.bonds = neuron.validatorPermit ? (bonds[uid] ?? new Map()) : new Map();
    }
  }
}
