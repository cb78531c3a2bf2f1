import { type Clock, InvalidArgumentError, type Random } from "../../core/index.ts";
import { countConverted, type Dataset, INPUTS, settledOnly, takeRows } from "../data/dataset.ts";
import { fitHazard, type Hazard, hazardEdges, hazardQuantile } from "./hazard.ts";
import type { Journal, Learned } from "./journal.ts";
import { type Lesson, learn, type NetworkSettings, type TargetRows, timeNetwork } from "./learn.ts";
import type { Classifier, Scorer } from "./model.ts";
import { momentOf } from "./predict.ts";
import {
  createPrepareRow,
  fitPreparation,
  type Preparation,
  type PreparationOptions,
  prepareRows,
} from "./preparation.ts";
import { createLogit, createScore } from "./score.ts";
import type { ClassWeights, TreesSwitches } from "./switches.ts";

type Kind = Scorer["kind"];

/** Which parts are learned, and how. */
export interface PartsPlan {
  readonly classKinds: readonly Kind[];
  readonly timeKinds: readonly Kind[];
  readonly hazard: boolean;
  readonly horizonSeconds: number;
  readonly preparation: PreparationOptions;
  /** Given the prepared columns: a network of the user's own may not take as many. */
  readonly settings: (preparation: Preparation, rows: number) => NetworkSettings;
  readonly trees: TreesSwitches;
  readonly classWeights: ClassWeights | undefined;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Of the classifying network. */
  readonly onEpoch: Lesson["onEpoch"];
}

/** Everything that was learned from the same rows. */
export interface Parts {
  readonly preparation: Preparation;
  readonly classes: readonly Scorer[];
  /** Log time is `centre + scale * output`. */
  readonly times: readonly Scorer[];
  readonly centre: number;
  readonly scale: number;
  readonly hazard: Hazard | null;
  /** How the classifying network got there, where there is one. */
  readonly learned: Learned | null;
  readonly aborted: boolean;
}

/** What parts say of rows that they have not learned from, by part in order. */
export interface PartsForecasts {
  readonly logits: readonly Float64Array[];
  readonly logTimes: readonly Float64Array[];
  readonly hazardLogTimes: Float64Array | null;
}

/** With fewer conversions at a known moment than this (a fifth of it on the stopping side), the median is given instead. */
const MIN_TIMED = 100;
const HAZARD_PENALTY = 100;

/** Rows that converted at a known moment. */
const timedRows = (dataset: Dataset): Dataset =>
  takeRows(
    dataset,
    dataset.groups.flatMap((_, row) => (dataset.timeSeconds[row] > 0 ? [row] : [])),
  );

/** How much each part costs beside the others: for the progress bar. */
const COST: Readonly<Record<Kind, number>> = { linear: 1, trees: 4, network: 10 };

/** Shares of the work, told as one that rises from 0 to 1. */
function createShares(plan: PartsPlan, onProgress: ((share: number) => void) | undefined) {
  const all = [...plan.classKinds, ...plan.timeKinds].reduce((sum, kind) => sum + COST[kind], 0);
  let done = 0;
  return (kind: Kind) => {
    const before = done;
    done += COST[kind];
    return (share: number) => onProgress?.((before + COST[kind] * Math.min(1, share)) / all);
  };
}

/** Weights of rows by class, their mean 1 over the training rows, so that penalties and learning rates keep their meaning. */
function weigher(weights: ClassWeights | undefined, { rows, y }: Dataset) {
  const converted = countConverted({ y });
  if (weights === undefined || converted === 0 || converted === rows) return null;
  const [zero, one] = weights === "balanced" ? [1 / (rows - converted), 1 / converted] : weights;
  if (!(zero > 0 && one > 0 && Number.isFinite(zero) && Number.isFinite(one))) {
    throw new InvalidArgumentError({
      argument: "classWeights",
      problem: "must be two numbers above 0",
      value: weights,
    });
  }
  const mean = (zero * (rows - converted) + one * converted) / rows;
  const weigh = (labels: Uint8Array) => Float64Array.from(labels, (label) => (label === 1 ? one : zero) / mean);
  // Weights make a class look as much more frequent: King and Zeng (2001), prior correction.
  return Object.assign(weigh, { logitShift: Math.log(zero / one) });
}

/**
 * Learns every part of a plan from the rows of `train`; those of `stop` say when to stop.
 *
 * @returns null when it was aborted before there was a classifier.
 */
export async function learnParts(
  everything: Dataset,
  stop: Dataset,
  plan: PartsPlan,
  {
    label,
    random,
    refit,
    onProgress,
  }: { label: string; random: Random; refit: boolean; onProgress?: ((share: number) => void) | undefined },
): Promise<Parts | null> {
  const train = settledOnly(everything);
  const preparation = fitPreparation(train, plan.preparation);
  const { trees, journal, clock, signal } = plan;
  const common = { refit, preparation, trees, journal, clock, signal };
  const progressOf = createShares(plan, onProgress);
  const classes: Scorer[] = [];
  let learned: Learned | null = null;
  const weigh = weigher(plan.classWeights, train);
  const classRows = ({ rows, X, y }: Dataset): TargetRows => ({
    ...{ rows, X, targets: Float64Array.from(y) },
    weights: weigh?.(y),
  });
  for (const kind of plan.classKinds) {
    const found = await learn(kind, {
      ...common,
      label: `${label}: class, ${kind}`,
      logitShift: weigh?.logitShift,
      target: "class",
      train: classRows(train),
      stop: classRows(stop),
      settings: plan.settings(preparation, train.rows),
      random: random.fork(`classifier ${kind}`),
      onEpoch: plan.onEpoch,
      onProgress: progressOf(kind),
    });
    if (found === null) return null;
    classes.push(found.scorer);
    if (kind === "network") learned = found;
  }
  const timed = { train: timedRows(train), stop: timedRows(stop) };
  const logs = timed.train.timeSeconds.map(Math.log);
  const centre = logs.reduce((sum, value) => sum + value, 0) / Math.max(1, logs.length);
  const spread = Math.sqrt(logs.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, logs.length));
  const scale = spread > 0 ? spread : 1;
  const times: Scorer[] = [];
  const enough = timed.train.rows >= MIN_TIMED && timed.stop.rows >= MIN_TIMED / 5;
  // The time model has fewer rows: more rounds over them give it as many steps as the classifier.
  const rounds = Math.ceil(train.rows / Math.max(1, timed.train.rows));
  const timeRows = ({ rows, X, timeSeconds }: Dataset): TargetRows => ({
    rows,
    X,
    targets: timeSeconds.map((time) => (Math.log(time) - centre) / scale),
  });
  for (const kind of enough ? plan.timeKinds : []) {
    if (signal?.aborted) break;
    const settings = plan.settings(preparation, train.rows);
    const found = await learn(kind, {
      ...common,
      label: `${label}: time, ${kind}`,
      target: "time",
      train: timeRows(timed.train),
      stop: timeRows(timed.stop),
      settings: {
        ...settings,
        network: timeNetwork(preparation),
        epochs: settings.epochs * rounds,
        patience: settings.patience * rounds,
      },
      random: random.fork(`time ${kind}`),
      onProgress: progressOf(kind),
    });
    if (found !== null) times.push(found.scorer);
  }
  const hazard = plan.hazard ? learnHazard(everything, preparation, plan.horizonSeconds) : null;
  return { preparation, classes, times, centre, scale, hazard, learned, aborted: signal?.aborted === true };
}

/** Null when too few conversions have a known moment. */
function learnHazard(train: Dataset, preparation: Preparation, horizonSeconds: number): Hazard | null {
  const times = timedRows(train).timeSeconds;
  if (times.length < MIN_TIMED) return null;
  // A conversion at an unknown moment says nothing about when.
  const known = takeRows(
    train,
    train.groups.flatMap((_, row) => (train.y[row] === 1 && !(train.timeSeconds[row] > 0) ? [] : [row])),
  );
  const { rows, X, y, timeSeconds, openUntilSeconds } = known;
  return fitHazard(
    {
      rows,
      width: preparation.columns.length,
      X: prepareRows(preparation, known),
      fromSeconds: Float64Array.from({ length: rows }, (_, row) => momentOf(X, row * INPUTS) ?? 0),
      untilSeconds: Float64Array.from({ length: rows }, (_, row) => {
        const open = openUntilSeconds?.[row] ?? Number.NaN;
        return y[row] === 1 ? timeSeconds[row] : Number.isNaN(open) ? horizonSeconds : open;
      }),
      converted: y,
    },
    { edgesSeconds: hazardEdges([...times], horizonSeconds), l2: HAZARD_PENALTY },
  );
}

/** A scorer as a classifier. */
export const asClassifier = (scorer: Scorer): Exclude<Classifier, { kind: "ensemble" | "constant" }> =>
  scorer.kind === "linear" ? { ...scorer, kind: "logistic" } : scorer;

/** What the parts say of every row. */
export function forecastParts(parts: Parts, { rows, X }: Pick<Dataset, "rows" | "X">): PartsForecasts {
  const { preparation, classes, times, centre, scale, hazard } = parts;
  const prepare = createPrepareRow(preparation);
  const prepared = new Float64Array(preparation.columns.length);
  const logits = classes.map((scorer) => ({
    score: createLogit(asClassifier(scorer), preparation),
    out: new Float64Array(rows),
  }));
  const logTimes = times.map((scorer) => ({ score: createScore(scorer, preparation), out: new Float64Array(rows) }));
  const hazardLogTimes = hazard === null ? null : new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const offset = row * INPUTS;
    prepare(X, offset, prepared, 0);
    for (const { score, out } of logits) out[row] = score(X, offset, prepared);
    for (const { score, out } of logTimes) out[row] = centre + scale * score(X, offset, prepared);
    if (hazard !== null && hazardLogTimes !== null) {
      hazardLogTimes[row] = Math.log(hazardQuantile(hazard, prepared, 0, momentOf(X, offset) ?? 0, 0.5));
    }
  }
  return { logits: logits.map(({ out }) => out), logTimes: logTimes.map(({ out }) => out), hazardLogTimes };
}
