import { type Clock, InvalidArgumentError, type Random } from "../../core/index.ts";
import { INPUTS } from "../data/dataset.ts";
import type { KernelOptions } from "../kernels/network-kernels.ts";
import { mlp, type Network, tensorsOf } from "../network/layers.ts";
import { bceWithLogits, huber } from "../network/losses.ts";
import { type NetworkEpoch, trainNetwork } from "../network/train-network.ts";
import { fitTrees } from "../trees/fit-trees.ts";
import type { Journal, Learned } from "./journal.ts";
import { fitHuber, fitLogistic, type Linear, type LinearOptions, linearOutput } from "./linear.ts";
import type { Scorer, TrainedNetwork } from "./model.ts";
import { createPrepareRow, type Preparation, prepareRows } from "./preparation.ts";
import type { TreesSwitches } from "./switches.ts";

/** Raw rows with a target each. */
export interface TargetRows {
  readonly rows: number;
  readonly X: Float64Array;
  readonly targets: Float64Array;
  /** What a row's loss is multiplied by; absent: 1. */
  readonly weights?: Float64Array | undefined;
}

/** How networks are trained. */
export interface NetworkSettings {
  readonly network: Network;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm?: number | undefined;
  readonly schedule?: "constant" | "cosine" | undefined;
  readonly patience: number;
  readonly kernels?: KernelOptions | undefined;
}

/** A classifying network on its way. */
export interface Checkpoint {
  readonly preparation: Preparation;
  readonly classifier: { readonly kind: "network" } & TrainedNetwork;
}

/** One part to learn: a class (targets 0 or 1, output a logit), or the standardised log of a time. */
export interface Lesson {
  /** Under which it is kept in the journal: no other lesson of the training has it. */
  readonly label: string;
  readonly target: "class" | "time";
  readonly train: TargetRows;
  /** Rows that choose the penalty, the round or the epoch. */
  readonly stop: TargetRows;
  /** Learn from the stop rows too once they have chosen: only where others are at hand to calibrate on. */
  readonly refit: boolean;
  readonly preparation: Preparation;
  readonly settings: NetworkSettings;
  readonly trees: TreesSwitches;
  /** Added to every logit: what weights of rows have made of the share of conversions is taken back. */
  readonly logitShift?: number | undefined;
  readonly journal: Journal;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** `best` gives the network so far when this epoch is the best yet, else it is null. */
  readonly onEpoch?: ((epoch: NetworkEpoch, best: (() => Checkpoint) | null) => Promise<void> | void) | undefined;
  /** Share of the work done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** In standard deviations of log time: small, so that the fit is near the median, which is what is asked for. */
const HUBER_DELTA = 0.3;
/** Penalties tried, strongest first, in rows. */
const STRONGEST = 2000;
const WEAKER: readonly number[] = [300, 50, 8];
/** Near enough to compare penalties by. */
const ROUGHLY = 1e-3;
const FINALLY = 1e-6;
/** Shallow and slow: rows are few and chats are noisy; early stopping does the rest. */
export const DEFAULT_TREES: TreesSwitches = {
  rounds: 300,
  learningRate: 0.05,
  maxLeaves: 8,
  maxBins: 64,
  rowShare: 0.8,
  columnShare: 0.5,
  l2: 10,
};

const COMPLETE = { bestEpoch: 0, stoppedEarly: false, aborted: false } as const;

function meanLoss({ target, stop }: Lesson, X: Float64Array, width: number, linear: Linear): number {
  let sum = 0;
  for (let row = 0; row < stop.rows; row++) {
    const z = linearOutput(linear, X, row * width);
    const t = stop.targets[row];
    const loss = target === "class" ? Math.max(z, 0) - z * t + Math.log1p(Math.exp(-Math.abs(z))) : Math.abs(z - t);
    sum += (stop.weights === undefined ? 1 : stop.weights[row]) * loss;
  }
  return sum / stop.rows;
}

function learnLinear(lesson: Lesson): Learned {
  const { target, preparation, train, stop, refit } = lesson;
  const width = preparation.columns.length;
  const rowsOf = (part: TargetRows) => ({
    rows: part.rows,
    width,
    X: prepareRows(preparation, part),
    targets: part.targets,
    weights: part.weights,
  });
  const learn = (rows: ReturnType<typeof rowsOf>, options: LinearOptions) =>
    target === "class" ? fitLogistic(rows, options) : fitHuber(rows, { ...options, delta: HUBER_DELTA });
  const [own, other] = [rowsOf(train), rowsOf(stop)];
  const tried = (l2: number, start?: Linear) => {
    const linear = learn(own, { l2, start, tolerance: ROUGHLY });
    return { l2, linear, loss: meanLoss(lesson, other.X, width, linear) };
  };
  let last = tried(STRONGEST);
  let best = last;
  for (const l2 of WEAKER) {
    last = tried(l2, last.linear);
    if (last.loss < best.loss) best = last;
  }
  const { l2, linear: start } = best;
  const scorer = learn(refit ? rowsOf(joined(train, stop)) : own, { l2, start, tolerance: FINALLY });
  return { scorer: { kind: "linear", ...scorer }, ...COMPLETE };
}

function joined(a: TargetRows, b: TargetRows): TargetRows {
  const weights = a.weights === undefined || b.weights === undefined ? undefined : concat(a.weights, b.weights);
  return { rows: a.rows + b.rows, X: concat(a.X, b.X), targets: concat(a.targets, b.targets), weights };
}

function concat(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** The part that is trained: binary cross-entropy takes the logit, so a last sigmoid is left to the loss. */
function logitPart(network: Network): Network {
  return network.layers.at(-1)?.kind === "sigmoid" ? { ...network, layers: network.layers.slice(0, -1) } : network;
}

async function learnNetwork(lesson: Lesson): Promise<Learned | null> {
  const { target, train, stop, preparation, settings, random, clock, signal, label, journal, logitShift = 0 } = lesson;
  const checkpointOf = (live: Float64Array): Checkpoint => {
    const trained = { network: settings.network, parameters: Float32Array.from(live) };
    return { preparation, classifier: { kind: "network", ...shiftNetwork(trained, logitShift) } };
  };
  const result = await trainNetwork({
    ...settings,
    what: target === "class" ? "classifier" : "time model",
    network: target === "class" ? logitPart(settings.network) : settings.network,
    train,
    validation: stop,
    scaleRow: createPrepareRow(preparation),
    inputs: preparation.columns.length,
    loss: target === "class" ? bceWithLogits : huber(HUBER_DELTA),
    random,
    clock,
    signal,
    onProgress: (rowsDone) => lesson.onProgress?.(rowsDone / (train.rows * settings.epochs)),
    resume: journal.running(label),
    onState: (state) => journal.keepRunning(label, state),
    onEpoch: (epoch, isBest, live) => {
      const valOutputs = epoch.valOutputs.map((logit) => logit + logitShift);
      return lesson.onEpoch?.({ ...epoch, valOutputs }, isBest ? () => checkpointOf(live) : null);
    },
  });
  if (result === null) return null;
  const { parameters, bestEpoch, stoppedEarly, aborted } = result;
  return { scorer: { kind: "network", network: settings.network, parameters }, bestEpoch, stoppedEarly, aborted };
}

async function learnTrees(lesson: Lesson): Promise<Learned> {
  const { target, train, stop, refit, random, clock, signal, onProgress } = lesson;
  const dataOf = ({ X, targets, weights }: TargetRows) => ({ X, columns: INPUTS, targets, weights });
  const options = {
    ...lesson.trees,
    objective: target === "class" ? ("logistic" as const) : ("huber" as const),
    huberDelta: HUBER_DELTA,
    seed: random.integer(2 ** 31),
    clock,
    signal,
    onProgress,
  };
  const chosen = await fitTrees(dataOf(train), { ...options, validation: dataOf(stop) });
  if (!refit || chosen.aborted) {
    return { scorer: { kind: "trees", trees: chosen.trees }, ...COMPLETE, aborted: chosen.aborted };
  }
  const { trees, aborted } = await fitTrees(dataOf(joined(train, stop)), { ...options, rounds: chosen.bestRound });
  return { scorer: { kind: "trees", trees }, ...COMPLETE, aborted };
}

function shiftNetwork({ network, parameters }: TrainedNetwork, by: number): TrainedNetwork {
  if (by === 0) return { network, parameters };
  const last = tensorsOf(network).at(-1);
  if (last === undefined || logitPart(network).layers.at(-1)?.kind !== "dense" || last.length !== 1) {
    throw new InvalidArgumentError({ argument: "classWeights", problem: "need a network that ends in a dense layer" });
  }
  const shifted = parameters.slice();
  shifted[last.offset] += by;
  return { network, parameters: shifted };
}

/** Adds to every output: exact for what ends in a bias. */
function shiftScorer(scorer: Scorer, by: number): Scorer {
  if (by === 0) return scorer;
  if (scorer.kind === "linear") return { ...scorer, bias: scorer.bias + by };
  if (scorer.kind === "network") return { ...scorer, ...shiftNetwork(scorer, by) };
  return { ...scorer, trees: { ...scorer.trees, baseScore: Math.fround(scorer.trees.baseScore + by) } };
}

/**
 * Learns one part.
 *
 * @returns null for a network that was aborted before its first epoch ended.
 */
export async function learn(kind: Scorer["kind"], lesson: Lesson): Promise<Learned | null> {
  const { label, journal, logitShift = 0 } = lesson;
  const kept = journal.learned(label);
  const learned =
    kept ??
    (kind === "network"
      ? await learnNetwork(lesson)
      : kind === "linear"
        ? learnLinear(lesson)
        : await learnTrees(lesson));
  if (learned === null) return null;
  if (kept === null && !learned.aborted) await journal.keepLearned(label, learned);
  if (kind !== "network" || kept !== null) lesson.onProgress?.(1);
  return { ...learned, scorer: shiftScorer(learned.scorer, logitShift) };
}

/** The default shapes. */
export const DEFAULT_LAYER_SIZES: readonly number[] = [64, 32];
const TIME_LAYER_SIZES: readonly number[] = [32, 16];
/** A small network for times. */
export const timeNetwork = ({ columns }: Preparation): Network => mlp(columns.length, TIME_LAYER_SIZES);
