import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { SubnetError } from "../src/core/index.ts";
import type { SubtensorChain } from "../src/subtensor/index.ts";
import { noAnswer, Refusal } from "./support/rpc-server.ts";
import { createStage, failure, OLD } from "./support/subtensor-client.ts";
import { ANSWERS, createOldNode } from "./support/subtensor-old-node.ts";
import { alice, SET } from "./support/subtensor-scene.ts";
import type { SubtensorServer } from "./support/subtensor-server.ts";
import { createScriptedChain } from "./support/test-chain.ts";
import { until } from "./support/until.ts";

const stage = createStage();
afterEach(stage.clear);

const oldNode = () => createOldNode(stage);
/** Questions to the runtime, without those for its metadata. */
const dataCalls = ({ requests }: SubtensorServer) =>
  requests.filter(({ method, params }) => method === "state_call" && params[0] !== "Metadata_metadata_at_version")
    .length;

const hotkey = alice.address;
const QUESTIONS: Readonly<Record<string, (chain: SubtensorChain) => Promise<unknown>>> = {
  info: (chain) => chain.info(),
  head: (chain) => chain.head(),
  metagraph: (chain) => chain.metagraph({ netuid: 2 }),
  hyperparameters: (chain) => chain.hyperparameters({ netuid: 2 }),
  subnets: (chain) => chain.subnets(),
  uid: (chain) => chain.uid({ netuid: 2, hotkey }),
  balance: (chain) => chain.balance({ coldkey: hotkey }),
  epochState: (chain) => chain.epochState({ netuid: 2 }),
  weights: (chain) => chain.weights({ netuid: 2 }),
  pendingCommits: (chain) => chain.pendingCommits({ netuid: 2, hotkey }),
  submit: (chain) => chain.submit(SET, alice),
};
/** What a node is asked. Metadata has been read when the lies begin. */
const METHODS = [
  "chain_getBlockHash",
  "chain_getFinalizedHead",
  "chain_getHeader",
  "chain_getBlock",
  "state_getRuntimeVersion",
  "state_subscribeRuntimeVersion",
  "state_call",
  "state_queryStorageAt",
  "system_accountNextIndex",
  "author_submitAndWatchExtrinsic",
];

const hexes = fc.uint8Array({ maxLength: 80 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const hash = fc.constantFrom(`0x${"ab".repeat(32)}`);
const lies = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  hexes,
  hash,
  fc.record({ number: fc.oneof(hexes, fc.constantFrom("0xffffffff", "0x64")), parentHash: hash }),
  fc.record({ specVersion: fc.integer(), transactionVersion: fc.integer() }),
  fc.array(fc.record({ changes: fc.array(fc.tuple(hexes, fc.option(hexes))) }), { maxLength: 2 }),
  fc.record({ block: fc.record({ header: fc.jsonValue(), extrinsics: fc.array(hexes) }) }),
);
const statuses = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom("ready", "dropped", "invalid", "future"),
  fc.record({ inBlock: fc.oneof(hash, fc.string()) }),
  fc.record({ retracted: hash }),
  fc.record({ finalized: fc.oneof(hash, hexes) }),
);

it("whatever a node says, a question has an answer or an error with a code, and the client lives on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(QUESTIONS)),
      fc.uniqueArray(fc.constantFrom(...METHODS), { minLength: 1, maxLength: 2 }),
      fc.array(lies, { minLength: 1, maxLength: 4 }),
      fc.array(statuses, { maxLength: 4 }),
      async (question, methods, answers, told) => {
        const chain = createScriptedChain(OLD, { startAt: 92 });
        chain.set("SubtensorModule", "NetworksAdded", [2], true);
        chain.mine();
        chain.finalize();
        const node = await stage.node(chain);
        const { server } = node;
        for (const [method, { result }] of Object.entries(ANSWERS)) server.answers.set(method, result);
        server.onSubmit = (sent) => {
          setTimeout(() => {
            for (const status of told) sent.tell(status);
          }, 0);
        };
        const client = stage.connect([node], { submitTimeoutMs: 60, timeoutMs: 2_000, genesisHash: chain.genesisHash });
        await client.head();
        let lie = 0;
        for (const method of methods) {
          const honest = server.handlers.get(method);
          server.handlers.set(method, (call) => {
            // The heartbeat's question is answered, so that the connection stays.
            if (call.params[0] === 0) return chain.genesisHash;
            lie += 1;
            return lie % 5 === 0 ? honest?.(call) : answers[lie % answers.length];
          });
        }
        const outcome = await failure((QUESTIONS[question] as (chain: SubtensorChain) => Promise<unknown>)(client));
        if (outcome !== "no failure") expect(outcome).toBeInstanceOf(SubnetError);
        for (const [method, handler] of (await stage.node(chain)).server.handlers) server.handlers.set(method, handler);
        expect((await client.head()).block).toBe(93);
        // Heads, the runtime's versions, and nothing that a lie has opened.
        expect(client.status().subscriptions).toBeLessThanOrEqual(2);
        await stage.clear();
      },
    ),
    {
      numRuns: 60,
      // A node that lets a transaction go, and leaves its stream open.
      examples: [["submit", ["state_getRuntimeVersion"], [null], ["invalid"]]],
    },
  );
});

describe("a node that misbehaves", () => {
  it.each([
    ["bytes that are none", () => "0x012"],
    ["another shape", () => ({ metagraph: [] })],
    ["too few bytes", () => "0x0108"],
    ["nothing", () => null],
  ])("answers a question with %s: an unreachable chain, after a second try", async (_, answer) => {
    const { server } = await oldNode();
    const call = server.handlers.get("state_call");
    server.handlers.set("state_call", (one) =>
      one.params[0] === "SubnetInfoRuntimeApi_get_metagraph" ? answer() : call?.(one),
    );
    const error = await failure(stage.connect([{ server }]).metagraph({ netuid: 2 }));
    expect(error).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "CHAIN_DECODE" } });
    expect(dataCalls(server)).toBe(2);
  });

  it("is slow: the read ends at its deadline, and says which question it was", async () => {
    const { server } = await oldNode();
    const client = stage.connect([{ server }], { timeoutMs: 1_500 });
    await client.head();
    server.handlers.set("state_queryStorageAt", () => noAnswer);
    const error = await failure(client.balance({ coldkey: hotkey }));
    expect(error).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    expect(String(error)).toContain("no answer to state_queryStorageAt within 1500 ms");
  });

  it("refuses a question: its own words are told", async () => {
    const { server } = await oldNode();
    server.handlers.set("state_queryStorageAt", () => {
      throw new Refusal(-32005, "daily limit reached");
    });
    const error = await failure(stage.connect([{ server }]).balance({ coldkey: hotkey }));
    expect(error).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "RPC_REFUSED", rpcCode: -32005 } });
    expect(String(error)).toContain("daily limit reached");
  });

  it("breaks in the middle of a read: the next endpoint answers, about the same block", async () => {
    const [a, b] = [await oldNode(), await oldNode()];
    a.server.handlers.set("state_queryStorageAt", (call) => call.drop());
    const client = stage.connect([a, b]);
    expect((await client.hyperparameters({ netuid: 2 })).tempo).toBe(10);
    expect(client.status().endpoint).toBe(b.server.url);
  });

  it("is left alone after a cancelled read", async () => {
    const { server } = await oldNode();
    server.handlers.set("state_queryStorageAt", () => noAnswer);
    const controller = new AbortController();
    const client = stage.connect([{ server }]);
    const asked = failure(client.balance({ coldkey: hotkey }, { signal: controller.signal }));
    await until(() => server.count("state_queryStorageAt") === 1);
    controller.abort(new Error("enough"));
    expect(await asked).toEqual(new Error("enough"));
    expect(client.status()).toMatchObject({ state: "connected", pending: 0 });
  });
});
