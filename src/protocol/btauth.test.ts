import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createManualClock, utf8 } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createMemoryNonceStore, type NonceStore, signingPayload, signRequest, verifyRequest } from "./index.ts";

const v = JSON.parse(readFileSync(new URL("../../test/vectors/btauth.json", import.meta.url), "utf8"));
const NONCE = BigInt(v.nonce);
const NOW_MS = Number(NONCE / 1_000_000n);
const parts = { method: v.method, target: v.target, body: utf8(v.body) };
const alice = keypairFromUri("//Alice").signer;
const aliceEd = keypairFromUri("//Alice", { scheme: "ed25519" }).signer;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

type Changes = Record<string, string | null>;
function headersOf(changes: Changes = {}): Headers {
  const headers = new Headers({
    "X-Bittensor-Version": "1",
    "X-Bittensor-Hotkey": v.sender,
    "X-Bittensor-Receiver": v.receiver,
    "X-Bittensor-Nonce": v.nonce,
    "X-Bittensor-Signature": `0x${v.signatures.bound}`,
  });
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(`X-Bittensor-${name}`);
    else headers.set(`X-Bittensor-${name}`, value);
  }
  return headers;
}
/** A store made just before the vector was signed. */
const newStore = (retentionMs = 15_000) =>
  createMemoryNonceStore({ retentionMs }, { clock: createManualClock(NOW_MS - 1) });
function receiverOf(offsetMs = 1, nonceStore: NonceStore = newStore()) {
  return { self: v.receiver, nonceStore, clock: createManualClock(NOW_MS + offsetMs) };
}

test("a request that was fresh when its headers came, and is not when all of it is there, is refused", async () => {
  // Its first sending may be forgotten by then: the store remembers for three seconds longer than a request can be fresh, and no more.
  const context = receiverOf(9_800);
  const late = async () => {
    context.clock.advance(4_700);
    return true;
  };
  const asked = verifyRequest({ ...parts, headers: headersOf() }, { ...context, checkSignature: late });
  await expect(asked).rejects.toMatchObject({ code: "STALE_REQUEST" });
});

describe("golden vectors", () => {
  const payload = { ...parts, nonce: NONCE, sender: v.sender, receiver: v.receiver, scheme: "sr25519" as const };

  test("the payload is the published one, byte by byte", () => {
    expect(sha256(parts.body)).toBe(v.bodySha256);
    const bytes = signingPayload(payload);
    expect(new TextDecoder().decode(bytes)).toBe(v.payload);
    expect([bytes.length, sha256(bytes)]).toEqual([227, v.payloadSha256]);
    const ed = signingPayload({ ...payload, scheme: "ed25519", sender: v.ed25519.sender });
    expect(sha256(ed)).toBe(v.ed25519.payloadSha256);
  });

  test("the published sr25519 signatures verify: bound, unbound, and an empty body", async () => {
    const caller = { hotkey: v.sender, nonce: NONCE, scheme: "sr25519" };
    expect(await verifyRequest({ ...parts, headers: headersOf() }, receiverOf())).toEqual(caller);
    const unbound = headersOf({ Receiver: null, Signature: v.signatures.unbound });
    const open = { ...receiverOf(), requireReceiver: false };
    expect(await verifyRequest({ ...parts, headers: unbound }, open)).toEqual(caller);
    const health = headersOf({ Signature: v.signatures.getHealthEmptyBody });
    const get = { method: "GET", target: "/health", body: new Uint8Array(), headers: health };
    expect(await verifyRequest(get, receiverOf())).toEqual(caller);
  });

  test("an ed25519 request is signed to the published bytes, and verifies", async () => {
    const signed = await signRequest(parts, { signer: aliceEd, receiver: v.receiver, nonce: NONCE });
    expect(signed).toEqual({
      "X-Bittensor-Version": "1",
      "X-Bittensor-Hotkey": v.ed25519.sender,
      "X-Bittensor-Receiver": v.receiver,
      "X-Bittensor-Nonce": v.nonce,
      "X-Bittensor-Crypto": "ed25519",
      "X-Bittensor-Signature": `0x${v.ed25519.signature}`,
    });
    for (const name of ["ed25519", "ED25519", "0"]) {
      const headers = new Headers({ ...signed, "X-Bittensor-Crypto": name });
      expect((await verifyRequest({ ...parts, headers }, receiverOf())).scheme).toBe("ed25519");
    }
    const stripped = new Headers(signed);
    stripped.delete("X-Bittensor-Crypto");
    await expect(verifyRequest({ ...parts, headers: stripped }, receiverOf())).rejects.toMatchObject({
      name: "BadSignatureError",
    });
  });

  test.each([
    ["the scheme's name in any case", { Crypto: "SR25519" }],
    ["the scheme's number", { Crypto: "1" }],
    ["no prefix", { Signature: v.signatures.bound }],
    ["upper case", { Signature: v.signatures.bound.toUpperCase() }],
    ["spaces between bytes", { Signature: v.signatures.bound.match(/../g).join(" ") }],
    ["leading zeros in the nonce", { Nonce: `0${v.nonce}` }],
  ])("accepts %s", async (_, changes) => {
    const caller = await verifyRequest({ ...parts, headers: headersOf(changes) }, receiverOf());
    expect(caller.nonce).toBe(NONCE);
  });
});

describe("headers as frameworks have them", () => {
  const signed = Object.fromEntries(headersOf());
  const capitals = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toUpperCase(), value]));
  test.each([
    ["lower case, as node:http and Fastify give them", signed],
    ["any case", capitals],
    [
      "lists of one, as raw headers are often gathered",
      Object.fromEntries(Object.entries(signed).map(([k, x]) => [k, [x]])),
    ],
    ["with others that are absent", { ...signed, "x-none": undefined, get: "a header of that name" }],
    ["the platform's Headers", headersOf()],
  ])("%s", async (_, headers) => {
    expect((await verifyRequest({ ...parts, headers }, receiverOf())).hotkey).toBe(v.sender);
  });

  test("a header that came twice is no header: neither of two hotkeys is believed", async () => {
    const twice = { ...signed, "x-bittensor-hotkey": [v.sender, v.receiver] };
    await expect(verifyRequest({ ...parts, headers: twice }, receiverOf())).rejects.toMatchObject({ status: 401 });
    const mixed = { ...signed, "X-Bittensor-Nonce": "1" };
    await expect(verifyRequest({ ...parts, headers: mixed }, receiverOf())).rejects.toThrow(/not a decimal integer/);
  });
});

describe("refusals, in the order of the checks", () => {
  const MALFORMED = "MalformedAuthError";
  // Each row breaks one thing; all rows below it are broken too, so a check out of order answers with another text.
  const rows: [Changes, string, string][] = [
    [{ Version: null }, MALFORMED, "missing or unsupported X-Bittensor-Version (expected '1')"],
    [{ Hotkey: null }, MALFORMED, "missing X-Bittensor-Hotkey"],
    [{ Nonce: null }, MALFORMED, "missing X-Bittensor-Nonce"],
    [{ Nonce: "1e18" }, MALFORMED, "X-Bittensor-Nonce is not a decimal integer"],
    [{ Crypto: "mldsa" }, MALFORMED, "unsupported X-Bittensor-Crypto"],
    [{ Signature: null }, MALFORMED, "missing X-Bittensor-Signature"],
    [{ Signature: "0xzz" }, MALFORMED, "X-Bittensor-Signature is not hex"],
    [
      { Receiver: null },
      "WrongReceiverError",
      "missing X-Bittensor-Receiver: this server requires receiver-bound requests",
    ],
    [{ Receiver: v.sender }, "WrongReceiverError", "request was signed for a different receiving hotkey"],
    [
      { Nonce: "1" },
      "StaleRequestError",
      "nonce is older than the 10s freshness window: it is no time in nanoseconds since 1970, or a clock is days off",
    ],
    [
      { Nonce: "99999999999999999999" },
      "StaleRequestError",
      "nonce is more than 2s in the future: it is no time in nanoseconds since 1970, or a clock is days off",
    ],
    [{ Hotkey: "5nonsense" }, MALFORMED, "invalid hotkey address or signature encoding"],
    [{ Signature: "0xabcd" }, MALFORMED, "invalid hotkey address or signature encoding"],
    [{ Signature: "ab".repeat(64) }, "BadSignatureError", "signature does not verify against the claimed hotkey"],
  ];
  test.each(rows.map((row, i) => [i, ...row] as const))("%i: %j gives %s: %s", async (i, changes, name, message) => {
    const later: Changes = Object.assign(
      {},
      ...rows
        .slice(i + 1)
        .map(([more]) => more)
        .reverse(),
    );
    for (const headers of [headersOf(changes), headersOf({ ...later, ...changes })]) {
      const refused = verifyRequest({ ...parts, headers }, receiverOf());
      await expect(refused).rejects.toMatchObject({ name, message, status: 401 });
    }
  });

  test.each(["Version", "Hotkey", "Nonce", "Signature"])("an empty %s is a missing one", async (name) => {
    await expect(verifyRequest({ ...parts, headers: headersOf({ [name]: "" }) }, receiverOf())).rejects.toThrow(
      /missing/,
    );
  });

  test.each(["2", "1.0", "01"])("version %s is unsupported", async (version) => {
    const headers = headersOf({ Version: version });
    await expect(verifyRequest({ ...parts, headers }, receiverOf())).rejects.toThrow(/unsupported X-Bittensor-Version/);
  });

  test.each(["+1", "1_000", "-1", "0x1", "1".repeat(21), "١٢٣"])(
    "the nonce %s is no decimal integer",
    async (nonce) => {
      const headers = {
        get: (name: string) => (name.toLowerCase() === "x-bittensor-nonce" ? nonce : headersOf().get(name)),
      };
      await expect(verifyRequest({ ...parts, headers }, receiverOf())).rejects.toThrow(/not a decimal integer/);
    },
  );

  test.each(["", "constructor", "__proto__", "2"])("the scheme %j is unsupported", async (crypto) => {
    const headers = headersOf({ Crypto: crypto });
    await expect(verifyRequest({ ...parts, headers }, receiverOf())).rejects.toThrow("unsupported X-Bittensor-Crypto");
  });

  test.each([
    [1, true],
    [10_000, true],
    [10_001, false],
    [11_000, false],
    [-2_000, true],
    [-2_001, false],
    [-3_000, false],
  ])("with the clock %i ms after the nonce it is fresh: %s", async (offsetMs, fresh) => {
    const outcome = verifyRequest({ ...parts, headers: headersOf() }, receiverOf(offsetMs));
    if (fresh) expect((await outcome).hotkey).toBe(v.sender);
    else await expect(outcome).rejects.toMatchObject({ code: "STALE_REQUEST" });
  });

  test.each([
    [
      14_150,
      "nonce is older than the 10s freshness window: it is 14.2 s old; set the clock (NTP), sign just before sending",
    ],
    [
      10_001,
      "nonce is older than the 10s freshness window: it is 10.1 s old; set the clock (NTP), sign just before sending",
    ],
    [-2_600, "nonce is more than 2s in the future: it is 2.6 s ahead; set the clock (NTP), sign just before sending"],
  ])("with the clock %i ms after the nonce the refusal names the skew", async (offsetMs, message) => {
    await expect(verifyRequest({ ...parts, headers: headersOf() }, receiverOf(offsetMs))).rejects.toMatchObject({
      message,
    });
  });

  test("another receiver is refused even where none is required", async () => {
    const open = { ...receiverOf(), self: v.sender, requireReceiver: false };
    await expect(verifyRequest({ ...parts, headers: headersOf() }, open)).rejects.toMatchObject({
      code: "WRONG_RECEIVER",
    });
  });

  test.each([
    ["method", { method: "PUT" }],
    ["path", { target: "/generate" }],
    ["query", { target: "/generate?stream=true" }],
    ["percent-encoding", { target: "/gener%61te?stream=false" }],
    ["body", { body: utf8('{"prompt": "hallo"}') }],
  ])("a changed %s breaks the signature", async (_, change) => {
    const refused = verifyRequest({ ...parts, ...change, headers: headersOf() }, receiverOf());
    await expect(refused).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
  });

  test("the second of two equal requests is a replay, and one that failed before is not remembered", async () => {
    const store = newStore();
    const forged = verifyRequest(
      { ...parts, headers: headersOf({ Signature: "ab".repeat(64) }) },
      receiverOf(1, store),
    );
    await expect(forged).rejects.toMatchObject({ code: "BAD_SIGNATURE" });
    const both = [1, 2].map(() => verifyRequest({ ...parts, headers: headersOf() }, receiverOf(1, store)));
    const outcomes = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(outcomes).toEqual(["fulfilled", "rejected"]);
    const again = verifyRequest({ ...parts, headers: headersOf() }, receiverOf(1, store));
    await expect(again).rejects.toMatchObject({
      name: "ReplayedRequestError",
      message: "this nonce was already accepted from this hotkey",
    });
  });

  test("a store that forgets too soon is a mistake of ours, told before it accepts anything", async () => {
    const store = newStore(11_999);
    const refused = verifyRequest({ ...parts, headers: headersOf() }, receiverOf(1, store));
    await expect(refused).rejects.toMatchObject({ code: "INVALID_ARGUMENT", argument: "nonceStore.retentionMs" });
    expect(store.size).toBe(0);
  });

  test("a nonce store may be elsewhere and answer later", async () => {
    const remote: NonceStore = { retentionMs: 60_000, accept: async () => false };
    const refused = verifyRequest({ ...parts, headers: headersOf() }, receiverOf(1, remote));
    await expect(refused).rejects.toMatchObject({ code: "REPLAYED_REQUEST" });
  });
});

test("a signature over the wrapped payload is accepted, as Python does", async () => {
  const signed = await signRequest(parts, {
    signer: { ...alice, sign: (message) => alice.sign(utf8(`<Bytes>${new TextDecoder().decode(message)}</Bytes>`)) },
    receiver: v.receiver,
    nonce: NONCE,
  });
  expect((await verifyRequest({ ...parts, headers: new Headers(signed) }, receiverOf())).hotkey).toBe(v.sender);
});

test("whatever is signed verifies, and whatever is then changed in a header does not crash", async () => {
  const names = ["Version", "Hotkey", "Receiver", "Nonce", "Crypto", "Signature"];
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "put"),
    target: fc.webPath().map((path) => `/${path}`),
    body: fc.uint8Array(),
    bound: fc.boolean(),
    ed25519: fc.boolean(),
  });
  const change = fc.record({ name: fc.constantFrom(...names), value: fc.string({ maxLength: 140 }) });
  const clock = createManualClock(NOW_MS);
  await fc.assert(
    fc.asyncProperty(request, change, async ({ bound, ed25519, ...call }, { name, value }) => {
      const signer = ed25519 ? aliceEd : alice;
      const signed = await signRequest(call, { signer, receiver: bound ? v.receiver : null, clock });
      const context = { ...receiverOf(), clock, requireReceiver: false };
      const caller = await verifyRequest({ ...call, headers: new Headers(signed) }, context);
      expect(caller).toMatchObject({ hotkey: signer.address, scheme: signer.scheme });
      const original = new Headers(signed);
      const headers = { get: (wanted: string) => (wanted === `X-Bittensor-${name}` ? value : original.get(wanted)) };
      const outcome = await verifyRequest({ ...call, headers }, context).catch((error) => error);
      expect(outcome).toMatchObject({ status: 401 });
    }),
    { numRuns: 60 },
  );
});
