import { type AxonInfo, ChainRefusedError, type EpochState } from "../chain/index.ts";
import type { SubnetSettings } from "./settings.ts";

/** What a neuron has on one mechanism. Rows are by hotkey, because a uid changes hands; u16. */
export interface Place {
  lastUpdateBlock: number;
  /** Null = never set, or all whom it named are gone. */
  weights: ReadonlyMap<string, number> | null;
  bonds: ReadonlyMap<string, number>;
  /** u16, of the last epoch. */
  incentive: number;
}
/** A registered hotkey. Consensus, trust and dividends are u16 of the last epoch. */
export interface LedgerNeuron {
  readonly uid: number;
  readonly hotkey: string;
  readonly coldkey: string;
  readonly registeredAtBlock: number;
  stakeRao: bigint;
  validatorPermit: boolean;
  active: boolean;
  axon: AxonInfo | null;
  /** Block of the last announcement; 0 = never. */
  axonUpdatedAtBlock: number;
  emissionRao: bigint;
  consensus: number;
  validatorTrust: number;
  dividends: number;
  /** One for each mechanism. */
  readonly places: Place[];
}
/** A commit of either kind that waits. */
export interface WaitingCommit {
  readonly mechanism: number;
  readonly hotkey: string;
  readonly epoch: number;
  readonly block: number;
  /** Of a hash commit the hash, of a timelocked one the ciphertext; `0x` and hex. */
  readonly content: string;
  /** Null = a hash commit. */
  readonly revealRound: number | null;
}
/** A subnet of the ledger, mutable inside it only. */
export interface Subnet {
  readonly netuid: number;
  settings: SubnetSettings;
  /** By uid. */
  neurons: LedgerNeuron[];
  commits: WaitingCommit[];
  lastEpochBlock: number;
  pendingEpochAt: number;
  epochIndex: number;
  blocksSinceLastStep: number;
  /** Price of a registration after the last one, and its block: what it is now follows. */
  burn: { rao: bigint; block: number };
}

/** Where a subnet stands between two epochs. */
export function epochStateOf(subnet: Subnet, block: number): EpochState {
  const { settings, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep } = subnet;
  return { block, tempo: settings.tempo, lastEpochBlock, pendingEpochAt, epochIndex, blocksSinceLastStep };
}

/** The registered neuron of a hotkey. */
export function registeredIn(subnet: Subnet, hotkey: string): LedgerNeuron {
  const neuron = subnet.neurons.find((candidate) => candidate.hotkey === hotkey);
  if (neuron) return neuron;
  throw new ChainRefusedError({
    refusal: "HotKeyNotRegisteredInSubNet",
    values: { Netuid: subnet.netuid, Hotkey: hotkey },
  });
}

/** What a neuron has on a mechanism. */
export function placeOf(neuron: LedgerNeuron, mechanism: number): Place {
  const place = neuron.places[mechanism];
  if (place) return place;
  throw new ChainRefusedError({ refusal: "MechanismDoesNotExist", values: { Mechanism: mechanism } });
}

/** The subnet's owner as a neuron: the first that its coldkey registered. Undefined = it has none. */
export function ownerNeuron(subnet: Subnet, owner: string): LedgerNeuron | undefined {
  return subnet.neurons.find(({ coldkey }) => coldkey === owner);
}
