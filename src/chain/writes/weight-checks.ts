import { decodeAddress } from "../../wallet/index.ts";
import type { CommitTimelockedCall, CommitWeightsCall, RevealWeightsCall, SetWeightsCall } from "../calls.ts";
import { commitHashHex } from "../commit-hash.ts";
import { nextEpochBlock } from "../epoch-schedule.ts";
import { neuronOf } from "../metagraph.ts";
import type { Hyperparameters, Metagraph, Neuron } from "../port.ts";
import { tao } from "./account-checks.ts";
import type { CheckContext, Problem } from "./preflight.ts";

type WeightCall = SetWeightsCall | CommitWeightsCall | RevealWeightsCall | CommitTimelockedCall;
const MAX_PENDING_COMMITS = 10;

/** A check gives its problem, or null. */
const problem = (
  refusal: Problem["refusal"],
  values: Problem["values"] = {},
  possibleAtBlock: number | null = null,
): Problem => ({ refusal, values, possibleAtBlock });

/** What speaks against weights in any of their four forms, in the chain's order. */
export async function weightProblems(call: WeightCall, context: CheckContext): Promise<readonly Problem[]> {
  const { chain, address, options } = context;
  const { netuid, mechanism } = call;
  const hyperparameters = await chain.hyperparameters({ netuid }, options);
  const { mechanisms } = hyperparameters;
  // Of a mechanism that is not there nothing more can be asked.
  if (mechanism >= mechanisms)
    return [problem("MechanismDoesNotExist", { Mechanism: mechanism, Mechanisms: mechanisms })];
  const metagraph = await chain.metagraph({ netuid, mechanism }, options);
  const me = neuronOf(metagraph, address);
  const found: (Problem | null)[] = [
    me === undefined ? problem("HotKeyNotRegisteredInSubNet", { Netuid: netuid, Hotkey: address }) : null,
    ...modeProblems(call, hyperparameters),
  ];
  if (me !== undefined) {
    found.push(stakeProblem(me, hyperparameters), await permitProblem(me, call, context));
    if (call.type === "set_weights") found.push(rateProblem("SettingWeightsTooFast", me, metagraph, hyperparameters));
    if (call.type === "commit_weights" || call.type === "commit_timelocked_weights")
      found.push(rateProblem("CommittingWeightsTooFast", me, metagraph, hyperparameters));
  }
  if (call.type === "set_weights") found.push(...rowProblems(call, me, metagraph, hyperparameters));
  else found.push(...(await commitProblems(call, hyperparameters, context)));
  return found.filter((item) => item !== null);
}

function modeProblems(call: WeightCall, { commitReveal, commitRevealVersion, weightsVersionKey }: Hyperparameters) {
  const found: Problem[] = [];
  if (call.type === "set_weights" && commitReveal) found.push(problem("CommitRevealEnabled"));
  if (call.type !== "set_weights" && !commitReveal) found.push(problem("CommitRevealDisabled"));
  if (call.type === "commit_timelocked_weights" && call.commitRevealVersion !== commitRevealVersion)
    found.push(
      problem("IncorrectCommitRevealVersion", { Given: call.commitRevealVersion, Needed: commitRevealVersion }),
    );
  if ("versionKey" in call && weightsVersionKey !== 0 && call.versionKey < weightsVersionKey)
    found.push(problem("IncorrectWeightVersionKey", { Given: call.versionKey, Needed: weightsVersionKey }));
  return found;
}

function stakeProblem({ stakeRao }: Neuron, { stakeThresholdRao }: Hyperparameters): Problem | null {
  if (stakeRao >= stakeThresholdRao) return null;
  return problem("NotEnoughStakeToSetWeights", { Stake: tao(stakeRao), Needed: tao(stakeThresholdRao) });
}

/** Nobody needs a permit to weigh itself alone. */
async function permitProblem(me: Neuron, call: WeightCall, { chain, options }: CheckContext): Promise<Problem | null> {
  const onlyMyself = "uids" in call && call.uids.length === 1 && call.uids[0] === me.uid;
  if (me.validatorPermit || onlyMyself || call.type === "commit_weights") return null;
  const state = await chain.epochState({ netuid: call.netuid }, options);
  return problem("NeuronNoValidatorPermit", { Uid: me.uid }, nextEpochBlock(state));
}

function rateProblem(
  refusal: "SettingWeightsTooFast" | "CommittingWeightsTooFast",
  { lastUpdateBlock }: Neuron,
  { block }: Metagraph,
  { weightsRateLimit }: Hyperparameters,
): Problem | null {
  const left = weightsRateLimit - (block - lastUpdateBlock);
  if (lastUpdateBlock === 0 || left <= 0) return null;
  return problem(refusal, { "Blocks left": left }, lastUpdateBlock + weightsRateLimit);
}

function rowProblems(
  { uids, weights }: SetWeightsCall,
  me: Neuron | undefined,
  { neurons }: Metagraph,
  { minAllowedWeights, maxWeightLimit }: Hyperparameters,
): Problem[] {
  const found: Problem[] = [];
  if (uids.length !== weights.length)
    found.push(problem("WeightVecNotEqualSize", { Uids: uids.length, Weights: weights.length }));
  if (uids.length > neurons.length)
    found.push(problem("UidsLengthExceedUidsInSubNet", { Uids: uids.length, Neurons: neurons.length }));
  if (new Set(uids).size !== uids.length) found.push(problem("DuplicateUids"));
  const unknown = uids.find((uid) => neurons[uid] === undefined);
  if (unknown !== undefined) found.push(problem("UidVecContainInvalidOne", { Uid: unknown }));
  const onlyMyself = uids.length === 1 && uids[0] === me?.uid;
  const least = Math.min(neurons.length, minAllowedWeights);
  if (uids.length < least && !onlyMyself)
    found.push(problem("WeightVecLengthIsLow", { Given: uids.length, Needed: least }));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const share = Math.max(0, ...weights) / (sum === 0 ? 1 : sum);
  // The chain compares in u16: one part of 65535 is rounding.
  if (share > maxWeightLimit + 1 / 65_535 && !onlyMyself)
    found.push(problem("MaxWeightExceeded", { Share: share.toFixed(4), Limit: maxWeightLimit }));
  return found;
}

async function commitProblems(
  call: Exclude<WeightCall, SetWeightsCall>,
  { commitRevealPeriodEpochs }: Hyperparameters,
  { chain, address, options }: CheckContext,
): Promise<Problem[]> {
  const { netuid, mechanism } = call;
  const pending = await chain.pendingCommits({ netuid, mechanism, hotkey: address }, options);
  if (call.type !== "reveal_weights") {
    return pending.length < MAX_PENDING_COMMITS
      ? []
      : [problem("TooManyUnrevealedCommits", { Pending: pending.length })];
  }
  const hashes = pending.filter(({ kind }) => kind === "hash");
  if (hashes.length === 0) return [problem("NoWeightsCommitFound")];
  const { uids, weights: values, salt, versionKey } = call;
  const publicKey = decodeAddress(address);
  const hash = commitHashHex({ publicKey, netuid, mechanismId: mechanism, uids, values, salt, versionKey });
  const mine = hashes.find((commit) => commit.hash === hash);
  if (mine === undefined) return [problem("InvalidRevealCommitHashNotMatch", { Hash: hash })];
  const state = await chain.epochState({ netuid }, options);
  const early = mine.epochIndex + commitRevealPeriodEpochs - state.epochIndex;
  if (early < 0) return [problem("ExpiredWeightCommit", { Epoch: mine.epochIndex, "Epoch now": state.epochIndex })];
  const opens = nextEpochBlock(state) + (early - 1) * state.tempo;
  return early === 0 ? [] : [problem("RevealTooEarly", { "Epochs left": early }, opens)];
}
