import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as chain from "../src/chain/index.ts";
import * as core from "../src/core/index.ts";
import * as demo from "../src/demo/index.ts";
import * as features from "../src/features/index.ts";
import * as front from "../src/index.ts";
import * as learning from "../src/learning/index.ts";
import * as localnet from "../src/localnet/index.ts";
import * as miner from "../src/miner/index.ts";
import * as protocol from "../src/protocol/index.ts";
import * as schema from "../src/schema.ts";
import * as scoring from "../src/scoring/index.ts";
import * as sources from "../src/sources/index.ts";
import * as validator from "../src/validator/index.ts";
import * as wallet from "../src/wallet/index.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Rooms that are no part of the public API: what they offer goes through the front door. */
const PRIVATE = ["cli", "core", "demo"];
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
  it("learning", () => {
    expect(names(learning)).toMatchInlineSnapshot(`
      [
        "BinaryClassificationMiner",
        "DataError",
        "DeviceUnavailableError",
        "FeatureTableError",
        "LayerShapeError",
        "LossNotFiniteError",
        "MissingColumnsError",
        "ModelFileError",
        "ModelMissingError",
        "PredictionNotFiniteError",
        "UnusableDataError",
        "baseRateOf",
        "baselineModel",
        "batchNorm",
        "createPredictor",
        "datasetFromRows",
        "dense",
        "describeModel",
        "dropout",
        "evaluate",
        "fit",
        "fitScaler",
        "leakyRelu",
        "loadData",
        "loadModel",
        "mlp",
        "network",
        "predict",
        "readCsv",
        "readDataset",
        "readModelFile",
        "relu",
        "saveModel",
        "sigmoid",
        "splitDataset",
        "syntheticDataset",
        "takeRows",
        "tanh",
        "toDataset",
        "toMatrixAndTargets",
        "trainModel",
        "writeModelFile",
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
        "BadSignatureError",
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
        "btauth",
        "createClient",
        "createMemoryNonceStore",
        "createMinerApp",
        "limitInFlight",
        "nextNonce",
        "onlyMethods",
        "reportRequests",
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
        "DEFAULT_SIMULATOR_SETTINGS",
        "TranscriptsUnreadableError",
        "createSimulator",
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
        "InvalidWalletNameError",
        "KeyfileEncryptedError",
        "KeyfileInvalidError",
        "KeyfileMismatchError",
        "KeyfileMissingError",
        "WalletExistsError",
        "createWallet",
        "decodeAddress",
        "encodeAddress",
        "generateMnemonic",
        "isAddress",
        "keypairFromSecretKey",
        "keypairFromSeed",
        "keypairFromUri",
        "readColdkey",
        "readColdkeyPublic",
        "readHotkey",
        "seedFromMnemonic",
        "verifySignature",
        "walletPaths",
        "writeWallet",
      ]
    `);
  });
});

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
    exports: Record<string, { types: string; default: string }>;
    main: string;
    types: string;
    bin: Record<string, string>;
  };
  const sourceOf = (built: string) => built.replace("./dist/", "src/").replace(/(\.d)?\.[jt]s$/, ".ts");

  it("exports a source file that is there, under the same name for types and code", () => {
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      expect(sourceOf(target.types), subpath).toBe(sourceOf(target.default));
      expect(existsSync(ROOT + sourceOf(target.default)), sourceOf(target.default)).toBe(true);
    }
    const [main, types, bin] = [manifest.main, manifest.types, manifest.bin["conversion-subnet"] ?? ""];
    for (const file of [main, types, bin]) expect(existsSync(ROOT + sourceOf(`./${file}`)), file).toBe(true);
  });

  it("exports every room but the private ones, under its own name", () => {
    const rooms = readdirSync(`${ROOT}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts"))
      .map(({ name }) => name.replace(/\.ts$/, ""))
      .filter((name) => !PRIVATE.includes(name));
    const expected = rooms.map((room) => (room === "index" ? "." : `./${room}`)).sort();
    expect(Object.keys(manifest.exports).sort()).toEqual(expected);
    for (const room of rooms) {
      const file = room === "index" || room === "schema" ? `src/${room}.ts` : `src/${room}/index.ts`;
      expect(sourceOf(manifest.exports[room === "index" ? "." : `./${room}`]?.default ?? "")).toBe(file);
    }
  });
});
