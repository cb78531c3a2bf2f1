/**
 * @module learning
 * Row 3: data -> model -> prediction, in plain TypeScript. Datasets and their strict CSV reader, networks as lists of layers,
 * training, model files, evaluation. Pure functions and plain data; the same seed gives the same bytes. It serves nothing and
 * asks nobody: nodes are in `miner`. `BinaryClassificationMiner`, `loadData`, `trainModel`, `saveModel` and `loadModel` are the
 * guide's words for it.
 *
 * @example
 * const { XTrain, XTest, yTrain, yTest } = await loadData("train.csv");
 * const miner = new BinaryClassificationMiner({ layerSizes: [64, 32] });
 * await trainModel({ miner, XTrain, yTrain, XVal: XTest, yVal: yTest, checkpointsDir: "checkpoints" });
 * await saveModel(miner, "checkpoints", "my_model"); // "checkpoints/my_model.safetensors"
 */
export { type CsvData, readCsv } from "./csv.ts";
export {
  type Dataset,
  datasetFromRows,
  type Matrix,
  splitDataset,
  type Targets,
  takeRows,
  toDataset,
  toMatrixAndTargets,
} from "./dataset.ts";
export {
  DataError,
  DeviceUnavailableError,
  FeatureTableError,
  LayerShapeError,
  LossNotFiniteError,
  MissingColumnsError,
  ModelFileError,
  ModelMissingError,
  PredictionNotFiniteError,
  UnusableDataError,
} from "./errors.ts";
export { type Evaluation, evaluate } from "./evaluate.ts";
export { baseRateOf, type EpochReport, type FitOptions, fit, type History } from "./fit.ts";
export {
  batchNorm,
  dense,
  dropout,
  type Layer,
  leakyRelu,
  mlp,
  type Network,
  network,
  relu,
  sigmoid,
  tanh,
} from "./layers.ts";
export { type LoadDataOptions, type LoadedData, loadData, type ReadTranscripts, readDataset } from "./load-data.ts";
export {
  BinaryClassificationMiner,
  loadModel,
  type MinerConfig,
  saveModel,
  type TrainModelOptions,
  trainModel,
} from "./miner.ts";
export {
  type BaselineModel,
  type BaseRate,
  baselineModel,
  describeModel,
  type Model,
  type ModelOrigin,
  type ModelSummary,
  type NetworkModel,
  type TimeHead,
  type TrainedNetwork,
} from "./model.ts";
export { readModelFile, writeModelFile } from "./model-file.ts";
export { createPredictor, type Predictor, predict } from "./predict.ts";
export { fitScaler, type Scaler } from "./scaler.ts";
export { syntheticDataset } from "./synthetic.ts";
