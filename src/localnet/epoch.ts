import type { LedgerState } from "./state.ts";
import type { LedgerNeuron, Subnet } from "./subnet.ts";

const shareOf = (stakeRao: bigint, totalRao: bigint) => Number((stakeRao * 1_000_000_000n) / totalRao) / 1e9;

export function runEpoch(_state: LedgerState, { neurons, settings }: Subnet): void {
  const validators = neurons
    .filter(({ stakeRao }) => stakeRao >= settings.stakeThresholdRao && stakeRao > 0n)
    .sort((a, b) => (a.stakeRao === b.stakeRao ? a.uid - b.uid : a.stakeRao > b.stakeRao ? -1 : 1))
    .slice(0, settings.maxValidators);
  const permitted = new Set<LedgerNeuron>(validators);
  const incentive = new Float64Array(neurons.length);
  const voters = validators.filter(({ places }) => places[0]?.weights);
  const totalRao = voters.reduce((sum, { stakeRao }) => sum + stakeRao, 0n);
  for (const { hotkey: voter, stakeRao, places } of voters) {
    const row = places[0]?.weights;
    const lastUpdateBlock = places[0]?.lastUpdateBlock ?? 0;
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
  for (const neuron of neurons) {
    neuron.validatorPermit = permitted.has(neuron);
    const [place] = neuron.places;
    if (place) place.incentive = total === 0 ? 0 : Math.floor((Number(incentive[neuron.uid]) / total) * 65_535 + 1e-6);
  }
}
