import { afterEach, describe, expect, it } from "vitest";
import type { SubtensorOptions } from "../src/subtensor/index.ts";
import { noAnswer } from "./support/rpc-server.ts";
import { createStage, failure } from "./support/subtensor-client.ts";
import { alice, createScene, NO_PERMIT, refuse, SET, STAKE } from "./support/subtensor-scene.ts";
import type { Sent } from "./support/subtensor-server.ts";
import { until } from "./support/until.ts";

const stage = createStage();
afterEach(stage.clear);
const scene = (options: SubtensorOptions = {}) => createScene(stage, options);

describe("a reorganisation", () => {
  it("is followed to the block that counts, whatever the first one said", async () => {
    const { chain, server, client, include, sent } = await scene();
    const submitted = client.submit(SET, alice);
    const { text, tell } = await sent();
    const fork = chain.best();
    const first = include({ text }, { moduleError: NO_PERMIT });
    // The first block is taken back while the client looks at it.
    const getBlock = server.handlers.get("chain_getBlock");
    let looks = 0;
    server.handlers.set("chain_getBlock", async (call) => {
      looks += 1;
      if (looks > 1) return getBlock?.(call);
      tell({ retracted: first.hash });
      await new Promise((resolve) => setTimeout(resolve, 20));
      return getBlock?.(call);
    });
    tell({ inBlock: first.hash });
    await until(() => looks === 1);
    chain.mine({ on: fork });
    const second = include({ text });
    tell({ inBlock: second.hash });
    expect((await submitted).block).toBe(second.number);
  });
});

describe("a node that lets go of a transaction", () => {
  it.each([{ usurped: `0x${"12".repeat(32)}` }, "dropped", "invalid"])(
    "and says %j: it is in a block all the same",
    async (status) => {
      const { client, include, sent } = await scene();
      const submitted = client.submit(SET, alice);
      const { text, tell } = await sent();
      include({ text: "0x01" });
      const block = include({ text });
      tell(status);
      expect((await submitted).block).toBe(block.number);
    },
  );

  it.each([
    [{ usurped: `0x${"12".repeat(32)}` }, "Usurped"],
    ["invalid", "Invalid"],
  ])("and says %j, and it is in no block: a refusal", async (status, refusal) => {
    const { server, client, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    (await sent()).tell(status);
    expect(await submitted).toMatchObject({ code: "CHAIN_REFUSED", refusal });
    expect(server.sent).toHaveLength(1);
  });

  it("because its pool is full is sent the same bytes again", async () => {
    const { server, client, include, sent } = await scene();
    const submitted = client.submit(SET, alice);
    const first = await sent();
    first.tell("dropped");
    const second = await sent(1);
    expect(second.text).toBe(first.text);
    second.tell({ inBlock: include(second).hash });
    await submitted;
    expect(server.sent).toHaveLength(2);
  });
});

describe("a connection that breaks between submission and inclusion", () => {
  it("while a block takes it: it is found there, and not sent again", async () => {
    const { chain, server, client, include, sent } = await scene();
    const submitted = client.submit(SET, alice);
    const first = await sent();
    chain.mine();
    const block = include(first, { feeRao: 9n });
    chain.mine();
    server.drop();
    expect(await submitted).toMatchObject({ block: block.number, feeRao: 9n });
    expect(server.sent).toHaveLength(1);
  });

  it("and a block had it fail: the refusal is found there", async () => {
    const { server, client, include, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    include(await sent(), { moduleError: NO_PERMIT });
    server.drop();
    expect(await submitted).toMatchObject({ refusal: "NeuronNoValidatorPermit" });
  });

  it("before any block takes it: the same bytes are sent again, which cannot do it twice", async () => {
    const { server, client, include, sent } = await scene();
    const submitted = client.submit(SET, alice);
    const first = await sent();
    server.drop();
    const second = await sent(1);
    expect(second.text).toBe(first.text);
    second.tell({ inBlock: include(second).hash });
    expect((await submitted).block).toBe(101);
  });

  it.each([
    ["that it has it", refuse(1013, "Transaction Already Imported")],
    ["that its number is used", refuse(1010, "Invalid Transaction", "Transaction is outdated")],
  ])("and the node says of the second sending %s: the blocks are watched", async (_, onSecond) => {
    const { server, client, include, sent } = await scene();
    server.onSubmit = () => (server.sent.length > 1 ? onSecond() : undefined);
    const submitted = client.submit(SET, alice);
    const first = await sent();
    server.drop();
    await sent(1);
    include({ text: "0x01" });
    const block = include(first);
    expect((await submitted).block).toBe(block.number);
    expect(server.sent).toHaveLength(2);
  });

  it("before the node said that it has it: the chain is looked at first", async () => {
    const { server, client, include } = await scene();
    server.onSubmit = (one: Sent) => {
      include(one);
      one.drop();
      return noAnswer;
    };
    expect((await client.submit(SET, alice)).block).toBe(101);
    expect(server.sent).toHaveLength(1);
  });

  it("again and again: its fate is unknown, and that is what is said", async () => {
    const { server, client } = await scene();
    server.onSubmit = (one: Sent) => {
      one.drop();
      return noAnswer;
    };
    const error = await failure(client.submit(STAKE, alice));
    expect(error).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "FATE_UNKNOWN" } });
    expect(new Set(server.sent.map(({ text }) => text)).size).toBe(1);
    expect(server.sent.length).toBe(4);
  });

  it("for good: another node of the same chain shows it", async () => {
    const a = await stage.node();
    const b = await stage.node(a.chain);
    const submitted = stage.connect([a, b]).submit(SET, alice);
    await until(() => a.server.sent.length === 1);
    const { text } = a.server.sent[0] as Sent;
    const block = a.chain.mine({ extrinsics: [[text, {}]] });
    a.server.play.slam = true;
    a.server.drop();
    expect((await submitted).block).toBe(block.number);
    expect(b.server.sent).toEqual([]);
  });

  it("because the node is half dead, told by the heartbeat: the same", async () => {
    const a = await stage.node();
    const b = await stage.node(a.chain);
    const client = stage.connect([a, b], { heartbeatMs: 50, heartbeatTimeoutMs: 300 });
    const submitted = client.submit(SET, alice);
    await until(() => a.server.sent.length === 1);
    a.server.play.halfDead = true;
    const { text } = a.server.sent[0] as Sent;
    const block = a.chain.mine({ extrinsics: [[text, {}]] });
    expect((await submitted).block).toBe(block.number);
    expect(client.status().endpoint).toBe(b.server.url);
  });
});

describe("time", () => {
  it("that is over for a transaction ends it: it is in no block, and can get into none", async () => {
    const { chain, server, client, sent } = await scene({ mortalityBlocks: 8 });
    const submitted = failure(client.submit(SET, alice));
    await sent();
    for (let i = 0; i < 8; i++) chain.mine();
    const error = await submitted;
    expect((error as Error).message).toMatchInlineSnapshot(`
    "The transaction got into no block while it was valid, and cannot any more.

    Refusal: Expired

    Hint: Send it again."
  `);
    expect(server.sent).toHaveLength(1);
  });

  it("that is over, and a node that said nothing: the last block had it", async () => {
    const { chain, client, include, sent } = await scene({ mortalityBlocks: 8 });
    const submitted = client.submit(SET, alice);
    const first = await sent();
    for (let i = 0; i < 6; i++) chain.mine();
    const block = include(first);
    chain.mine();
    expect((await submitted).block).toBe(block.number);
  });

  it("of the whole is bounded by a node too that never stops talking of blocks that hold nothing of it", async () => {
    const { chain, client, sent } = await scene({ submitTimeoutMs: 100, pollMs: 60 });
    const submitted = failure(client.submit(SET, alice));
    const { tell } = await sent();
    const talk = setInterval(() => tell({ inBlock: chain.best().hash }), 10);
    try {
      expect(await submitted).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "FATE_UNKNOWN" } });
    } finally {
      clearInterval(talk);
    }
  });

  it("of the whole is bounded: what nobody can say is not guessed", async () => {
    const { client, sent } = await scene({ submitTimeoutMs: 50 });
    const submitted = failure(client.submit(SET, alice));
    await sent();
    expect(await submitted).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "FATE_UNKNOWN" } });
  });
});
