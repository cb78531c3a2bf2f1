import { type ChainRefusal, ChainRefusedError, type SetWeightsCall } from "../chain/index.ts";
import { type LedgerState, subnetOf } from "./state.ts";
import { type LedgerNeuron, ownerNeuron, type Place, placeOf, registeredIn, type Subnet } from "./subnet.ts";

/** What the checks are about. */
export interface Weighing {
  readonly subnet: Subnet;
  /** SS58 of the subnet's owner. */
  readonly owner: string;
  readonly block: number;
}

const refuse = (refusal: ChainRefusal, values: Record<string, string | number> = {}): never => {
  throw new ChainRefusedError({ refusal, values });
};

/** @throws {ChainRefusedError} when the subnet has no such mechanism. */
export function assertMechanism({ settings: { mechanisms }, netuid }: Subnet, mechanism: number): void {
  if (mechanism >= mechanisms)
    refuse("MechanismDoesNotExist", { Netuid: netuid, Mechanism: mechanism, Mechanisms: mechanisms });
}

/** Rate limit of weights and commits, counted from the last of either, or from the registration; none at block 0. */
export function assertNotTooFast(
  { settings: { weightsRateLimit } }: Subnet,
  { lastUpdateBlock }: Place,
  block: number,
  refusal: "SettingWeightsTooFast" | "CommittingWeightsTooFast",
): void {
  const since = block - lastUpdateBlock;
  if (lastUpdateBlock !== 0 && since < weightsRateLimit) refuse(refusal, { "Blocks left": weightsRateLimit - since });
}

/**
 * The checks of set_weights, in Subtensor's order. The rate limit holds for weights in the clear only: a commit has its own.
 *
 * @returns the caller's neuron.
 */
export function assertWeights(
  { subnet, owner, block }: Weighing,
  { mechanism, uids, weights, versionKey }: Omit<SetWeightsCall, "type" | "netuid">,
  caller: string,
): LedgerNeuron {
  const { settings: s, neurons } = subnet;
  if (uids.length !== weights.length) refuse("WeightVecNotEqualSize", { Uids: uids.length, Weights: weights.length });
  assertMechanism(subnet, mechanism);
  if (uids.length > neurons.length)
    refuse("UidsLengthExceedUidsInSubNet", { Uids: uids.length, Neurons: neurons.length });
  const neuron = registeredIn(subnet, caller);
  const isOwner = neuron === ownerNeuron(subnet, owner);
  if (neuron.stakeRao < s.stakeThresholdRao)
    refuse("NotEnoughStakeToSetWeights", { Stake: `${neuron.stakeRao} rao`, Needed: `${s.stakeThresholdRao} rao` });
  if (s.weightsVersionKey !== 0 && versionKey < s.weightsVersionKey)
    refuse("IncorrectWeightVersionKey", { Given: versionKey, Needed: s.weightsVersionKey });
  if (!s.commitReveal) assertNotTooFast(subnet, placeOf(neuron, mechanism), block, "SettingWeightsTooFast");
  const onlyItself = uids.length === 1 && uids[0] === neuron.uid;
  if (!neuron.validatorPermit && !onlyItself && !isOwner) {
    const left = Math.max(0, subnet.lastEpochBlock + s.tempo - block);
    refuse("NeuronNoValidatorPermit", { Uid: neuron.uid, "Blocks to the next epoch": left });
  }
  if (new Set(uids).size !== uids.length) refuse("DuplicateUids");
  const unknown = uids.find((uid) => neurons[uid] === undefined);
  if (unknown !== undefined) refuse("UidVecContainInvalidOne", { Uid: unknown });
  const least = Math.min(neurons.length, s.minAllowedWeights);
  if (uids.length < least && !onlyItself) refuse("WeightVecLengthIsLow", { Given: uids.length, Needed: least });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const largest = Math.max(0, ...weights) / (sum === 0 ? 1 : sum);
  // The chain compares in u16: one part of 65535 is rounding.
  if (largest > s.maxWeightLimit + 1 / 65_535 && !onlyItself)
    refuse("MaxWeightExceeded", { Share: largest.toFixed(4), Limit: s.maxWeightLimit });
  return neuron;
}

/** Stores a checked row as the chain does: its largest weight becomes 65535, and weights of 0 are kept. */
export function storeWeights(place: Place, { uids, weights }: Pick<SetWeightsCall, "uids" | "weights">): void {
  const largest = Math.max(0, ...weights);
  const upscaled = weights.map((weight) => (largest === 0 ? 0 : Math.floor((weight * 65_535) / largest)));
  place.weights = new Map(uids.map((uid, i) => [uid, upscaled[i] ?? 0]));
}

/** `set_weights`: a row in the clear. */
export function applySetWeights(state: LedgerState, call: SetWeightsCall, caller: string): void {
  const subnet = subnetOf(state, call.netuid);
  if (subnet.settings.commitReveal) refuse("CommitRevealEnabled", { Netuid: call.netuid });
  const neuron = assertWeights({ subnet, owner: state.owner, block: state.block }, call, caller);
  const place = placeOf(neuron, call.mechanism);
  storeWeights(place, call);
  place.lastUpdateBlock = state.block;
}
