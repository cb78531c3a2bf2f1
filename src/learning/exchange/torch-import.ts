import { InvalidArgumentError } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS, FEATURE_NAMES } from "../../schema.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import { ModelFileError } from "../errors.ts";
import { baseRateOf, conversationSketch, datasetHash } from "../models/base-rate.ts";
import { type Calibration, fitCalibration } from "../models/calibration.ts";
import { fit } from "../models/fit.ts";
import { baselineModel, type Classifier, type Model } from "../models/model.ts";
import { createPrepared } from "../models/predict.ts";
import type { Preparation } from "../models/preparation.ts";
import { createLogit } from "../models/score.ts";
import { LARGEST_F32 } from "../trees/trees.ts";
import { readWhole } from "./read-whole.ts";
import { type Activation, networkOf } from "./torch-network.ts";
import { readStateDict } from "./torch-pickle.ts";
import { readTensor, type TorchTensor } from "./torch-tensors.ts";
import { MAX_TORCH_BYTES, openTorchArchive } from "./torch-zip.ts";

/** What a PyTorch file does not tell. */
export interface TorchOptions {
  /** What stands between its dense layers (default "relu"). */
  readonly activation?: Activation | undefined;
  /** How features became its inputs; default: as they are, unknown ones as 0, which is how the reference trains. */
  readonly preparation?: Preparation | undefined;
  /** Rows that give the base rate, the median time and a time model; without them, ignorance. */
  readonly data?: Dataset | undefined;
  /** Fitted on `data`, which the network should not have learned from (default "none": what PyTorch says). */
  readonly calibration?: Calibration["kind"] | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For errors. */
  readonly path?: string | undefined;
}

/** A model out of another program's file, and what had to be taken for granted. */
export interface ImportedModel {
  readonly model: Model;
  readonly warnings: readonly string[];
}

/** Features as they are; in single precision nothing is beyond the cut. */
const RAW: Preparation = {
  clip: LARGEST_F32,
  columns: FEATURE_NAMES.map((feature) => ({ kind: "value", feature, log: false, mean: 0, inverse: 1 })),
};
/** Of nothing at all: an even chance, half way to the horizon. */
const IGNORANCE = { rate: 0.5, medianTimeSeconds: DEFAULT_HORIZON_SECONDS / 2 };

/** Everything that rows tell about a network that has learned elsewhere. */
async function withData(
  model: Model,
  classifier: Exclude<Classifier, { kind: "constant" }>,
  data: Dataset,
  { calibration = "none", seed, signal }: TorchOptions,
): Promise<Model> {
  const baseline = baseRateOf(data);
  const prepare = createPrepared(model);
  const logit = createLogit(classifier, model.preparation);
  const logits = Float64Array.from({ length: data.rows }, (_, row) =>
    logit(data.X, row * INPUTS, prepare(data.X, row * INPUTS)),
  );
  // Trees read the features as they are, so their times fit any preparation.
  const { model: timed } = await fit(data, { kind: "trees", seed, signal });
  return {
    ...model,
    calibration: fitCalibration(calibration, { logits, y: data.y, groups: data.groups, rate: baseline.rate }),
    time: timed.time,
    baseline,
    origin: {
      ...model.origin,
      rows: data.rows,
      dataHash: datasetHash(data),
      conversations: conversationSketch(data),
    },
  };
}

/**
 * A model out of the bytes of a PyTorch state_dict (`.pt` or `.pth`, the zip form of version 1.6 and later): Linear and BatchNorm1d
 * by their numbers in an nn.Sequential, one output, with a Sigmoid behind it or without. Reading runs nothing of the file.
 *
 * @throws {ModelFileError} with the reason; {@link UnusableDataError} when a class is missing in `data`.
 * @example
 * const { model } = await importTorch(await readFile("my_model.pt"));
 * predict(model, question).confidence; // 0.43
 */
export async function importTorch(bytes: Uint8Array, options: TorchOptions = {}): Promise<ImportedModel> {
  const { path = "a PyTorch file", activation = "relu", preparation = RAW, data, calibration = "none" } = options;
  const { pickle, storages } = await openTorchArchive(path, bytes);
  const state = await readStateDict(path, pickle);
  const refuse = (reason: string) => new ModelFileError({ path, reason });
  const tensors = new Map<string, TorchTensor>();
  let numbers = 0;
  for (const [name, found] of state) {
    const tensor = readTensor(path, name, found, storages);
    // Thousands of tensors may share one storage, and each takes memory of its own here.
    numbers += tensor.values.length;
    if (numbers > bytes.length) throw refuse("its tensors hold more numbers than the file has bytes");
    tensors.set(name, tensor);
  }
  const { trained, warnings } = networkOf(path, tensors, activation);
  const { inputs, outputs } = trained.network;
  if (inputs !== preparation.columns.length) {
    throw refuse(`its first layer takes ${inputs} numbers, and ${preparation.columns.length} are there`);
  }
  if (outputs !== 1) throw refuse(`its last layer gives ${outputs} numbers, and one is read: a logit`);
  const classifier = { kind: "network", ...trained } as const;
  const model: Model = { ...baselineModel(IGNORANCE), preparation, classifier };
  if (data !== undefined) return { model: await withData(model, classifier, data, options), warnings };
  if (calibration !== "none") {
    throw new InvalidArgumentError({
      argument: "calibration",
      problem: "needs data to be fitted on",
      value: calibration,
    });
  }
  const { rate, medianTimeSeconds } = IGNORANCE;
  const ignorance = `Without rows nothing tells when a conversion comes: every time is ${medianTimeSeconds} s, and the base rate ${rate}.`;
  return { model, warnings: [...warnings, ignorance] };
}

/**
 * {@link importTorch} of a file.
 *
 * @throws {ModelFileError} with the reason; {@link UnusableDataError} when a class is missing in `data`.
 * @example
 * (await readTorchFile("my_model.pt", { activation: "gelu" })).model.classifier.kind; // "network"
 */
export async function readTorchFile(path: string, options: TorchOptions = {}): Promise<ImportedModel> {
  return importTorch(await readWhole(path, MAX_TORCH_BYTES), { path, ...options });
}
