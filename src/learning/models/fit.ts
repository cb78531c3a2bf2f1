import { createRandom, InvalidArgumentError, systemClock } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS } from "../../schema.ts";
import { auc, brierScore } from "../../scoring/index.ts";
import { type Dataset, splitDataset } from "../data/dataset.ts";
import { UnusableDataError } from "../errors.ts";
import { mlp } from "../network/layers.ts";
import { logistic } from "../network/steps.ts";
import { assemble } from "./assemble.ts";
import { baseRateOf, conversationSketch, datasetHash } from "./base-rate.ts";
import { type FitOptions, switchesOf } from "./fit-options.ts";
import type { History } from "./history.ts";
import { factsOf, type Journal, openJournal } from "./journal.ts";
import { DEFAULT_LAYER_SIZES, DEFAULT_TREES, type Lesson } from "./learn.ts";
import { baselineModel, type Model, type Scorer } from "./model.ts";
import type { PartsPlan } from "./parts.ts";
import { learnAcross, learnOnce } from "./rounds.ts";
import type { ModelKind } from "./switches.ts";

const DEFAULT_EPOCHS = 20;
const FOLDS = 5;
/** Beyond this one fifth held back says enough, and five rounds would take long. */
const MANY_ROWS = 5_000;

function positive(argument: string, value: number, whole: boolean): number {
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError({ argument, problem: `must be a ${whole ? "whole " : ""}number above 0`, value });
}

const EVERY: readonly Scorer["kind"][] = ["linear", "network", "trees"];
/** The parts that each kind is made of. */
const PARTS: Readonly<Record<ModelKind, readonly Scorer["kind"][]>> = {
  auto: EVERY,
  baseline: [],
  logistic: ["linear"],
  network: ["network"],
  trees: ["trees"],
  ensemble: EVERY,
};

/** The plan of parts, every switch checked. */
function planOf(options: FitOptions, kind: ModelKind, journal: Journal, onEpoch: Lesson["onEpoch"]): PartsPlan {
  const { clock = systemClock, signal, horizonSeconds = DEFAULT_HORIZON_SECONDS } = options;
  const epochs = positive("epochs", options.epochs ?? DEFAULT_EPOCHS, true);
  const batchSize = positive("batchSize", options.batchSize ?? 64, true);
  const learningRate = positive("learningRate", options.learningRate ?? 1e-3, false);
  const patience = positive("patience", options.patience ?? 5, true);
  return {
    classKinds: PARTS[kind],
    timeKinds: options.time === undefined || options.time === "regression" ? PARTS[kind] : [],
    hazard: options.time === "hazard",
    horizonSeconds: positive("horizonSeconds", horizonSeconds, false),
    preparation: options.preparation ?? {},
    settings: ({ columns }, rows) => ({
      network: options.network ?? mlp(columns.length, options.layerSizes ?? DEFAULT_LAYER_SIZES),
      epochs,
      batchSize,
      learningRate,
      patience,
      kernels: options.kernels,
      weightDecay: options.weightDecay ?? Math.min(1, 2000 / rows),
      clipNorm: options.clipNorm,
      schedule: options.schedule,
    }),
    trees: { ...DEFAULT_TREES, ...options.trees },
    classWeights: options.classWeights,
    journal,
    clock,
    signal,
    onEpoch,
  };
}

/**
 * Trains a model: preparation, classifier, calibration, class decision and time, so that where chats say nothing the model says
 * the base rate. Calibration, combination and decision are fitted on rows that the classifier has not learned from. Pure but for
 * the callbacks: same data, options and seed, same bytes.
 *
 * @throws {UnusableDataError} when a class is missing; {@link LossNotFiniteError}; {@link LayerShapeError};
 * {@link CheckpointDiffersError} when it is to go on from another training; the signal's reason when it is aborted before there
 * was anything to keep.
 * @example
 * const { model, history } = await fit(dataset, { kind: "logistic", seed: 7 });
 * predict(model, question).confidence; // 0.43
 */
export async function fit(dataset: Dataset, options: FitOptions = {}): Promise<{ model: Model; history: History }> {
  const { seed = 42, signal, checkpoints, resume = false, clock = systemClock } = options;
  const own = options.network !== undefined || options.layerSizes !== undefined;
  const kind = options.kind ?? (own ? "network" : "auto");
  const random = createRandom(seed).fork("fit");
  const progress = (share: number) => options.onProgress?.(share);
  const facts = checkpoints === undefined ? {} : factsOf(switchesOf(options), dataset, options.validation);
  const journal = await openJournal(facts, { checkpoints, resume, clock });
  // The rows whose epochs are worth reporting: those that stop the parts that will serve.
  let watched: Dataset | null = null;
  const plan = planOf(
    options,
    kind,
    journal,
    async ({ epoch, trainLoss, valLoss, rowsPerSecond, valOutputs }, best) => {
      if (watched === null) return;
      const probabilities = valOutputs.map(logistic);
      const valAuc = auc(probabilities, watched.y);
      const valBrier = brierScore(probabilities, watched.y);
      const epochs = options.epochs ?? DEFAULT_EPOCHS;
      const report = { epoch, epochs, trainLoss, valLoss, valAuc, valBrier, rowsPerSecond };
      journal.reports.push(report);
      if (best !== null) await options.onBest?.({ ...baselineModel(baseline), origin, ...best() });
      options.onEpoch?.(report);
    },
  );
  if (options.validation?.rows === 0) throw new UnusableDataError({ problem: "none validates", rows: 0, converted: 0 });
  const once = options.validation !== undefined || isOnce(options, kind, dataset);
  const { train, test: validation } =
    options.validation === undefined && once && kind !== "baseline"
      ? splitDataset(dataset, { testShare: 0.2, seed })
      : { train: dataset, test: options.validation ?? dataset };
  const baseline = baseRateOf(train);
  const origin = {
    seed,
    rows: train.rows,
    dataHash: datasetHash(dataset),
    conversations: conversationSketch(dataset),
    metrics: {},
  };
  if (kind === "baseline") {
    progress(1);
    return { model: assemble({ fitted: null, baseline, origin }, options), history: NO_HISTORY };
  }
  if (once) watched = validation;
  const fitted = once
    ? await learnOnce(train, validation, plan, { random, onProgress: progress })
    : await learnAcross(dataset, plan, {
        // Fewer conversations than rounds are told of by what a round lacks.
        folds: options.folds ?? Math.max(2, Math.min(FOLDS, new Set(dataset.groups).size)),
        seed,
        random,
        onProgress: progress,
        onLast: (stop) => {
          watched = stop;
        },
      });
  if (fitted === null) throw signal?.reason;
  progress(1);
  const { learned } = fitted.parts;
  return {
    model: assemble({ fitted, baseline, origin }, options),
    history: {
      epochs: journal.reports,
      bestEpoch: learned?.bestEpoch ?? 0,
      stoppedEarly: learned?.stoppedEarly ?? false,
      aborted: signal?.aborted === true,
    },
  };
}

const NO_HISTORY: History = { epochs: [], bestEpoch: 0, stoppedEarly: false, aborted: false };

/** One fifth held back, in place of rounds. */
function isOnce({ folds }: FitOptions, kind: ModelKind, { rows }: Dataset): boolean {
  return folds === undefined ? kind === "network" || rows > MANY_ROWS : folds === 0;
}
