import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import type { SubtensorChain } from "../src/chain/subtensor/index.ts";
import { SubnetError } from "../src/core/index.ts";
import { createStage, failure, OLD } from "./support/subtensor-client.ts";
import { alice, SET } from "./support/subtensor-scene.ts";
import { createScriptedChain } from "./support/test-chain.ts";

const stage = createStage();
afterEach(stage.clear);

const { calls }: { calls: Readonly<Record<string, { readonly result: string }>> } = JSON.parse(
  readFileSync(new URL("vectors/metadata-answers.json", import.meta.url), "utf8"),
);
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
/** What a node is asked; metadata is left alone in half of the cases, since without it nothing else is reached. */
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
        for (const [method, { result }] of Object.entries(calls)) server.answers.set(method, result);
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
    { numRuns: 60 },
  );
});
