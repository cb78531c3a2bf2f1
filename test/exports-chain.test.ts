import { describe, expect, it } from "vitest";
import * as chain from "../src/chain/index.ts";
import * as localnet from "../src/localnet/index.ts";
import * as subtensor from "../src/subtensor/index.ts";

const names = (module: object) => Object.keys(module).sort();

describe("public names change on purpose only", () => {
  it("chain", () => {
    expect(names(chain)).toMatchInlineSnapshot(`
      [
        "CHAIN_REFUSALS",
        "ChainRefusedError",
        "ChainUnreachableError",
        "MAX_TEMPO_BLOCKS",
        "MAX_TIMELOCKED_BYTES",
        "NoEpochError",
        "NoWeightsError",
        "POOL_REFUSALS",
        "QUICKNET",
        "RAO_PER_TAO",
        "TimelockInvalidError",
        "TimelockSealedError",
        "TimelockSelfTestError",
        "addStake",
        "assertNoProblem",
        "blocksUntilNextEpoch",
        "commitHash",
        "commitPreimage",
        "commitWeights",
        "createBeacon",
        "decodeWeightPayload",
        "decryptTimelocked",
        "encodeWeightPayload",
        "encryptTimelocked",
        "isChainRefusal",
        "latestRound",
        "lookaheadEpochIndex",
        "meteredChain",
        "neuronOf",
        "nextBlock",
        "nextEpochBlock",
        "parseTimelocked",
        "preflight",
        "processWeights",
        "processWeightsSdkV10",
        "register",
        "revealRound",
        "revealWeights",
        "roundTimeMs",
        "serveAxon",
        "setWeights",
        "shouldRunEpoch",
        "signedBy",
        "statelessBlocksUntilNextEpoch",
        "storageIndex",
        "testTimelock",
        "timelockedHash",
        "verifyPulse",
        "weightsCall",
      ]
    `);
  });

  it("localnet", () => {
    expect(names(localnet)).toMatchInlineSnapshot(`
      [
        "LOCAL_HYPERPARAMETERS",
        "LedgerStateError",
        "callSchema",
        "changesSchema",
        "connectLedger",
        "connectLocalnetDev",
        "createLedger",
        "createLedgerApp",
        "createLocalnet",
        "ledgerChain",
        "ownerUri",
        "subnetSettings",
      ]
    `);
  });

  it("subtensor", () => {
    expect(names(subtensor)).toMatchInlineSnapshot(`
      [
        "ChainDeadError",
        "FateUnknownError",
        "RPC_DEFAULTS",
        "RpcRefusedError",
        "SUBTENSOR_DEFAULTS",
        "SUBTENSOR_NETWORKS",
        "WrongChainError",
        "connectSubtensor",
        "isSubtensorNetwork",
        "resolveNetwork",
      ]
    `);
  });
});
