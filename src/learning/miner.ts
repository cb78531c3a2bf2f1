import { basename, extname, join } from "node:path";
import { InvalidArgumentError } from "../core/index.ts";
import type { Answer, Features, Question } from "../schema.ts";
import { type Matrix, type Targets, toDataset } from "./data/dataset.ts";
import { DeviceUnavailableError, ModelMissingError } from "./errors.ts";
import { fileCheckpoints } from "./files/checkpoint-file.ts";
import { readModelFile, writeModelFile } from "./files/model-file.ts";
import { fit as fitModel } from "./models/fit.ts";
import type { FitOptions } from "./models/fit-options.ts";
import type { History } from "./models/history.ts";
import type { Model } from "./models/model.ts";
import { asQuestion, createPredictor, type Predictor } from "./models/predict.ts";
import type { ModelKind } from "./models/switches.ts";
import type { Network } from "./network/layers.ts";

/** What kind of model a miner trains. */
export interface MinerConfig {
  /** Default "network", as the guide's; "auto" is often better (docs/models.md). */
  readonly kind?: ModelKind;
  /** Hidden sizes of the default classifier (default 64, 32). */
  readonly layerSizes?: readonly number[];
  /** A classifier of your own in place of the default. */
  readonly network?: Network;
}

/**
 * The guide's miner: a thin, mutable face over `fit`, `predict` and the model files. It starts without a model and refuses to
 * predict until it has one: random weights are never served.
 *
 * @example
 * const miner = new BinaryClassificationMiner({ layerSizes: [64, 32] });
 * await trainModel({ miner, XTrain, yTrain });
 * miner.predict(question).conversionHappened; // 0
 */
export class BinaryClassificationMiner {
  readonly config: MinerConfig;
  #model: Model | null = null;
  #predictor: Predictor | null = null;

  constructor(config: MinerConfig = {}) {
    this.config = config;
  }

  /** The model served now; null before training or loading. */
  get model(): Model | null {
    return this.#model;
  }

  set model(model: Model | null) {
    this.#predictor = model === null ? null : createPredictor(model);
    this.#model = model;
  }

  /**
   * Answers a question, or bare features.
   *
   * @throws {ModelMissingError} before there is a model; {@link PredictionNotFiniteError}.
   */
  predict(questionOrFeatures: Question | Features): Answer {
    if (this.#predictor === null) throw new ModelMissingError();
    return this.#predictor(asQuestion(questionOrFeatures));
  }
}

/** What {@link trainModel} takes: the guide's names, then the switches of {@link FitOptions}. */
export interface TrainModelOptions
  extends Omit<FitOptions, "kind" | "layerSizes" | "network" | "validation" | "onBest" | "checkpoints"> {
  readonly miner: BinaryClassificationMiner;
  readonly XTrain: Matrix;
  readonly yTrain: Targets;
  /** Both or neither; without them a fifth of the training conversations is held back. */
  readonly XVal?: Matrix | undefined;
  readonly yVal?: Targets | undefined;
  /**
   * Where `best.safetensors`, `last.json` and the history are kept up to date; with `resume`, a training that was killed goes on
   * from there, and ends as if it had not been.
   */
  readonly checkpointsDir?: string | undefined;
  /** "cpu" (default); anything else is refused. */
  readonly device?: string | undefined;
}

/**
 * Trains the miner's model, as the guide's `train_model`: early stopping on the validation loss, the best epoch restored. The
 * event loop keeps breathing meanwhile.
 *
 * @throws what {@link fit} throws; {@link CheckpointFileError}; {@link DeviceUnavailableError} for `device: "cuda"`.
 * @example
 * const history = await trainModel({ miner, XTrain, yTrain, XVal: XTest, yVal: yTest, epochs: 20 });
 * history.bestEpoch; // 12
 */
export async function trainModel({
  miner,
  XTrain,
  yTrain,
  XVal,
  yVal,
  checkpointsDir,
  device = "cpu",
  ...options
}: TrainModelOptions): Promise<History> {
  if (device !== "cpu") throw new DeviceUnavailableError({ device });
  if (options.resume === true && checkpointsDir === undefined) {
    throw new InvalidArgumentError({ argument: "resume", problem: "needs checkpointsDir" });
  }
  if ((XVal === undefined) !== (yVal === undefined)) {
    throw new InvalidArgumentError({ argument: "XVal and yVal", problem: "must be given together, or neither" });
  }
  const checkpoints = checkpointsDir === undefined ? undefined : fileCheckpoints(checkpointsDir);
  const best = checkpointsDir === undefined ? null : join(checkpointsDir, "best.safetensors");
  const { model, history } = await fitModel(toDataset(XTrain, yTrain), {
    ...options,
    checkpoints,
    kind: miner.config.kind ?? "network",
    layerSizes: miner.config.layerSizes,
    network: miner.config.network,
    validation: XVal === undefined || yVal === undefined ? undefined : toDataset(XVal, yVal),
    onBest: best === null ? undefined : (candidate) => writeModelFile(best, candidate),
  });
  if (best !== null) await writeModelFile(best, model);
  miner.model = model;
  return history;
}

/**
 * Saves the miner's model as `dir/name`, whole or not at all.
 *
 * @param name ends in `.safetensors`, which is added when there is no ending.
 * @returns the path.
 * @throws {ModelMissingError} when there is nothing to save; {@link InvalidArgumentError} for another ending.
 * @example
 * await saveModel(miner, "checkpoints", "my_model"); // "checkpoints/my_model.safetensors"
 */
export async function saveModel(miner: BinaryClassificationMiner, dir: string, name: string): Promise<string> {
  if (miner.model === null) throw new ModelMissingError();
  if (basename(name) !== name) {
    throw new InvalidArgumentError({ argument: "name", problem: "must be a file name without a folder", value: name });
  }
  const ending = extname(name);
  if (ending !== "" && ending !== ".safetensors") {
    throw new InvalidArgumentError({
      argument: "name",
      problem: "must end in .safetensors, or in nothing",
      value: name,
    });
  }
  const path = join(dir, ending === "" ? `${name}.safetensors` : name);
  await writeModelFile(path, miner.model);
  return path;
}

/**
 * Loads a model file into the miner; a file that is refused leaves the miner as it was.
 *
 * @throws {ModelFileError}; {@link FeatureTableError}.
 * @example
 * await loadModel(miner, "checkpoints/my_model.safetensors");
 * miner.model?.baseline.rate; // 0.421
 */
export async function loadModel(miner: BinaryClassificationMiner, path: string): Promise<void> {
  miner.model = await readModelFile(path);
}
