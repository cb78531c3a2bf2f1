import { afterEach, describe, expect, it } from "vitest";
import type { ChainCall, Receipt } from "../src/chain/calls.ts";
import { ChainRefusedError, ChainUnreachableError } from "../src/chain/errors.ts";
import { CHAIN_REFUSALS, isChainRefusal, POOL_REFUSALS } from "../src/chain/refusals.ts";
import { fromHex, toHex } from "../src/core/index.ts";
import type { SubtensorOptions } from "../src/subtensor/index.ts";
import { type Signer, verifySignature } from "../src/wallet/index.ts";
import { Refusal } from "./support/rpc-server.ts";
import { ABSENT_RUNTIMES, REAL_RUNTIMES } from "./support/runtimes.ts";
import { createStage, failure, NEW, OLD } from "./support/subtensor-client.ts";
import { alice, COMMIT, createScene, NEWER, NO_PERMIT, refuse, SET, STAKE } from "./support/subtensor-scene.ts";
import type { Sent } from "./support/subtensor-server.ts";
import { createScriptedChain } from "./support/test-chain.ts";
import { until } from "./support/until.ts";

const stage = createStage();
afterEach(stage.clear);
const scene = (options: SubtensorOptions = {}) => createScene(stage, options);

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

  it("is given up when its chain is closed", async () => {
    const { server, client, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    await sent();
    await client.close();
    expect(await submitted).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    expect(String(await submitted)).toContain("the client was closed");
    await until(() => server.open() === 0);
    expect(client.status()).toMatchObject({ state: "closed", pending: 0, subscriptions: 0 });
  });

  it("is not sent when the runtime has no such call, or the key does not sign", async () => {
    const node = await stage.node(createScriptedChain(OLD, { startAt: 100 }));
    const client = stage.connect([node]);
    expect(await failure(client.submit({ ...COMMIT, mechanism: 1 }, alice))).toMatchObject({ code: "RUNTIME_LACKS" });
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
    const { chain, server, client, include, sent } = await scene();
    const submitted = failure(client.submit(SET, alice));
    const { text, tell } = await sent();
    // The runtime after it means something else by the same number.
    const metadata = Buffer.from(
      Buffer.from(NEW.metadata).toString("latin1").replace("NoValidatorPermit", "NoValidatorPermiX"),
      "latin1",
    );
    chain.upgrade({ specVersion: 425, metadata: new Uint8Array(metadata) });
    tell({ inBlock: include({ text }, { moduleError: NO_PERMIT }).hash });
    expect(await submitted).toMatchObject({ refusal: "NeuronNoValidatorPermit" });
    const again = failure(client.submit(SET, alice));
    const second = await sent(1);
    second.tell({ inBlock: include(second, { moduleError: NO_PERMIT }).hash });
    expect(await again).toMatchObject({ refusal: "NeuronNoValidatorPermiX" });
    expect(server.sent).toHaveLength(2);
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
    // Asked for in two versions, and again.
    const metadata = server.requests.filter(({ params }) => params[0] === "Metadata_metadata_at_version");
    expect(metadata).toHaveLength(4);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "The node could not verify the signature: its runtime or its chain is another one than was signed for.

      Refusal: BadProof

      Hint: Try again; if it stays, update the software."
    `);
    expect(server.sent).toHaveLength(2);
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
