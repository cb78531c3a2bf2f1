import { describe, expect, it } from "vitest";
import * as chain from "../src/chain/index.ts";
import * as core from "../src/core/index.ts";
import * as demo from "../src/demo/index.ts";
import * as features from "../src/features/index.ts";
import * as front from "../src/index.ts";
import * as jobs from "../src/jobs/index.ts";
import * as localnet from "../src/localnet/index.ts";
import * as miner from "../src/miner/index.ts";
import * as protocol from "../src/protocol/index.ts";
import * as schema from "../src/schema.ts";
import * as scoring from "../src/scoring/index.ts";
import * as sources from "../src/sources/index.ts";
import * as validator from "../src/validator/index.ts";
import * as wallet from "../src/wallet/index.ts";

const names = (module: object) => Object.keys(module).sort();

describe("public names change on purpose only", () => {
  it("conversion-subnet", () => {
    expect(names(front)).toMatchInlineSnapshot(`
      [
        "BinaryClassificationMiner",
        "DEMO_DEFAULTS",
        "SubnetError",
        "UserError",
        "baselineModel",
        "batchNorm",
        "connectLedger",
        "createClient",
        "createDemo",
        "createFeatureTracker",
        "createLocalnet",
        "createLogger",
        "createMemoryHistory",
        "createMiner",
        "createPredictor",
        "createSimulator",
        "createValidator",
        "createWallet",
        "cryptoRandom",
        "dense",
        "dropout",
        "evaluate",
        "featuresAsOf",
        "generateMnemonic",
        "keypairFromUri",
        "leakyRelu",
        "loadData",
        "loadModel",
        "mlp",
        "network",
        "predict",
        "readColdkey",
        "readHotkey",
        "readTranscripts",
        "relu",
        "replay",
        "saveModel",
        "scoringMode",
        "sigmoid",
        "silentLogger",
        "systemClock",
        "tanh",
        "toDataset",
        "trainModel",
        "verifySignature",
      ]
    `);
  });
  it("jobs", () => {
    expect(names(jobs)).toMatchInlineSnapshot(`
      [
        "JobFailedError",
        "WorkerLostError",
        "createCalls",
        "createInlineJobs",
        "createThreadJobs",
        "defineTask",
      ]
    `);
  });

  it("chain", () => {
    expect(names(chain)).toMatchInlineSnapshot(`
      [
        "CHAIN_REFUSALS",
        "ChainRefusedError",
        "ChainUnreachableError",
        "RAO_PER_TAO",
        "isChainRefusal",
        "neuronOf",
      ]
    `);
  });
  it("core", () => {
    expect(names(core)).toMatchInlineSnapshot(`
      [
        "InvalidArgumentError",
        "LOG_LEVELS",
        "LockedError",
        "SubnetError",
        "TimedOutError",
        "UserError",
        "assertBytes",
        "concatBytes",
        "createAbortController",
        "createClosers",
        "createDeferred",
        "createHeap",
        "createLogger",
        "createManualClock",
        "createRandom",
        "cryptoRandom",
        "errorText",
        "fromHex",
        "lockFile",
        "printable",
        "runEvery",
        "shuffled",
        "silentLogger",
        "sleep",
        "systemClock",
        "toHex",
        "utf8",
        "withTimeout",
        "writeFileAtomic",
      ]
    `);
  });
  it("demo", () => {
    expect(names(demo)).toMatchInlineSnapshot(`
      [
        "DEMO_DEFAULTS",
        "STRATEGIES",
        "createDemo",
        "createPlayers",
        "leaderboardLines",
        "ranked",
      ]
    `);
  });
  it("features", () => {
    expect(names(features)).toMatchInlineSnapshot(`
      [
        "ENTITY_TYPES",
        "createFeatureTracker",
        "featuresAsOf",
        "findEntities",
        "foldText",
        "landmarkRows",
        "normaliseEntity",
        "truthOf",
        "visibleMessages",
        "wallClock",
      ]
    `);
  });
  it("localnet", () => {
    expect(names(localnet)).toMatchInlineSnapshot(`
      [
        "LOCAL_HYPERPARAMETERS",
        "callSchema",
        "connectLedger",
        "createLedger",
        "createLedgerApp",
        "createLocalnet",
        "ledgerChain",
      ]
    `);
  });
  it("miner", () => {
    expect(names(miner)).toMatchInlineSnapshot(`
      [
        "NoExternalIpError",
        "NoModelError",
        "NotRegisteredError",
        "createAnswerer",
        "createMiner",
        "createPolicy",
      ]
    `);
  });
  it("protocol", () => {
    expect(names(protocol)).toMatchInlineSnapshot(`
      [
        "AXON_VERSION",
        "BadSignatureError",
        "BodyHashMismatchError",
        "MalformedAuthError",
        "NonceStoreFullError",
        "PortUnavailableError",
        "QUESTION_PATH",
        "REFUSALS",
        "ReplayedRequestError",
        "RequestFailedError",
        "RequestRefusedError",
        "StaleRequestError",
        "WrongReceiverError",
        "answerErrors",
        "answerNotFound",
        "authenticated",
        "authorized",
        "axon",
        "btauth",
        "createAxonWire",
        "createClient",
        "createMemoryNonceStore",
        "createMinerApp",
        "limitInFlight",
        "nextNonce",
        "onlyMethods",
        "reportRequests",
        "sdkVersion",
        "serve",
        "signRequest",
        "signedFetch",
        "signingPayload",
        "verifyRequest",
      ]
    `);
  });
  it("schema", () => {
    expect(names(schema)).toMatchInlineSnapshot(`
      [
        "CSV_HEADER",
        "DEFAULT_HORIZON_SECONDS",
        "DEFAULT_LANDMARKS",
        "FEATURES",
        "FEATURE_NAMES",
        "FEATURE_TABLE_HASH",
        "MAX_SECONDS",
        "TARGET_COLUMNS",
        "answerSchema",
        "answerToWire",
        "featureTableMarkdown",
        "featuresSchema",
        "firstIssue",
        "fromVector",
        "landmarkName",
        "questionSchema",
        "questionToWire",
        "toVector",
      ]
    `);
  });
  it("scoring", () => {
    expect(names(scoring)).toMatchInlineSnapshot(`
      [
        "DEADLINE_SECONDS",
        "EMPTY_STANDING",
        "PROPER_V1_CONSTANTS",
        "README_V1_CONSTANTS",
        "SCORING_MODES",
        "SEED_V1_CONSTANTS",
        "auc",
        "brierScore",
        "chainWeights",
        "createRunningTruth",
        "emitWeights",
        "exponentialAverage",
        "logLoss",
        "mean",
        "median",
        "normaliseMaxWeight",
        "properV1",
        "quantile",
        "readmeV1",
        "refusal",
        "scoringMode",
        "seedV1",
      ]
    `);
  });
  it("sources", () => {
    expect(names(sources)).toMatchInlineSnapshot(`
      [
        "BadTranscriptError",
        "COLLECTIONS",
        "DEFAULT_SIMULATOR_SETTINGS",
        "ForeignTranscriptError",
        "TranscriptsUnreadableError",
        "createSimulator",
        "importTranscripts",
        "readTranscripts",
        "replay",
        "simulated",
        "splitByHash",
        "transcriptToJson",
      ]
    `);
  });
  it("validator", () => {
    expect(names(validator)).toMatchInlineSnapshot(`
      [
        "askRound",
        "createDesk",
        "createMemoryHistory",
        "createPeers",
        "createStandings",
        "createValidator",
        "createWeightSetter",
      ]
    `);
  });
  it("wallet", () => {
    expect(names(wallet)).toMatchInlineSnapshot(`
      [
        "InvalidAddressError",
        "InvalidKeyUriError",
        "InvalidMnemonicError",
        "InvalidPolkadotJsonError",
        "InvalidWalletNameError",
        "KeyDerivationError",
        "KeyfileEncryptedError",
        "KeyfileInvalidError",
        "KeyfileMismatchError",
        "KeyfileMissingError",
        "WalletExistsError",
        "WeakPasswordError",
        "WrongPasswordError",
        "createWallet",
        "decodeAddress",
        "encodeAddress",
        "generateMnemonic",
        "inspectWallet",
        "isAddress",
        "keypairFromPolkadotJson",
        "keypairFromPrivateKey",
        "keypairFromSecretKey",
        "keypairFromSeed",
        "keypairFromUri",
        "listWallets",
        "passwordProblem",
        "readColdkey",
        "readColdkeyPublic",
        "readHotkey",
        "readHotkeyPublic",
        "readKeyfile",
        "seedFromMnemonic",
        "verifySignature",
        "walletExposures",
        "walletPaths",
        "writeWallet",
      ]
    `);
  });
});
