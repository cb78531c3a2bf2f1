import { type AxonInfo, ChainRefusedError, type EpochState } from "../chain/index.ts";
import type { SubnetSettings } from "./settings.ts";
import type { SparseRow } from "./yuma/matrix.ts";

/** What a neuron has on one mechanism. */
export interface Place {
  lastUpdateBlock: number;
  /** u16 by uid, the largest 65535; null = never set. Whoever loses its uid is taken out of all rows: nobody inherits. */
  weights: SparseRow | null;
  /** u16 by uid. */
  bonds: SparseRow;
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
  places: Place[];
}
/** A commit of either kind that waits. */
export interface WaitingCommit {
  readonly mechanism: number;
  readonly hotkey: string;
  /** Index of the epoch that it was made in. */
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
  /** Oldest first. */
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

export function newPlace(block: number): Place {
  return { lastUpdateBlock: block, weights: null, bonds: new Map(), incentive: 0 };
}

/** The subnet's owner as a neuron: the first that its coldkey registered. Undefined = it has none. */
export function ownerNeuron(subnet: Subnet, owner: string): LedgerNeuron | undefined {
  return subnet.neurons.find(({ coldkey }) => coldkey === owner);
}

/** The row without a uid; the same row when it is not in it. */
function without(row: SparseRow, uid: number): SparseRow {
  return row.has(uid) ? new Map([...row].filter(([other]) => other !== uid)) : row;
}

/** Takes a uid out of everybody's weights and bonds: who comes after it begins with nothing. */
export function forgetUid(subnet: Subnet, uid: number): void {
  for (const place of subnet.neurons.flatMap(({ places }) => places)) {
    if (place.weights !== null) place.weights = without(place.weights, uid);
    place.bonds = without(place.bonds, uid);
  }
}
