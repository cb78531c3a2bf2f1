import { blake2b } from "@noble/hashes/blake2.js";
import { afterEach, describe, expect, it } from "vitest";
import { nextEpochBlock, statelessBlocksUntilNextEpoch } from "../src/chain/epoch-schedule.ts";
import { neuronOf } from "../src/chain/index.ts";
import { toHex } from "../src/core/index.ts";
import { createStage, failure, NEW, OLD } from "./support/subtensor-client.ts";
import { ANSWERS, createOldNode } from "./support/subtensor-old-node.ts";
import type { SubtensorServer } from "./support/subtensor-server.ts";
import { createScriptedChain, type ScriptedChain } from "./support/test-chain.ts";
import { until } from "./support/until.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const stage = createStage();
afterEach(stage.clear);

const SUBTENSOR = "SubtensorModule";
const oldNode = () => createOldNode(stage);

/** The hash of the block that each question was about. */
const blocksAsked = ({ requests }: SubtensorServer, method: string) =>
  requests.filter((request) => request.method === method).map(({ params }) => params.at(-1));
describe("a runtime that ran, spec 293", () => {
  it("gives its metagraph, all of one block", async () => {
    const node = await oldNode();
    node.chain.mine();
    const metagraph = await stage.connect([node]).metagraph({ netuid: 2 });
    expect([metagraph.netuid, metagraph.block, metagraph.neurons.length]).toEqual([2, 92, 6]);
    const miner = metagraph.neurons[2];
    expect(neuronOf(metagraph, miner?.hotkey ?? "")?.uid).toBe(2);
    expect(miner?.axon).toMatchObject({ ip: "127.0.0.2", port: 8091 });
    expect(metagraph.neurons.map(({ incentive }) => Math.round(incentive * 65535))).toMatchInlineSnapshot(`
      [
        0,
        0,
        8485,
        16970,
        40079,
        0,
      ]
    `);
    const asked = new Set(["state_call", "state_queryStorageAt"].flatMap((method) => blocksAsked(node.server, method)));
    expect([...asked]).toEqual([node.chain.finalized().hash]);
  });

  it("gives its hyperparameters by the second version of their answer, and by storage what that lacks", async () => {
    const hyperparameters = await stage.connect([await oldNode()]).hyperparameters({ netuid: 2 });
    expect(hyperparameters).toMatchInlineSnapshot(`
      {
        "activityCutoff": 5000,
        "bondsMovingAverage": 0.9,
        "burnRao": 100000000n,
        "commitReveal": true,
        "commitRevealPeriodEpochs": 1,
        "commitRevealVersion": 3,
        "immunityPeriod": 4096,
        "kappa": 0.49999237048905165,
        "maxAllowedUids": 256,
        "maxValidators": 64,
        "maxWeightLimit": 1,
        "mechanisms": 1,
        "minAllowedWeights": 1,
        "registrationAllowed": true,
        "servingRateLimit": 0,
        "stakeThresholdRao": 0n,
        "tempo": 10,
        "weightsRateLimit": 0,
        "weightsVersionKey": 0,
        "yumaVersion": 2,
      }
    `);
  });

  it("has epochs by the number of the block, in the words of the newer rule", async () => {
    const { chain, server } = await oldNode();
    const client = stage.connect([{ server }]);
    for (let block = 92; block < 120; block++) {
      const state = await client.epochState({ netuid: 2 });
      const blocks = statelessBlocksUntilNextEpoch({ netuid: 2, tempo: 10, block: block + 1 });
      expect([state.block, nextEpochBlock(state)]).toEqual([block, block + 1 + blocks]);
      chain.mine();
    }
  });

  it("gives commits, with epochs by the number of their block", async () => {
    const { chain, server } = await oldNode();
    const hash = `0x${"ab".repeat(32)}`;
    // Block 85: (85 + 2 + 1) / 11 = 8. The queue of time locks is by epoch, and names no block.
    chain.set(SUBTENSOR, "WeightCommits", [2, ALICE], [[hash, 85n, 96n, 106n]]);
    chain.set(SUBTENSOR, "CRV3WeightCommits", [2, 8n], [[ALICE, "0x0203", 6n]]);
    chain.mine();
    chain.finalize();
    const locked = `0x${toHex(blake2b(Uint8Array.of(2, 3), { dkLen: 32 }))}`;
    expect(await stage.connect([{ server }]).pendingCommits({ netuid: 2, hotkey: ALICE })).toEqual([
      { kind: "hash", hash, committedAtBlock: 85, epochIndex: 8, revealRound: null },
      { kind: "timelocked", hash: locked, committedAtBlock: 0, epochIndex: 8, revealRound: 6 },
    ]);
  });

  it("knows mechanism 0 only", async () => {
    const client = stage.connect([await oldNode()]);
    expect(await failure(client.metagraph({ netuid: 2, mechanism: 1 }))).toMatchObject({
      refusal: "MechanismDoesNotExist",
    });
  });
});

describe("a newer runtime", () => {
  async function newNode() {
    const chain = createScriptedChain(NEW, { startAt: 1_000 });
    for (const [item, value] of [
      ["NetworksAdded", true],
      ["Tempo", 50],
      ["LastEpochBlock", 980n],
      ["PendingEpochAt", 1_010n],
      ["SubnetEpochIndex", 7n],
      ["BlocksSinceLastStep", 20n],
      ["SubnetworkN", 3],
    ] as const)
      chain.set(SUBTENSOR, item, [1], value);
    return stage.node(chain);
  }

  it("gives where a subnet stands between two epochs, as of the newest block", async () => {
    const node = await newNode();
    node.chain.mine();
    expect(await stage.connect([node]).epochState({ netuid: 1 })).toEqual({
      block: 1_001,
      tempo: 50,
      lastEpochBlock: 980,
      pendingEpochAt: 1_010,
      epochIndex: 7,
      blocksSinceLastStep: 20,
    });
  });

  it("gives uids, balances, weight rows and commits", async () => {
    const node = await newNode();
    const { chain } = node;
    const account = { nonce: 1, consumers: 0, providers: 1, sufficients: 0 };
    chain.set(SUBTENSOR, "Uids", [1, ALICE], 2);
    chain.set("System", "Account", [BOB], { ...account, data: { free: 5n, reserved: 1n, frozen: 0n, flags: 0n } });
    chain.set(
      SUBTENSOR,
      "Weights",
      [4_097, 2],
      [
        [0, 65_535],
        [1, 300],
      ],
    );
    const hash = `0x${"ab".repeat(32)}`;
    chain.set(SUBTENSOR, "WeightCommits", [4_097, ALICE], [[hash, 6n, 970n, 0n]]);
    chain.set(
      SUBTENSOR,
      "TimelockedWeightCommits",
      [4_097, 7n],
      [
        [BOB, 990n, "0x01", 5n],
        [ALICE, 991n, "0x0203", 6n],
      ],
    );
    chain.mine();
    chain.finalize();
    const client = stage.connect([node]);
    const mine = { netuid: 1, mechanism: 1, hotkey: ALICE };
    expect(await client.uid(mine)).toBe(2);
    expect(await client.uid({ netuid: 1, hotkey: BOB })).toBeNull();
    expect(await client.balance({ coldkey: BOB })).toBe(5n);
    expect(await client.balance({ coldkey: ALICE })).toBe(0n);
    expect(await client.weights(mine)).toEqual([{ uid: 2, uids: [0, 1], weights: [65_535, 300] }]);
    const locked = `0x${toHex(blake2b(Uint8Array.of(2, 3), { dkLen: 32 }))}`;
    expect(await client.pendingCommits(mine)).toEqual([
      { kind: "hash", hash, committedAtBlock: 970, epochIndex: 6, revealRound: null },
      { kind: "timelocked", hash: locked, committedAtBlock: 991, epochIndex: 7, revealRound: 6 },
    ]);
    expect(await client.pendingCommits({ netuid: 1, hotkey: ALICE })).toEqual([]);
  });

  it("says what does not change, and its newest block with its own time", async () => {
    const node = await newNode();
    node.chain.set("Timestamp", "Now", [], 1_750_000_012_000n);
    const { hash } = node.chain.mine();
    const client = stage.connect([node]);
    expect(await client.head()).toEqual({ block: 1_001, hash, timestampMs: 1_750_000_012_000 });
    const { beacon, ...info } = await client.info();
    expect(info).toEqual({
      network: new URL(node.server.url).host,
      genesisHash: node.chain.genesisHash,
      specVersion: 424,
      blockTimeMs: 12_000,
      development: false,
    });
    expect([beacon.periodSeconds, beacon.genesisSeconds, beacon.publicKey.length]).toEqual([3, 1_692_803_367, 96]);
  });

  it("reads a call back before anything is sent", async () => {
    const client = stage.connect([await newNode()]);
    const row = { netuid: 1, mechanism: 0, uids: [0, 1], weights: [1, 65_535], versionKey: 7 };
    expect(await client.describe({ type: "set_weights", ...row })).toMatchObject({
      pallet: SUBTENSOR,
      name: "set_mechanism_weights",
      signedBy: "hotkey",
      bytes: "0x0777010000080000010008010 0ffff0700000000000000".replace(" ", ""),
    });
  });

  it.each([
    ["epochState", (client: ReturnType<typeof stage.connect>) => client.epochState({ netuid: 9 })],
    ["weights", (client: ReturnType<typeof stage.connect>) => client.weights({ netuid: 9 })],
    ["pendingCommits", (client: ReturnType<typeof stage.connect>) => client.pendingCommits({ netuid: 9, hotkey: BOB })],
  ] as const)("refuses %s of a subnet that is not there", async (_, ask) => {
    const error = await failure(ask(stage.connect([await newNode()])));
    expect(error).toMatchObject({ code: "CHAIN_REFUSED", refusal: "SubnetNotExists", values: { Netuid: 9 } });
  });
});

describe("which block is read", () => {
  async function forked() {
    const chain = createScriptedChain(NEW, { startAt: 1_000 });
    chain.set(SUBTENSOR, "Uids", [1, ALICE], 1);
    chain.mine();
    chain.finalize();
    chain.set(SUBTENSOR, "Uids", [1, ALICE], 2);
    chain.mine();
    return stage.node(chain);
  }
  const query = { netuid: 1, hotkey: ALICE };

  it("is the newest final one, or the newest when that is asked for", async () => {
    const node = await forked();
    expect(await stage.connect([node]).uid(query)).toBe(1);
    expect(await stage.connect([node], { reads: "best" }).uid(query)).toBe(2);
  });

  it("is looked for once for all who ask in the same moment", async () => {
    const node = await forked();
    const client = stage.connect([node], { freshMs: 60_000 });
    await Promise.all([client.uid(query), client.uid(query), client.balance({ coldkey: BOB })]);
    await client.uid(query);
    expect([
      node.server.count("chain_getFinalizedHead"),
      node.server.count("state_queryStorageAt"),
      node.server.requests.filter(({ params }) => params[0] === "Metadata_metadata_at_version").length,
    ]).toEqual([1, 4, 2]);
  });

  it("is another one when the node does not have it: behind a balancer, or after a reorganisation", async () => {
    const node = await forked();
    const { server, chain } = node;
    const finalHead = server.handlers.get("chain_getFinalizedHead");
    let asked = 0;
    server.handlers.set("chain_getFinalizedHead", (call) =>
      ++asked === 1 ? `0x${"99".repeat(32)}` : finalHead?.(call),
    );
    expect(await stage.connect([{ server }]).uid(query)).toBe(1);
    server.handlers.set("chain_getFinalizedHead", () => `0x${"99".repeat(32)}`);
    expect(await failure(stage.connect([{ server }]).uid(query))).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    expect(chain.best().number).toBe(1_002);
  });
});

describe("a runtime upgrade", () => {
  /** Reads a uid, whose key and value are the same in both, and the epoch, which only the newer one stores. */
  const ask = async (client: ReturnType<typeof stage.connect>) => [
    (await client.info()).specVersion,
    (await client.epochState({ netuid: 1 })).lastEpochBlock,
  ];
  const withSubnet = (chain: ScriptedChain) => {
    chain.set(SUBTENSOR, "NetworksAdded", [1], true);
    chain.set(SUBTENSOR, "Tempo", [1], 50);
    chain.mine();
    return chain;
  };

  it("changes how the next block is read, while the block before is read as it was", async () => {
    const node = await stage.node(withSubnet(createScriptedChain(OLD, { startAt: 99 })));
    const { chain, server } = node;
    const client = stage.connect([node]);
    expect(await ask(client)).toEqual([293, 100 - (103 % 51)]);
    chain.upgrade(NEW);
    chain.set(SUBTENSOR, "LastEpochBlock", [1], 77n);
    chain.mine();
    expect(await ask(client)).toEqual([424, 77]);
    // Still not final, so still of the old runtime.
    expect(await client.uid({ netuid: 1, hotkey: ALICE })).toBeNull();
    const metadata = server.requests.filter(({ params }) => params[0] === "Metadata_metadata_at_version");
    expect(metadata.map(({ params }) => params[1])).toEqual(["0x0f000000", "0x0f000000", "0x10000000"]);
  });

  it("is prepared for as soon as the node tells of it", async () => {
    const node = await stage.node(withSubnet(createScriptedChain(OLD, { startAt: 99 })));
    const { chain, server } = node;
    const told: unknown[] = [];
    const client = stage.connect(
      [node],
      {},
      {
        logger: { ...silent, info: (sentence, fields) => told.push([sentence, fields]) },
      },
    );
    await ask(client);
    await until(() => server.count("state_subscribeRuntimeVersion") === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    chain.upgrade(NEW);
    chain.mine();
    server.announce();
    await until(() => server.requests.filter(({ params }) => params[1] === "0x10000000").length === 1);
    expect(told).toContainEqual(["The chain's runtime was upgraded", { from: 293, to: 424 }]);
  });

  it("in the middle of a read is noticed: bytes that cannot be read are asked for again, with new metadata", async () => {
    const node = await oldNode();
    const { chain, server } = node;
    const client = stage.connect([node]);
    await client.metagraph({ netuid: 2 });
    // The same spec number, another metadata: a development chain that is built anew.
    const garbled = `${ANSWERS.SubnetInfoRuntimeApi_get_metagraph?.result}00`;
    let asked = 0;
    const call = server.handlers.get("state_call");
    server.handlers.set("state_call", (one) =>
      one.params[0] === "SubnetInfoRuntimeApi_get_metagraph" && ++asked === 1 ? garbled : call?.(one),
    );
    const before = server.requests.filter(({ params }) => params[0] === "Metadata_metadata_at_version").length;
    expect((await client.metagraph({ netuid: 2 })).neurons).toHaveLength(6);
    const after = server.requests.filter(({ params }) => params[0] === "Metadata_metadata_at_version").length;
    expect([asked, after - before, chain.best().runtime.specVersion]).toEqual([2, 1, 293]);
  });
});

const silent = { trace: noop, debug: noop, info: noop, warn: noop, error: noop };
function noop(): void {}
