import {
  type Beacon,
  type CallDescription,
  type ChainCall,
  type ChainInfo,
  type Hyperparameters,
  type Metagraph,
  type Neuron,
  type PendingCommit,
  type SubnetSummary,
  signedBy,
  timelockedHash,
  type WeightRow,
} from "../chain/index.ts";
import { fromHex } from "../core/index.ts";
import { burnAt } from "./burn.ts";
import { isExpired } from "./commits.ts";
import { type LedgerState, subnetOf } from "./state.ts";
import { type LedgerNeuron, placeOf, type WaitingCommit } from "./subnet.ts";
import { assertMechanism } from "./weight-checks.ts";

const share = (u16: number) => u16 / 65_535;

function neuronView(neuron: LedgerNeuron, mechanism: number): Neuron {
  const { incentive, lastUpdateBlock } = placeOf(neuron, mechanism);
  return {
    uid: neuron.uid,
    hotkey: neuron.hotkey,
    coldkey: neuron.coldkey,
    stakeRao: neuron.stakeRao,
    validatorPermit: neuron.validatorPermit,
    active: neuron.active,
    axon: neuron.axon,
    axonUpdatedAtBlock: neuron.axonUpdatedAtBlock,
    incentive: share(incentive),
    dividends: share(neuron.dividends),
    validatorTrust: share(neuron.validatorTrust),
    consensus: share(neuron.consensus),
    emissionRao: neuron.emissionRao,
    registeredAtBlock: neuron.registeredAtBlock,
    lastUpdateBlock,
  };
}

/** The runtime that the ledger follows. */
const SPEC_VERSION = 424;

export function readInfo({ genesisHash, blockTimeMs }: LedgerState, beacon: Beacon): ChainInfo {
  const { publicKey, genesisSeconds, periodSeconds } = beacon;
  return {
    network: "local",
    genesisHash: `0x${genesisHash}`,
    specVersion: SPEC_VERSION,
    blockTimeMs,
    beacon: { publicKey, genesisSeconds, periodSeconds },
    development: true,
  };
}

export function readMetagraph(state: LedgerState, netuid: number, mechanism: number): Metagraph {
  const subnet = subnetOf(state, netuid);
  assertMechanism(subnet, mechanism);
  return { netuid, block: state.block, neurons: subnet.neurons.map((neuron) => neuronView(neuron, mechanism)) };
}

export function readHyperparameters(state: LedgerState, netuid: number): Hyperparameters {
  const subnet = subnetOf(state, netuid);
  const { settings: s } = subnet;
  return {
    tempo: s.tempo,
    weightsRateLimit: s.weightsRateLimit,
    servingRateLimit: s.servingRateLimit,
    minAllowedWeights: s.minAllowedWeights,
    maxWeightLimit: s.maxWeightLimit,
    weightsVersionKey: s.weightsVersionKey,
    maxAllowedUids: s.maxAllowedUids,
    maxValidators: s.maxValidators,
    stakeThresholdRao: s.stakeThresholdRao,
    immunityPeriod: s.immunityPeriod,
    activityCutoff: s.activityCutoff,
    burnRao: burnAt(subnet, state.block),
    registrationAllowed: s.registrationAllowed,
    commitReveal: s.commitReveal,
    commitRevealPeriodEpochs: s.commitRevealPeriodEpochs,
    commitRevealVersion: s.commitRevealVersion,
    mechanisms: s.mechanisms,
    kappa: s.kappa,
    bondsMovingAverage: s.bondsMovingAverage,
    yumaVersion: s.yumaVersion,
  };
}

export function readSubnets(state: LedgerState): SubnetSummary[] {
  return [...state.subnets.values()].map((subnet) => ({
    netuid: subnet.netuid,
    name: subnet.settings.name,
    owner: state.owner,
    neurons: subnet.neurons.length,
    maxAllowedUids: subnet.settings.maxAllowedUids,
    tempo: subnet.settings.tempo,
    burnRao: burnAt(subnet, state.block),
    registrationAllowed: subnet.settings.registrationAllowed,
  }));
}

/** Rows as they stand; of those who are gone nothing is left in them. */
export function readWeights(state: LedgerState, netuid: number, mechanism: number): WeightRow[] {
  const subnet = subnetOf(state, netuid);
  assertMechanism(subnet, mechanism);
  return subnet.neurons.flatMap((neuron) => {
    const row = placeOf(neuron, mechanism).weights;
    if (row === null) return [];
    const entries = [...row].sort(([a], [b]) => a - b);
    return [{ uid: neuron.uid, uids: entries.map(([uid]) => uid), weights: entries.map(([, weight]) => weight) }];
  });
}

/** Of a timelocked commit BLAKE2b-256 of its bytes, as the chain's event says. */
function commitHashOf({ content, revealRound }: WaitingCommit): string {
  if (revealRound === null) return content;
  return timelockedHash(fromHex("commit", content));
}

export function readPendingCommits(
  state: LedgerState,
  { netuid, mechanism, hotkey }: { netuid: number; mechanism: number; hotkey: string },
): PendingCommit[] {
  const subnet = subnetOf(state, netuid);
  assertMechanism(subnet, mechanism);
  return subnet.commits
    .filter((commit) => commit.hotkey === hotkey && commit.mechanism === mechanism && !isExpired(subnet, commit))
    .map((commit) => ({
      kind: commit.revealRound === null ? "hash" : "timelocked",
      hash: commitHashOf(commit),
      committedAtBlock: commit.block,
      epochIndex: commit.epoch,
      revealRound: commit.revealRound,
    }));
}

const CALL_NAMES: Readonly<Record<ChainCall["type"], string>> = {
  register: "burned_register",
  add_stake: "add_stake",
  serve_axon: "serve_axon",
  set_weights: "set_mechanism_weights",
  commit_weights: "commit_mechanism_weights",
  reveal_weights: "reveal_mechanism_weights",
  commit_timelocked_weights: "commit_timelocked_mechanism_weights",
};

/** The call under Subtensor's name; the ledger's calls are JSON, so it has no SCALE bytes. */
export function describeCall(call: ChainCall): CallDescription {
  const { type, ...args } = call;
  const limited = call.type === "register" && call.maxBurnRao !== null;
  return {
    pallet: "SubtensorModule",
    name: limited ? "register_limit" : CALL_NAMES[type],
    args,
    bytes: null,
    signedBy: signedBy(call),
  };
}
