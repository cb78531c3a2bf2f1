import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createManualClock, utf8 } from "../../core/index.ts";
import { keypairFromUri, verifySignature } from "../../wallet/index.ts";
import { axon, createAxonWire, createMemoryNonceStore, type NonceStore, type WireFormat } from "../index.ts";
import type { ReceiverContext } from "../wire.ts";
import { axonMessage } from "./verify.ts";

const v = JSON.parse(readFileSync(new URL("../../../test/vectors/axon.json", import.meta.url), "utf8"));
const alice = keypairFromUri("//Alice").signer;
const bob = keypairFromUri("//Bob").signer;
const NONCE = BigInt(v.plain.headers.bt_header_dendrite_nonce);
const NOW_MS = Number(NONCE / 1_000_000n);
const target = "/ConversionSynapse";

const newStore = () => createMemoryNonceStore({}, { clock: createManualClock(NOW_MS - 1_000) });
const contextOf = (offsetMs = 1, nonceStore: NonceStore = newStore()) => ({
  self: v.receiver,
  nonceStore,
  clock: createManualClock(NOW_MS + offsetMs),
  requireReceiver: true,
});
type Changes = Record<string, string | null>;
function headersOf(changes: Changes = {}, from: Record<string, string> = v.plain.headers): Headers {
  const headers = new Headers(from);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}
const read = async (
  headers: Headers,
  {
    context = contextOf(),
    body = v.plain.body,
    wire = axon,
  }: { context?: ReceiverContext; body?: string; wire?: WireFormat } = {},
) => wire.request.claim(headers, context).prove({ method: "POST", target, body: utf8(body) });
test("a request that was fresh when its headers came, and is not when all of it is there, is refused", async () => {
  const context = contextOf(9_800);
  const late = async () => {
    context.clock.advance(4_700);
    return true;
  };
  await expect(read(headersOf(), { context: { ...context, checkSignature: late } })).rejects.toMatchObject({
    code: "STALE_REQUEST",
  });
});

const D = "bt_header_dendrite_";

describe("published signatures", () => {
  const of = (bodyHash: string) =>
    axonMessage({
      nonce: 1752076800000000000n,
      sender: v.sender,
      receiver: v.receiver,
      uuid: "00000000-0000-1000-8000-000000000001",
      bodyHash,
    });
  test.each([
    [
      "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
      "4e3a66aa331d49f6913d9055bfa946743de761b283ae1beb9cd5fc2b7c8b3140960d045bc8166c2e366daf1ff0be9352451157d76cfa4273b37167e429399284",
    ],
    [
      "ae06397d08f30f75c91395c59f05c62ac3b62b88250eb78b109213258e6ced0c",
      "5ced376e93c988c21811d524e215fde2e2e03dd9cec5463c68c1cb5d2ee1152657f40e9030340b2d7c8188a3397c591e3b07bf0ca1dfd40798d138be95902488",
    ],
  ])("over the hash %s hold for our message, and for no other", (hash, hex) => {
    const claim = {
      scheme: "sr25519",
      publicKey: alice.publicKey,
      signature: new Uint8Array(Buffer.from(hex, "hex")),
    } as const;
    expect(verifySignature({ ...claim, message: utf8(of(hash)) })).toBe(true);
    expect(verifySignature({ ...claim, message: utf8(of(hash.replace("a", "b"))) })).toBe(false);
  });
});

describe("what a real dendrite sent", () => {
  test("verifies, and gives the caller of the headers", async () => {
    expect(await read(headersOf())).toEqual({ hotkey: v.sender, nonce: NONCE, scheme: "sr25519" });
  });

  test("verifies without whatever is not signed, and with more that nobody knows", async () => {
    const unsigned = [
      "name",
      "timeout",
      "header_size",
      "total_size",
      "bt_header_input_obj_features",
      `${D}ip`,
      `${D}version`,
    ];
    const bare = headersOf(
      Object.fromEntries([...unsigned, "bt_header_axon_ip", "bt_header_axon_hotkey"].map((name) => [name, null])),
    );
    bare.set("bt_header_input_obj_other", "!");
    bare.set("x-anything", "y");
    expect((await read(bare)).hotkey).toBe(v.sender);
  });

  test("whose class hashes features verifies, for that body only", async () => {
    const headers = headersOf({}, v.hashed.headers);
    expect((await read(headers, { body: v.hashed.body })).hotkey).toBe(v.sender);
    for (const body of [
      v.hashed.body.replace('_seconds": 2.0', '_seconds": 2'),
      v.hashed.body.replace('"total_messages": 4', '"total_messages": 5'),
      "",
      "{}",
    ]) {
      await expect(read(headers, { body })).rejects.toMatchObject({ status: 401, code: "BODY_HASH_MISMATCH" });
    }
  });

  test("with a constant hash verifies for any body: why btauth/1 is better, and why fields can be demanded", async () => {
    expect((await read(headersOf(), { body: "{}" })).hotkey).toBe(v.sender);
    const strict = createAxonWire({ hashFields: ["features"] });
    await expect(read(headersOf(), { wire: strict })).rejects.toMatchObject({ code: "BODY_HASH_MISMATCH" });
    expect((await read(headersOf({}, v.hashed.headers), { wire: strict, body: v.hashed.body })).hotkey).toBe(v.sender);
  });

  test("without a uuid is one of the uuid None, as Python writes the absent one into what is signed", async () => {
    const message = axonMessage({
      nonce: NONCE,
      sender: v.sender,
      receiver: v.receiver,
      uuid: "None",
      bodyHash: v.emptyHash,
    });
    const signature = `0x${Buffer.from(await alice.sign(utf8(message))).toString("hex")}`;
    expect((await read(headersOf({ [`${D}uuid`]: null, [`${D}signature`]: signature }))).hotkey).toBe(v.sender);
  });

  test("signed over the wrapped message verifies, as at Python's", async () => {
    const uuid = v.plain.headers[`${D}uuid`];
    const message = axonMessage({ nonce: NONCE, sender: v.sender, receiver: v.receiver, uuid, bodyHash: v.emptyHash });
    const signature = `0x${Buffer.from(await alice.sign(utf8(`<Bytes>${message}</Bytes>`))).toString("hex")}`;
    expect((await read(headersOf({ [`${D}signature`]: signature }))).hotkey).toBe(v.sender);
  });

  test("who it is comes from the headers, never from the body", async () => {
    const body = v.plain.body.replaceAll(v.sender, v.receiver);
    expect((await read(headersOf(), { body })).hotkey).toBe(v.sender);
  });
});

describe("what must not verify", () => {
  test.each<[string, Changes, string, string | RegExp]>([
    ["no hotkey", { [`${D}hotkey`]: null }, "MALFORMED_AUTH", "No SS58 formatted address or public key provided."],
    ["a hotkey that is none", { [`${D}hotkey`]: "5nonsense" }, "MALFORMED_AUTH", /invalid hotkey/],
    ["another's hotkey", { [`${D}hotkey`]: v.receiver }, "BAD_SIGNATURE", /does not verify/],
    ["no nonce", { [`${D}nonce`]: null }, "MALFORMED_AUTH", "Missing Nonce"],
    ["a nonce that is no integer", { [`${D}nonce`]: "1.7e18" }, "MALFORMED_AUTH", /not a decimal/],
    ["another nonce", { [`${D}nonce`]: String(NONCE + 1n) }, "BAD_SIGNATURE", /./],
    ["no signature (accepted by SDK 9.3 to 10.4)", { [`${D}signature`]: null }, "MALFORMED_AUTH", "Missing Signature"],
    ["an empty signature (accepted there, too)", { [`${D}signature`]: "" }, "MALFORMED_AUTH", "Missing Signature"],
    ["a signature of zeros", { [`${D}signature`]: `0x${"00".repeat(64)}` }, "BAD_SIGNATURE", /./],
    ["a short signature", { [`${D}signature`]: "0xabcd" }, "MALFORMED_AUTH", /128 hex/],
    [
      "a signature without its prefix",
      { [`${D}signature`]: v.plain.headers[`${D}signature`].slice(2) },
      "MALFORMED_AUTH",
      /0x/,
    ],
    ["another uuid", { [`${D}uuid`]: "other" }, "BAD_SIGNATURE", /./],
    ["a uuid with a dot, which would be read two ways", { [`${D}uuid`]: "a.b" }, "MALFORMED_AUTH", /uuid/],
    ["no uuid", { [`${D}uuid`]: null }, "BAD_SIGNATURE", /./],
    ["no hash", { computed_body_hash: null }, "MALFORMED_AUTH", /computed_body_hash/],
    ["an upper-case hash", { computed_body_hash: v.emptyHash.toUpperCase() }, "MALFORMED_AUTH", /computed_body_hash/],
    ["another hash", { computed_body_hash: v.dummyHash }, "BAD_SIGNATURE", /./],
    ["another receiver", { bt_header_axon_hotkey: v.sender }, "WRONG_RECEIVER", /different receiving/],
  ])("%s", async (_, changes, code, message) => {
    await expect(read(headersOf(changes))).rejects.toMatchObject({
      status: 401,
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("a request to somebody else, whatever receiver it names", async () => {
    const context = { ...contextOf(), self: v.sender };
    for (const receiver of [v.sender, null])
      await expect(read(headersOf({ bt_header_axon_hotkey: receiver }), { context })).rejects.toMatchObject({
        code: "BAD_SIGNATURE",
      });
  });

  test("nor is a header doubled: neither value counts", async () => {
    const headers = headersOf();
    headers.append(`${D}nonce`, "1");
    await expect(read(headers)).rejects.toMatchObject({ code: "MALFORMED_AUTH" });
  });
});

describe("time and replay", () => {
  test.each([
    [10_000, true],
    [10_001, false],
    [-1_999, true],
    [-2_001, false],
  ])(
    "with our clock %i ms after the nonce it is fresh: %s; the timeout header, which is not signed, cannot stretch it",
    async (offsetMs, fresh) => {
      const outcome = read(headersOf({ timeout: "9999.0" }), { context: contextOf(offsetMs) });
      if (fresh) expect((await outcome).hotkey).toBe(v.sender);
      else
        await expect(outcome).rejects.toMatchObject({
          code: "STALE_REQUEST",
          message: expect.stringMatching(/it is \d+\.\d s (old|ahead)/),
        });
    },
  );

  test("a monotonic clock, as SDKs below 7.2 sign it, is refused in words that say so; a version alone refuses nobody", async () => {
    const old = { [`${D}version`]: "694", [`${D}nonce`]: "123456789000" };
    await expect(read(headersOf(old))).rejects.toMatchObject({
      code: "STALE_REQUEST",
      message: expect.stringContaining("upgrade the sender"),
    });
    expect((await read(headersOf({ [`${D}version`]: "694" }))).hotkey).toBe(v.sender);
    await expect(read(headersOf({ ...old, [`${D}version`]: "x" }))).rejects.toMatchObject({ code: "STALE_REQUEST" });
  });

  const signed = (session: string, nowMs: number) =>
    axon.request.write(
      { method: "POST", target, body: utf8("{}") },
      { signer: alice, receiver: v.receiver, clock: createManualClock(nowMs), session },
    );

  test("a request is accepted once, and others of one uuid in any order", async () => {
    const store = newStore();
    const requests = await Promise.all([3, 1, 2].map((i) => signed("u", NOW_MS + i)));
    const answer = async ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      read(new Headers(headers), { context: contextOf(5, store), body: "{}" });
    for (const request of requests) expect((await answer(request)).hotkey).toBe(alice.address);
    for (const request of requests) await expect(answer(request)).rejects.toMatchObject({ code: "REPLAYED_REQUEST" });
    expect(store.size).toBe(3);
  });

  test("what failed is not remembered, and a nonce of this wire is not one of the other", async () => {
    const store = newStore();
    await expect(
      read(headersOf({ [`${D}signature`]: `0x${"ab".repeat(64)}` }), { context: contextOf(1, store) }),
    ).rejects.toThrow();
    expect(store.size).toBe(0);
    expect(store.accept(v.sender, NONCE)).toBe(true);
    expect((await read(headersOf(), { context: contextOf(1, store) })).hotkey).toBe(v.sender);
  });
});

describe("what we send", () => {
  const body = utf8(
    '{"features":{"session_id":"q","hour_of_day":null,"total_messages":4},"landmark":{"messages":4},"x":null}',
  );
  const parts = { method: "POST", target: `${target}?a=1`, body };
  const sender = {
    signer: alice,
    receiver: v.receiver,
    clock: createManualClock(NOW_MS),
    session: "u",
    to: { host: "10.0.0.1", port: 8091 },
  };

  test("has the headers and the body that a dendrite's have, and digits of the nonce that no number could hold", async () => {
    const { headers, body: sent } = await axon.request.write(parts, sender);
    const theirs = Object.keys(v.plain.headers).filter((name) => name !== `${D}ip`);
    expect(Object.keys(headers)).toEqual([...theirs, "Content-Type"]);
    expect(headers).toMatchObject({
      name: "ConversionSynapse",
      timeout: "12.0",
      bt_header_input_obj_features: "e30=",
      [`${D}version`]: "10005000",
    });
    const text = new TextDecoder().decode(sent);
    expect(text).toContain(`"nonce":${headers[`${D}nonce`]},`);
    const object = JSON.parse(text);
    expect(Object.keys(object)).toEqual([...Object.keys(JSON.parse(v.plain.body)).slice(0, 7), "features", "landmark"]);
    expect(Object.keys(object.dendrite)).toEqual(v.terminalFields);
    expect(Object.keys(object.axon)).toEqual(v.terminalFields);
    expect(object.features).toEqual({ session_id: "q", total_messages: 4 });
  });

  test("verifies, with fields hashed and without", async () => {
    for (const wire of [axon, createAxonWire({ hashFields: ["features"] })]) {
      const { headers, body: sent } = await wire.request.write(parts, sender);
      const caller = await read(new Headers(headers), { wire, body: new TextDecoder().decode(sent) });
      expect(caller.hotkey).toBe(alice.address);
    }
  });

  test("stands for required fields of every kind with an empty one", async () => {
    const wire = createAxonWire({ requiredFields: ["s", "n", "b", "l", "o"] });
    const mixed = utf8('{"s":"x","n":1,"b":true,"l":[1],"o":{"a":1},"other":1}');
    const { headers } = await wire.request.write({ ...parts, body: mixed }, sender);
    const dummies = Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("bt_header_input") ? [value] : [],
    );
    expect(dummies).toEqual(["IiI=", "MA==", "ZmFsc2U=", "W10=", "e30="]);
  });

  test.each([
    ["receiver", { receiver: null }, {}],
    ["signer", { signer: keypairFromUri("//Alice", { scheme: "ed25519" }).signer }, {}],
    ["body", {}, { body: utf8("[]") }],
    ["body", {}, { body: utf8("{") }],
  ])("needs a %s that this wire can carry", async (argument, context, part) => {
    await expect(axon.request.write({ ...parts, ...part }, { ...sender, ...context })).rejects.toMatchObject({
      argument,
    });
  });

  test("needs the fields that it is to hash, and no body at all where none is", async () => {
    const wire = createAxonWire({ hashFields: ["absent"] });
    await expect(wire.request.write(parts, sender)).rejects.toMatchObject({ argument: "body" });
    const { body: sent } = await axon.request.write(
      { ...parts, body: new Uint8Array() },
      { ...sender, receiver: bob.address },
    );
    expect(JSON.parse(new TextDecoder().decode(sent)).name).toBe("ConversionSynapse");
  });
});
