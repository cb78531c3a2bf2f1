import { type ChainRefusal, ChainRefusedError, type Neuron } from "../chain/index.ts";
import type { Call } from "./calls.ts";
import type { Subnet } from "./subnet.ts";

/** The checks of set_weights, in Subtensor's order. Returns the caller's neuron. */
export function assertWeights(
  subnet: Subnet,
  call: Extract<Call, { type: "set_weights" }>,
  caller: string,
  block: number,
): Neuron {
  const { hyperparameters: h, neurons } = subnet;
  const { uids, weights } = call;
  const refuse = (refusal: ChainRefusal, values: Record<string, string | number> = {}): never => {
    throw new ChainRefusedError({ refusal, values });
  };
  if (uids.length !== weights.length) refuse("WeightVecNotEqualSize", { Uids: uids.length, Weights: weights.length });
  if (uids.length > neurons.length)
    refuse("UidsLengthExceedUidsInSubNet", { Uids: uids.length, Neurons: neurons.length });
  const neuron = neurons.find(({ hotkey }) => hotkey === caller);
  if (neuron === undefined) return refuse("HotKeyNotRegisteredInSubNet", { Netuid: subnet.netuid, Hotkey: caller });
  if (neuron.stakeRao < h.stakeThresholdRao) {
    refuse("NotEnoughStakeToSetWeights", { Stake: `${neuron.stakeRao} rao`, Needed: `${h.stakeThresholdRao} rao` });
  }
  if (h.weightsVersionKey !== 0 && call.versionKey < h.weightsVersionKey) {
    refuse("IncorrectWeightVersionKey", { Given: call.versionKey, Needed: h.weightsVersionKey });
  }
  const since = block - neuron.lastUpdateBlock;
  if (subnet.weights.has(caller) && since < h.weightsRateLimit)
    refuse("SettingWeightsTooFast", { "Blocks left": h.weightsRateLimit - since });
  if (!neuron.validatorPermit)
    refuse("NeuronNoValidatorPermit", { Uid: neuron.uid, "Blocks to the next epoch": h.tempo - (block % h.tempo) });
  if (new Set(uids).size !== uids.length) refuse("DuplicateUids");
  const unknown = uids.find((uid) => neurons[uid] === undefined);
  if (unknown !== undefined) refuse("UidVecContainInvalidOne", { Uid: unknown });
  const least = Math.min(neurons.length, h.minAllowedWeights);
  if (uids.length < least) refuse("WeightVecLengthIsLow", { Given: uids.length, Needed: least });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const largest = Math.max(0, ...weights) / (sum === 0 ? 1 : sum);
  // The chain compares in u16: one part of 65535 is rounding.
  if (largest > h.maxWeightLimit + 1 / 65_535)
    refuse("MaxWeightExceeded", { Share: largest.toFixed(4), Limit: h.maxWeightLimit });
  return neuron;
}
