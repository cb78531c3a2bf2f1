import type { Neuron } from "../chain/index.ts";
import type { Subnet } from "./subnet.ts";

const shareOf = (stakeRao: bigint, totalRao: bigint) => Number((stakeRao * 1_000_000_000n) / totalRao) / 1e9;

/**
 * One epoch: permits go to the largest stakes above the threshold; incentive is the mean of the permitted validators' weight
 * rows, each normalised, its own column left out, weighted by stake. (Clipping by consensus, bonds and dividends
 * follow with the full Yuma consensus.)
 *
 * Weight belongs to a hotkey: whoever takes its uid inherits none. Subtensor's rows hold uids, and it masks those registered in
 * the block of the row or later. That mask is kept, for a hotkey that left and came back; by hotkey the ledger is stricter.
 *
 * @returns the neurons with new permits and incentive; without any weights incentive is 0 for all.
 */
export function epoch({ neurons, weights, hyperparameters }: Subnet): Neuron[] {
  const validators = neurons
    .filter(({ stakeRao }) => stakeRao >= hyperparameters.stakeThresholdRao && stakeRao > 0n)
    .sort((a, b) => (a.stakeRao === b.stakeRao ? a.uid - b.uid : a.stakeRao > b.stakeRao ? -1 : 1))
    .slice(0, hyperparameters.maxValidators);
  const permitted = new Set(validators.map(({ uid }) => uid));
  const incentive = new Float64Array(neurons.length);
  const voters = validators.filter(({ hotkey }) => weights.has(hotkey));
  const totalRao = voters.reduce((sum, { stakeRao }) => sum + stakeRao, 0n);
  for (const { hotkey: voter, stakeRao, lastUpdateBlock } of voters) {
    const row = weights.get(voter);
    const weighed = neurons.flatMap(({ uid, hotkey, registeredAtBlock }) => {
      const counts = hotkey !== voter && registeredAtBlock < lastUpdateBlock;
      return counts ? [[uid, row?.get(hotkey) ?? 0] as const] : [];
    });
    const sum = weighed.reduce((total, [, weight]) => total + weight, 0);
    if (sum === 0) continue;
    for (const [uid, weight] of weighed)
      incentive[uid] = Number(incentive[uid]) + (weight / sum) * shareOf(stakeRao, totalRao);
  }
  const total = incentive.reduce((sum, value) => sum + value, 0);
  return neurons.map((neuron, uid) => ({
    ...neuron,
    validatorPermit: permitted.has(uid),
    incentive: total === 0 ? 0 : Number(incentive[uid]) / total,
  }));
}
