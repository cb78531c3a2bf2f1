import type { Neuron } from "../chain/index.ts";
import type { Subnet } from "./subnet.ts";

const shareOf = (stakeRao: bigint, totalRao: bigint) => Number((stakeRao * 1_000_000_000n) / totalRao) / 1e9;

/**
 * One epoch: permits go to the largest stakes above the threshold; incentive is the mean of the permitted validators' weight
 * rows, each normalised, its own column left out, weighted by stake. (Clipping by consensus, bonds and dividends
 * follow with the full Yuma consensus.)
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
  for (const { uid: voter, hotkey, stakeRao } of voters) {
    // A neuron that took a uid after the row was set inherits nothing of its predecessor's weight.
    const row = [...(weights.get(hotkey) ?? [])].filter(([uid]) => {
      const neuron = neurons[uid];
      return (
        uid !== voter && neuron !== undefined && neuron.registeredAtBlock <= (neurons[voter]?.lastUpdateBlock ?? 0)
      );
    });
    const sum = row.reduce((total, [, weight]) => total + weight, 0);
    if (sum === 0) continue;
    for (const [uid, weight] of row)
      incentive[uid] = Number(incentive[uid]) + (weight / sum) * shareOf(stakeRao, totalRao);
  }
  const total = incentive.reduce((sum, value) => sum + value, 0);
  return neurons.map((neuron, uid) => ({
    ...neuron,
    validatorPermit: permitted.has(uid),
    incentive: total === 0 ? 0 : Number(incentive[uid]) / total,
  }));
}
