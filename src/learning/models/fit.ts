import { createHash } from "node:crypto";
import { type Clock, createRandom, InvalidArgumentError, systemClock } from "../../core/index.ts";
import { auc, brierScore, median } from "../../scoring/index.ts";
import { countConverted, type Dataset, INPUTS, splitDataset } from "../data/dataset.ts";
import { createScaleRow, fitScaler } from "../data/scaler.ts";
import { UnusableDataError } from "../errors.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { mlp, type Network } from "../network/layers.ts";
import { bceWithLogits } from "../network/losses.ts";
import { logistic } from "../network/steps.ts";
import { trainNetwork } from "../network/train-network.ts";
import { fitTime, timedRows } from "./fit-time.ts";
import type { BaseRate, NetworkModel } from "./model.ts";
import { outputsOf, probabilityOf } from "./predict.ts";
import { shrinkWeight } from "./shrink.ts";

/** What the classifier came to after an epoch: enough for a progress bar and for a plot. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly trainLoss: number;
  readonly valLoss: number;
  /** Null when the validation rows hold one class only. */
  readonly valAuc: number | null;
  readonly valBrier: number | null;
  readonly rowsPerSecond: number;
}

/** How a training went. */
export interface History {
  readonly epochs: readonly EpochReport[];
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** The signal stopped it; the model is the best so far. */
  readonly aborted: boolean;
}

/** How to {@link fit}. */
export interface FitOptions {
  /** Hidden sizes of the default classifier (default 64, 32). */
  readonly layerSizes?: readonly number[] | undefined;
  /** A classifier of your own, 40 inputs and 1 output, in place of the default. */
  readonly network?: Network | undefined;
  /** Rows for early stopping and shrinkage; when absent, a fifth of the conversations is held back. */
  readonly validation?: Dataset | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly learningRate?: number | undefined;
  /** Decoupled, on dense weights, as AdamW's. The default is a prior that fades with the data: 2000 / rows, at most 1. */
  readonly weightDecay?: number | undefined;
  /** Epochs without a better validation loss before it stops (default 5). */
  readonly patience?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((report: EpochReport) => void) | undefined;
  /** Share of the work done, in [0, 1], some 25 times a second. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Told of every best classifier so far, not yet shrunk and without times: a checkpoint. */
  readonly onBest?: ((model: NetworkModel) => Promise<void> | void) | undefined;
  readonly clock?: Clock | undefined;
}

export const DEFAULT_LAYER_SIZES: readonly number[] = [64, 32];
/** Half the default horizon: what scoring, too, takes for the median before it has seen a time. */
const UNKNOWN_TIME_SECONDS = 900;

/** SHA-256 (hex) of the rows of a dataset: what a model was trained on. */
export function datasetHash({ X, y, timeSeconds }: Dataset): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of [X, y, timeSeconds]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

/**
 * Share of conversions and median time of a dataset.
 *
 * @throws {UnusableDataError} when a class is missing.
 */
export function baseRateOf(dataset: Dataset): BaseRate {
  const converted = countConverted(dataset);
  if (converted === 0 || converted === dataset.rows) {
    const problem =
      dataset.rows === 0 ? "there are none" : converted === 0 ? "none converted" : "all of them converted";
    throw new UnusableDataError({ problem, rows: dataset.rows, converted });
  }
  const times = dataset.timeSeconds.filter((time) => time > 0);
  return { rate: converted / dataset.rows, medianTimeSeconds: median(times) ?? UNKNOWN_TIME_SECONDS };
}

function positive(argument: string, value: number, whole: boolean): number {
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError({ argument, problem: `must be a ${whole ? "whole " : ""}number above 0`, value });
}

/** The part that is trained: binary cross-entropy takes the logit, so a last sigmoid is left to the loss. */
function logitPart(network: Network): Network {
  return network.layers.at(-1)?.kind === "sigmoid" ? { ...network, layers: network.layers.slice(0, -1) } : network;
}

/**
 * Trains the default model, or a network of your own: a classifier and, on the rows that converted at a known moment, a time
 * model, both standardised by the training rows, stopped early and shrunk towards the base rate by the validation rows, so that
 * where chats say nothing the model says the base rate. Pure but for the callbacks: same data, options and seed, same bytes.
 *
 * @throws {UnusableDataError} when a class is missing; {@link LossNotFiniteError}; {@link LayerShapeError}; the signal's reason when
 * it is aborted before the first epoch ended.
 * @example
 * const { model, history } = await fit(dataset, { seed: 7 });
 * predict(model, question).confidence; // 0.43
 */
export async function fit(
  dataset: Dataset,
  options: FitOptions = {},
): Promise<{ model: NetworkModel; history: History }> {
  const { seed = 42, signal, clock = systemClock } = options;
  const network = options.network ?? mlp(INPUTS, options.layerSizes ?? DEFAULT_LAYER_SIZES);
  const epochs = positive("epochs", options.epochs ?? 20, true);
  const random = createRandom(seed).fork("fit");
  const { train, test: validation } =
    options.validation === undefined
      ? splitDataset(dataset, { testShare: 0.2, seed })
      : { train: dataset, test: options.validation };
  if (validation.rows === 0) throw new UnusableDataError({ problem: "none validates", rows: 0, converted: 0 });
  const shared = {
    epochs,
    batchSize: positive("batchSize", options.batchSize ?? 64, true),
    learningRate: positive("learningRate", options.learningRate ?? 1e-3, false),
    weightDecay: options.weightDecay ?? Math.min(1, 2000 / train.rows),
    patience: positive("patience", options.patience ?? 5, true),
    clock,
    signal,
  };
  const baseline = baseRateOf(train);
  const scaler = fitScaler(train);
  const timed = { train: timedRows(train), validation: timedRows(validation) };
  // The time model has fewer rows: more rounds over them give it as many steps as the classifier.
  const rounds = Math.ceil(train.rows / Math.max(1, timed.train.rows));
  const work = (train.rows + timed.train.rows * rounds) * epochs;
  const reports: EpochReport[] = [];
  const origin = { seed, rows: train.rows, dataHash: datasetHash(dataset), metrics: {} };
  const withClassifier = (parameters: Float32Array): NetworkModel => ({
    kind: "network",
    scaler,
    classifier: { network, parameters, weight: 1 },
    time: null,
    baseline,
    origin,
  });

  const classifier = await trainNetwork({
    ...shared,
    what: "classifier",
    network: logitPart(network),
    random: random.fork("classifier"),
    train: { rows: train.rows, X: train.X, targets: Float64Array.from(train.y) },
    validation: { rows: validation.rows, X: validation.X, targets: Float64Array.from(validation.y) },
    scaleRow: createScaleRow(scaler),
    loss: bceWithLogits,
    onProgress: (rowsDone) => options.onProgress?.(rowsDone / work),
    async onEpoch({ epoch, trainLoss, valLoss, rowsPerSecond, valOutputs }, isBest, parameters) {
      const probabilities = valOutputs.map(logistic);
      const valAuc = auc(probabilities, validation.y);
      const valBrier = brierScore(probabilities, validation.y);
      const report = { epoch, epochs, trainLoss, valLoss, valAuc, valBrier, rowsPerSecond };
      reports.push(report);
      if (isBest) await options.onBest?.(withClassifier(Float32Array.from(parameters)));
      options.onEpoch?.(report);
    },
  });
  if (classifier === null) throw signal?.reason;
  const raw = withClassifier(classifier.parameters);
  const weight = shrinkWeight({
    forecasts: outputsOf(raw.classifier, scaler, validation).map(probabilityOf(network)),
    truths: validation.y,
    base: baseline.rate,
    groups: validation.groups,
  });
  const time = classifier.aborted
    ? null
    : await fitTime(timed.train, timed.validation, {
        ...shared,
        epochs: epochs * rounds,
        patience: shared.patience * rounds,
        random: random.fork("time"),
        medianTimeSeconds: baseline.medianTimeSeconds,
        scaler,
        onProgress: (rowsDone) => options.onProgress?.((train.rows * epochs + rowsDone) / work),
      });
  options.onProgress?.(1);
  const shrunk: NetworkModel = { ...raw, classifier: { ...raw.classifier, weight }, time };
  const measured = Object.entries(evaluate(shrunk, validation)).flatMap(([name, value]): [string, number][] =>
    typeof value === "number" ? [[name, value]] : [],
  );
  return {
    model: { ...shrunk, origin: { ...origin, metrics: Object.fromEntries(measured) } },
    history: {
      epochs: reports,
      bestEpoch: classifier.bestEpoch,
      stoppedEarly: classifier.stoppedEarly,
      aborted: classifier.aborted || signal?.aborted === true,
    },
  };
}
