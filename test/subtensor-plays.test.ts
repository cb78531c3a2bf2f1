import { afterEach, describe, expect, it } from "vitest";
import type { ChainCall, Receipt } from "../src/chain/calls.ts";
import { ChainRefusedError, ChainUnreachableError } from "../src/chain/errors.ts";
import { CHAIN_REFUSALS, isChainRefusal, POOL_REFUSALS } from "../src/chain/refusals.ts";
import type { SubtensorOptions } from "../src/chain/subtensor/index.ts";
import { fromHex, toHex } from "../src/core/index.ts";
import { keypairFromUri, type Signer, verifySignature } from "../src/wallet/index.ts";
import { noAnswer, Refusal } from "./support/rpc-server.ts";
import { ABSENT_RUNTIMES, REAL_RUNTIMES } from "./support/runtimes.ts";
import { createStage, failure, NEW, OLD } from "./support/subtensor-client.ts";
import type { Sent } from "./support/subtensor-server.ts";
import { createScriptedChain, type ScriptedOutcome } from "./support/test-chain.ts";
import { until } from "./support/until.ts";

const stage = createStage();
afterEach(stage.clear);

const alice: Signer = keypairFromUri("//Alice").signer;
const SET: ChainCall = {
  type: "set_weights",
  netuid: 1,
  mechanism: 0,
  uids: [0, 1],
  weights: [1, 65_535],
  versionKey: 0,
};
const COMMIT: ChainCall = { type: "commit_weights", netuid: 1, mechanism: 0, hash: `0x${"ab".repeat(32)}` };
const STAKE: ChainCall = { type: "add_stake", netuid: 1, hotkey: alice.address, amountRao: 5n };

/** Module errors by their number in the small metadata. */
const NO_PERMIT = 15;
const NEWER = 200;

/** A node, a client of it, and a way to put what it is sent into a block. */
async function scene(options: SubtensorOptions = {}) {
  const node = await stage.node();
  const { chain, server } = node;
  const client = stage.connect([node], options);
  const include = (sent: Pick<Sent, "text">, outcome: ScriptedOutcome = {}) =>
    chain.mine({ extrinsics: [[sent.text, outcome]] });
  /** The transaction number `index` that was sent. */
  const sent = async (index = 0): Promise<Sent> => {
    await until(() => server.sent.length > index);
    return server.sent[index] as Sent;
  };
  return { chain, server, client, include, sent };
}
const refuse = (code: number, message: string, data?: string) => () => {
  throw new Refusal(code, message, data);
};

describe("a transaction", () => {
  it("is signed for the chain as it is, sent once, and its receipt comes with its events", async () => {
    const { chain, server, client, include, sent } = await scene();
    chain.mine();
    chain.finalize();
    chain.mine();
    server.nonces.set(alice.address, 7);
    const submitted = client.submit(SET, alice);
    const { text, tell } = await sent();
    tell("ready");
    tell({ broadcast: ["12D3KooW"] });
    const block = include({ text }, { feeRao: 1_234n });
    tell({ inBlock: block.hash });
    const receipt = await submitted;
    expect(receipt).toMatchObject({ block: block.number, feeRao: 1_234n });
    expect(server.sent).toHaveLength(1);
    // Era: 128 blocks from the newest final one, which is 101. Number 7, no tip, no metadata hash. Then the call.
    const bytes = fromHex("text", text);
    expect(toHex(bytes).endsWith("5606" + "1c" + "00" + "00" + "07770100000800000100080100ffff0000000000000000")).toBe(
      true,
    );
    const { bytes: call } = await client.describe(SET);
    expect(text.endsWith(String(call).slice(2))).toBe(true);
    await until(() => server.count("author_unwatchExtrinsic") === 1);
  });

  it("has a signature that holds for its payload", async () => {
    const { chain, client, include, sent } = await scene();
    let signed: Uint8Array | null = null;
    const signer: Signer = {
      address: alice.address,
      publicKey: alice.publicKey,
      scheme: alice.scheme,
      sign: (message) => {
        signed = message;
        return alice.sign(message);
      },
    };
    const submitted = client.submit(SET, signer);
    const { tell, text } = await sent();
    tell({ inBlock: include({ text }).hash });
    await submitted;
    const { hash, number } = chain.finalized();
    const expected = chain.codec().signingPayload({
      call: chain.codec().encodeCall(SET).bytes,
      mortality: { period: 128, blockNumber: number, blockHash: hash },
      nonce: 0,
      genesisHash: chain.genesisHash,
      specVersion: 424,
      transactionVersion: 1,
    });
    expect(signed).toEqual(expected.message);
    // Two bytes of length, version 0x84, 0x00 and the key, 0x01 for sr25519 and the signature.
    const bytes = fromHex("text", text);
    expect(toHex(bytes.subarray(2, 37))).toBe(`8400${toHex(alice.publicKey)}01`);
    const [publicKey, signature] = [alice.publicKey, bytes.subarray(37, 101)];
    expect(verifySignature({ publicKey, signature, message: expected.message, scheme: "sr25519" })).toBe(true);
  });

  it("that was written is seen by the next read, though its block is not final", async () => {
    const { chain, client, sent } = await scene();
    const query = { netuid: 1, hotkey: alice.address };
    expect(await client.uid(query)).toBeNull();
    const call: ChainCall = { type: "register", netuid: 1, hotkey: alice.address, maxBurnRao: 100n };
    const submitted = client.submit(call, alice);
    const { text, tell } = await sent();
    chain.set("SubtensorModule", "Uids", [1, alice.address], 3);
    tell({ inBlock: chain.mine({ extrinsics: [[text, {}]] }).hash });
    await submitted;
    expect([await client.uid(query), chain.finalized().number]).toEqual([3, 100]);
  });

  it("is waited for until it is final, when that is asked for", async () => {
    const { chain, client, include, sent } = await scene({ confirm: "final" });
    let done: Receipt | null = null;
    const submitted = client.submit(SET, alice).then((receipt) => (done = receipt));
    const { text, tell } = await sent();
    const first = include({ text });
    tell({ inBlock: first.hash });
    await client.head();
    expect(done).toBeNull();
    tell({ retracted: first.hash });
    chain.mine({ on: chain.byNumber(100) ?? first });
    const second = include({ text });
    tell({ inBlock: second.hash });
    chain.finalize(second);
    tell({ finalized: second.hash });
    expect((await submitted).block).toBe(102);
  });

  it("is given up by its signal, and the node is told", async () => {
    const { server, client, sent } = await scene();
    const controller = new AbortController();
    const submitted = failure(client.submit(SET, alice, { signal: controller.signal }));
    (await sent()).tell("ready");
    await until(() => client.status().subscriptions >= 3);
    controller.abort(new Error("enough"));
    expect(await submitted).toEqual(new Error("enough"));
    await until(() => server.count("author_unwatchExtrinsic") === 1);
  });

  it("is not sent when the runtime has no such call, or the key does not sign", async () => {
    const node = await stage.node(createScriptedChain(OLD, { startAt: 100 }));
    const client = stage.connect([node]);
    expect(await failure(client.submit({ ...SET, mechanism: 1 }, alice))).toMatchObject({ code: "RUNTIME_LACKS" });
    const sign = () => {
      throw new Error("the device is locked");
    };
    const { address, publicKey, scheme } = alice;
    expect(await failure(client.submit(SET, { address, publicKey, scheme, sign }))).toEqual(
      new Error("the device is locked"),
    );
    expect(node.server.sent).toEqual([]);
  });
});

describe("inclusion with ExtrinsicFailed", () => {
  it("is a refusal with the module error's name and what we know of it", async () => {
    const { client, include, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    const { text, tell } = await sent();
    tell({ inBlock: include({ text }, { moduleError: NO_PERMIT }).hash });
    const error = await submitted;
    expect(error).toBeInstanceOf(ChainRefusedError);
    expect(error).toMatchObject({
      refusal: "NeuronNoValidatorPermit",
      shortMessage: CHAIN_REFUSALS.NeuronNoValidatorPermit[0],
    });
  });

  it("keeps the name of an error that is newer than we are", async () => {
    const { client, include, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    const { text, tell } = await sent();
    tell({ inBlock: include({ text }, { moduleError: NEWER }).hash });
    expect(await submitted).toMatchObject({ code: "CHAIN_REFUSED", refusal: "NewSinceThisVersion" });
  });

  it("of another extrinsic in the same block says nothing of ours", async () => {
    const { chain, client, sent } = await scene();
    const submitted = client.submit(SET, alice);
    const { text, tell } = await sent();
    const block = chain.mine({
      extrinsics: [
        ["0x0102", { moduleError: NO_PERMIT }],
        [text, {}],
      ],
    });
    tell({ inBlock: block.hash });
    expect((await submitted).block).toBe(101);
  });

  it("in the block of a runtime upgrade is read by the runtime that made it", async () => {
    const node = await stage.node(createScriptedChain(OLD, { startAt: 100 }));
    const { chain, server } = node;
    const submitted = failure(stage.connect([node]).submit(SET, alice));
    await until(() => server.sent.length === 1);
    chain.upgrade(NEW);
    const [{ text, tell }] = server.sent as [Sent];
    tell({ inBlock: chain.mine({ extrinsics: [[text, { moduleError: NO_PERMIT }]] }).hash });
    expect(await submitted).toMatchObject({ refusal: "NeuronNoValidatorPermit" });
    expect(chain.best().runtime.specVersion).toBe(424);
  });

  it("is not guessed where the events cannot be read: the chain is then not understood", async () => {
    const { chain, client, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    const { text, tell } = await sent();
    tell({ inBlock: chain.mine({ extrinsics: [[text]], events: "0x08ffff" }).hash });
    expect(await submitted).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "CHAIN_DECODE" } });
  });
});

describe("the pool's no", () => {
  const codes = Object.entries(POOL_REFUSALS).map(([code, names]) => [Number(code), names] as const);
  it.each(codes)("1010, custom error %i is a refusal by its name", async (code, names) => {
    const { server, client } = await scene();
    server.onSubmit = refuse(1010, "Invalid Transaction", `Custom error: ${code}`);
    const error = await failure(client.submit(STAKE, alice));
    expect(error).toBeInstanceOf(ChainRefusedError);
    expect(error).toMatchObject({ refusal: names[0], hint: CHAIN_REFUSALS[names[0]][1] });
    expect(server.sent).toHaveLength(1);
  });

  it.each([
    [1, SET, "NotEnoughStakeToSetWeights"],
    [1, COMMIT, "NotEnoughStakeToSetWeights"],
    [1, STAKE, "StakeAmountTooLow"],
    [6, SET, "SettingWeightsTooFast"],
    [6, COMMIT, "CommittingWeightsTooFast"],
    [6, STAKE, "RateLimitExceeded"],
  ] as const)("custom error %i means to %o what its kind of call can mean: %s", async (code, call, refusal) => {
    const { server, client } = await scene();
    server.onSubmit = refuse(1010, "Invalid Transaction", `Custom error: ${code}`);
    expect(await failure(client.submit(call, alice))).toMatchObject({ refusal });
  });

  it.each([
    ["1014: another one with its number waits", refuse(1014, "Priority is too low: (1 vs 1)"), "AlreadyPending"],
    ["1013: it is there already", refuse(1013, "Transaction Already Imported"), "AlreadyPending"],
    [
      "nobody can pay the fee",
      refuse(1010, "Invalid Transaction", "Inability to pay some fees (e.g. account balance too low)"),
      "BalanceTooLow",
    ],
    ["custom error 255: anything else", refuse(1010, "Invalid Transaction", "Custom error: 255"), "Custom error: 255"],
  ])("%s", async (_, onSubmit, refusal) => {
    const { server, client } = await scene();
    server.onSubmit = onSubmit;
    expect(await failure(client.submit(SET, alice))).toMatchObject({ code: "CHAIN_REFUSED", refusal });
    expect(server.sent).toHaveLength(1);
  });

  it.each([
    ["1016: the pool is full", refuse(1016, "Immediately Dropped")],
    ["1012: it is banned for a while", refuse(1012, "Transaction is temporarily banned")],
    ["a method that the node does not offer", refuse(-32601, "Method not found")],
    ["the node's own trouble", refuse(-32603, "Internal error")],
  ])("%s is no refusal of the chain: another try may work", async (_, onSubmit) => {
    const { server, client } = await scene();
    server.onSubmit = onSubmit;
    expect(await failure(client.submit(SET, alice))).toBeInstanceOf(ChainUnreachableError);
  });

  it.each([
    ["BadProof", "Transaction has a bad signature"],
    ["an ancient birth block", "Transaction has an ancient birth block"],
    ["a number that is used", "Transaction is outdated"],
  ])("%s makes it be signed once more, with everything read again", async (_, data) => {
    const node = await stage.node(createScriptedChain(OLD, { startAt: 100 }));
    const { chain, server } = node;
    const client = stage.connect([node]);
    server.onSubmit = () => {
      if (server.sent.length > 1) return;
      chain.upgrade(NEW);
      chain.mine();
      chain.finalize();
      server.nonces.set(alice.address, 5);
      throw new Refusal(1010, "Invalid Transaction", data);
    };
    const submitted = client.submit(SET, alice);
    await until(() => server.sent.length === 2);
    const [first, second] = server.sent as [Sent, Sent];
    // Of the old runtime set_weights[0], of the new one set_mechanism_weights[119]; number 0, then 5; era from 100, then from 101.
    expect([first.text.includes("4606000000" + "0700"), second.text.includes("5606140000" + "0777")]).toEqual([
      true,
      true,
    ]);
    second.tell({ inBlock: chain.mine({ extrinsics: [[second.text, {}]] }).hash });
    expect((await submitted).block).toBe(102);
  });

  it("BadProof twice is told", async () => {
    const { server, client } = await scene();
    server.onSubmit = refuse(1010, "Invalid Transaction", "Transaction has a bad signature");
    const error = await failure(client.submit(SET, alice));
    expect((error as Error).message).toMatchInlineSnapshot(`
      "The node could not verify the signature: its runtime or its chain is another one than was signed for.

      Refusal: BadProof

      Hint: Try again; if it stays, update the software."
    `);
    expect(server.sent).toHaveLength(2);
  });
});

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

  it("of the whole is bounded: what nobody can say is not guessed", async () => {
    const { client, sent } = await scene({ submitTimeoutMs: 50 });
    const submitted = failure(client.submit(SET, alice));
    await sent();
    expect(await submitted).toMatchObject({ code: "CHAIN_UNREACHABLE", cause: { code: "FATE_UNKNOWN" } });
  });
});

it.skip.each(ABSENT_RUNTIMES)("%s", () => undefined);

describe.each(REAL_RUNTIMES)("with the $name", ({ spec, metadata }) => {
  it("a transaction works, and another fails with the runtime's own words", async () => {
    const node = await stage.node(createScriptedChain({ specVersion: spec, metadata }, { startAt: 100 }));
    const { chain, server } = node;
    const client = stage.connect([node], { timeoutMs: 30_000 });
    expect(await client.balance({ coldkey: alice.address })).toBe(0n);
    const works = client.submit(SET, alice);
    await until(() => server.sent.length === 1);
    const [first] = server.sent as [Sent];
    first.tell({ inBlock: chain.mine({ extrinsics: [[first.text, { feeRao: 3n }]] }).hash });
    expect(await works).toMatchObject({ block: 101, feeRao: 3n });
    const fails = failure(client.submit(SET, alice));
    await until(() => server.sent.length === 2);
    const second = server.sent[1] as Sent;
    // A name that our table does not have, told with the runtime's documentation.
    const number = [...Array(120).keys()].find((error) => {
      const { name, docs } = chain.codec().moduleError({ index: 7, error: Uint8Array.of(error, 0, 0, 0) });
      return docs !== "" && !isChainRefusal(name);
    });
    second.tell({ inBlock: chain.mine({ extrinsics: [[second.text, { moduleError: number ?? 0 }]] }).hash });
    const { name, docs } = chain.codec().moduleError({ index: 7, error: Uint8Array.of(number ?? 0, 0, 0, 0) });
    expect(await fails).toMatchObject({ code: "CHAIN_REFUSED", refusal: name, shortMessage: docs });
  });
});
