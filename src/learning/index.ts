/**
 * @module learning
 * Row 3: data -> model -> prediction, in plain TypeScript. Datasets and their strict CSV reader, networks as lists of layers,
 * training, model files, ONNX and PyTorch files, evaluation. Pure functions and plain data; the same seed gives the same bytes. It
 * serves nothing and asks nobody: nodes are in `miner`. `BinaryClassificationMiner`, `loadData`, `trainModel`, `saveModel` and `loadModel` are the
 * guide's words for it.
 *
 * @example
 * const { XTrain, XTest, yTrain, yTest } = await loadData("train.csv");
 * const miner = new BinaryClassificationMiner({ layerSizes: [64, 32] });
 * await trainModel({ miner, XTrain, yTrain, XVal: XTest, yVal: yTest, checkpointsDir: "checkpoints" });
 * await saveModel(miner, "checkpoints", "my_model"); // "checkpoints/my_model.safetensors"
 */
export { checkDataset } from "./data/check.ts";
export { type CsvData, type ReadCsvOptions, readCsv } from "./data/csv.ts";
export {
  type Dataset,
  datasetFromRows,
  type Matrix,
  splitDataset,
  type Targets,
  takeRows,
  toDataset,
  toMatrixAndTargets,
} from "./data/dataset.ts";
export { readWithDuckDb, requireDuckDb, writeParquet } from "./data/duckdb.ts";
export {
  type LoadDataOptions,
  type LoadedData,
  loadData,
  type ReadDatasetOptions,
  type ReadTranscripts,
  readDataset,
} from "./data/load-data.ts";
export { syntheticDataset } from "./data/synthetic.ts";
export { CBPE_ASSUMPTION, type PerformanceEstimate } from "./drift/cbpe.ts";
export { type FeatureProfile, type Profile, profileOf } from "./drift/profile.ts";
export { profilePath, readProfileFile, writeProfileFile } from "./drift/profile-file.ts";
export { type DriftLevel, type FeatureDrift, PSI_LEVELS, psi, psiNoise } from "./drift/psi.ts";
export {
  createFeatureWatch,
  createPerformanceWatch,
  type FeatureWatch,
  type FeatureWatchReport,
  type PerformanceReport,
  type PerformanceWatch,
} from "./drift/watch.ts";
export {
  CheckpointDiffersError,
  CheckpointFileError,
  DataError,
  DataUnreadableError,
  DeviceUnavailableError,
  FeatureTableError,
  KernelsDamagedError,
  LayerShapeError,
  LossNotFiniteError,
  MissingColumnsError,
  ModelFileError,
  ModelMissingError,
  PredictionNotFiniteError,
  SweepFailedError,
  TargetAmongInputsError,
  UnusableDataError,
} from "./errors.ts";
export {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type FitFold,
} from "./evaluation/cross-validate.ts";
export { evaluate } from "./evaluation/evaluate.ts";
export type { Evaluation } from "./evaluation/figures.ts";
export { type Importance, permutationImportance } from "./evaluation/importance.ts";
export { type LatencyFigures, measureLatency } from "./evaluation/latency.ts";
export { checkLeakage, leakageWarnings, type SingleFeature } from "./evaluation/leakage.ts";
export { MEASURES, type Measure } from "./evaluation/measures.ts";
export { historyHtml } from "./evaluation/page.ts";
export { type Promotion, shouldPromote } from "./evaluation/promote.ts";
export { createReport, type Figure, type Report, reportForecasts, type Slice } from "./evaluation/report.ts";
export { reportHtml } from "./evaluation/report-html.ts";
export { reportTask } from "./evaluation/report-task.ts";
export { reportLines } from "./evaluation/report-text.ts";
export { testFold } from "./evaluation/test-fold.ts";
export { encodeOnnx, writeOnnxFile } from "./exchange/onnx-export.ts";
export { inspectOnnxFile, type OnnxHeader, type OnnxValue } from "./exchange/onnx-header.ts";
export type { OnnxReading } from "./exchange/onnx-plan.ts";
export { type OnnxModel, type OnnxOptions, openOnnxModel } from "./exchange/onnx-serve.ts";
export { type ImportedModel, importTorch, readTorchFile, type TorchOptions } from "./exchange/torch-import.ts";
export { ACTIVATIONS, type Activation } from "./exchange/torch-network.ts";
export { fileCheckpoints } from "./files/checkpoint-file.ts";
export { inspectModel, type ModelInspection } from "./files/inspect.ts";
export { readModelFile, writeModelFile } from "./files/model-file.ts";
export type { KernelOptions } from "./kernels/network-kernels.ts";
export {
  BinaryClassificationMiner,
  loadModel,
  type MinerConfig,
  saveModel,
  type TrainModelOptions,
  trainModel,
} from "./miner.ts";
export { baseRateOf, datasetHash, shareLearned } from "./models/base-rate.ts";
export { CALIBRATIONS, type Calibration } from "./models/calibration.ts";
export { type DecisionPoint, decisionCurve } from "./models/decision.ts";
export { describeModel, type ModelSummary } from "./models/describe.ts";
export { fit } from "./models/fit.ts";
export type { FitOptions } from "./models/fit-options.ts";
export { type Fold, type FoldOptions, splitByTime, splitFolds } from "./models/folds.ts";
export type { EpochReport, History } from "./models/history.ts";
export type { Checkpoints, TrainingState } from "./models/journal.ts";
export {
  type BaseRate,
  baselineModel,
  type Classifier,
  type Decision,
  type Model,
  type ModelOrigin,
  type Scorer,
  type TimeModel,
  type TrainedNetwork,
} from "./models/model.ts";
export { createPredictor, type Predictor, predict, predictTimes } from "./models/predict.ts";
export {
  fitPreparation,
  type Preparation,
  type PreparationOptions,
  type PreparedColumn,
} from "./models/preparation.ts";
export { type AssembleOptions, type FitSwitches, MODEL_KINDS, type ModelKind } from "./models/switches.ts";
export { parseSwitches } from "./models/switches-schema.ts";
export {
  batchNorm,
  dense,
  dropout,
  gelu,
  type Layer,
  leakyRelu,
  mlp,
  type Network,
  network,
  relu,
  sigmoid,
  tanh,
} from "./network/layers.ts";
export { DEFAULT_SPACE, parseSpace, type Range, type SearchSpace } from "./sweep/space.ts";
export { type Sweep, type SweepOptions, sweep, type Trial } from "./sweep/sweep.ts";
export { trialFold } from "./sweep/trial.ts";
