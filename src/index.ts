/**
 * @module conversion-subnet
 * The front door: what the guides use, and no more. Each room has a door of its own with everything it offers:
 * `conversion-subnet/learning`, `/wallet`, `/protocol`, `/chain` and so on. There is no command line here.
 *
 * @example
 * import { BinaryClassificationMiner, loadData, saveModel, trainModel } from "conversion-subnet";
 * const { XTrain, yTrain } = await loadData("train.csv");
 * const miner = new BinaryClassificationMiner({ layerSizes: [64, 32] });
 * await trainModel({ miner, XTrain, yTrain });
 * await saveModel(miner, "checkpoints", "my_model"); // "checkpoints/my_model.safetensors"
 */
export type { Chain } from "./chain/index.ts";
export {
  type Clock,
  createLogger,
  cryptoRandom,
  type Logger,
  SubnetError,
  silentLogger,
  systemClock,
  UserError,
} from "./core/index.ts";
export { createDemo, DEMO_DEFAULTS, type Demo, type DemoOptions, type DemoSummary } from "./demo/index.ts";
export { createFeatureTracker, type FeatureTracker, featuresAsOf } from "./features/index.ts";
export {
  BinaryClassificationMiner,
  baselineModel,
  batchNorm,
  createPredictor,
  dense,
  dropout,
  type Evaluation,
  evaluate,
  type Layer,
  leakyRelu,
  loadData,
  loadModel,
  type Model,
  mlp,
  type Network,
  network,
  predict,
  relu,
  saveModel,
  sigmoid,
  tanh,
  toDataset,
  trainModel,
} from "./learning/index.ts";
export { connectLedger, createLocalnet, type Localnet } from "./localnet/index.ts";
export {
  createMiner,
  type Miner,
  type MinerModules,
  type MinerOptions,
  type MinerStatus,
  type Predictor,
} from "./miner/index.ts";
export { type AskResult, type Client, createClient, type Peer } from "./protocol/index.ts";
export type {
  Answer,
  Conversation,
  ConversationEvent,
  FeatureName,
  Features,
  Landmark,
  Message,
  Question,
  Transcript,
  Truth,
} from "./schema.ts";
export { type ScoringMode, scoringMode } from "./scoring/index.ts";
export { createSimulator, readTranscripts, replay, type Simulator, type Source } from "./sources/index.ts";
export {
  createMemoryHistory,
  createValidator,
  type HistoryStore,
  type Validator,
  type ValidatorModules,
  type ValidatorOptions,
  type ValidatorStatus,
} from "./validator/index.ts";
export {
  createWallet,
  generateMnemonic,
  keypairFromUri,
  readColdkey,
  readHotkey,
  type Signer,
  verifySignature,
} from "./wallet/index.ts";
