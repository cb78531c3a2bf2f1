/** btauth/1 against the real `bittensor.http_auth` of SDK 11, both ways. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/index.ts";
import { type RunningServer, signRequest } from "../../src/protocol/index.ts";
import { questionToWire } from "../../src/schema.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { type Python, skipped, startPython } from "./support/python.ts";
import { alice, bob, ourMiner, questionOf } from "./support/subnet.ts";

const path = "/ConversionSynapse?source=a%20b";
const body = utf8(JSON.stringify(questionToWire(questionOf("q-1"))));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const SECOND = 1_000_000_000n;
const now = () => BigInt(Date.now()) * 1_000_000n;

describe.skipIf(skipped("v11"))("btauth/1 of SDK 11", () => {
  let python: Python;
  beforeAll(async () => {
    python = await startPython("v11", "v11_auth.py");
    expect(python.hello.version).toBe("11.3.0");
  });
  afterAll(() => python.stop());

  describe("their signer, our server", () => {
    let server: RunningServer;
    afterEach(() => server?.close());
    const sign = async (changes: object = {}): Promise<Record<string, string>> => {
      const command = { do: "sign", key: "//Alice", method: "POST", path, body: hex(body), receiver: bob.address };
      const { headers, error } = await python.call({ ...command, ...changes });
      if (error !== undefined) throw new Error(String(error));
      return headers as Record<string, string>;
    };
    const send = async (headers: Record<string, string>, sent: Uint8Array = body, target = path) => {
      const response = await fetch(server.url + target, { method: "POST", headers, body: new Uint8Array(sent) });
      const value: unknown = await response.json();
      return { status: response.status, value };
    };

    it.each([
      ["sr25519", 1],
      ["ed25519", 0],
    ])("a request signed with %s is answered, once", async (_, crypto) => {
      server = await ourMiner();
      const headers = await sign({ crypto });
      expect(await send(headers)).toMatchObject({ status: 200, value: { confidence: 0.71 } });
      expect(await send(headers)).toMatchObject({ status: 401, value: { error: { code: "REPLAYED_REQUEST" } } });
    });

    it("an unbound request is answered where those are taken, and refused where not", async () => {
      server = await ourMiner();
      expect(await send(await sign({ receiver: null }))).toMatchObject({
        status: 401,
        value: { error: { code: "WRONG_RECEIVER" } },
      });
      await server.close();
      server = await ourMiner({ requireReceiver: false });
      expect((await send(await sign({ receiver: null }))).status).toBe(200);
      expect(await send(await sign({ receiver: alice.address }))).toMatchObject({
        value: { error: { code: "WRONG_RECEIVER" } },
      });
    });

    it.each([
      ["for another", { receiver: alice.address }, "WRONG_RECEIVER"],
      ["11 s ago", { nonce: String(now() - 60n * SECOND) }, "STALE_REQUEST"],
      ["a minute ahead", { nonce: String(now() + 60n * SECOND) }, "STALE_REQUEST"],
      ["over another body", { body: "00" }, "BAD_SIGNATURE"],
      ["for another path", { path: "/ConversionSynapse" }, "BAD_SIGNATURE"],
      ["for another method", { method: "PUT" }, "BAD_SIGNATURE"],
    ])("one signed %s is 401", async (_, changes, code) => {
      server = await ourMiner();
      expect(await send(await sign(changes))).toMatchObject({ status: 401, value: { error: { code } } });
    });

    it("one whose scheme is stripped, or whose version is another, is 401", async () => {
      server = await ourMiner();
      const { "X-Bittensor-Crypto": _, ...stripped } = await sign({ crypto: 0 });
      expect(await send(stripped)).toMatchObject({ status: 401, value: { error: { code: "BAD_SIGNATURE" } } });
      const other = { ...(await sign()), "X-Bittensor-Version": "2" };
      expect(await send(other)).toMatchObject({ status: 401, value: { error: { code: "MALFORMED_AUTH" } } });
    });

    it("a proven caller who is not welcome is 403", async () => {
      server = await ourMiner({}, { authorize: async () => ({ allowed: false, reason: "no permit" }) });
      expect(await send(await sign())).toMatchObject({ status: 403, value: { error: { message: "no permit" } } });
    });
  });

  describe("our signer, their verifier", () => {
    const parts = { method: "POST", target: path, body };
    const verify = async (headers: Record<string, string>, changes: object = {}) => {
      const { outcomes, error } = await python.call({
        do: "verify",
        method: "POST",
        path,
        body: hex(body),
        headers,
        self: bob.address,
        ...changes,
      });
      if (error !== undefined) throw new Error(String(error));
      return outcomes as Record<string, unknown>[];
    };

    it.each(["sr25519", "ed25519"] as const)("what we sign with %s holds, once", async (scheme) => {
      const { signer } = keypairFromUri("//Alice", { scheme });
      const headers = await signRequest(parts, { signer, receiver: bob.address });
      expect(await verify(headers, { times: 2 })).toEqual([
        { hotkey: signer.address, nonce: headers["X-Bittensor-Nonce"], crypto: scheme === "sr25519" ? 1 : 0 },
        { error: "ReplayedRequest", message: "this nonce was already accepted from this hotkey" },
      ]);
    });

    it("unbound requests hold where those are taken", async () => {
      const headers = await signRequest(parts, { signer: alice, receiver: null });
      expect(await verify(headers, { requireReceiver: false })).toMatchObject([{ hotkey: alice.address }]);
      expect(await verify(headers)).toMatchObject([{ error: "WrongReceiver" }]);
    });

    it.each<[string, Record<string, string | null>, object, string, string]>([
      ["version", { Version: "2" }, {}, "MalformedAuth", "X-Bittensor-Version"],
      ["hotkey", { Hotkey: null }, {}, "MalformedAuth", "missing X-Bittensor-Hotkey"],
      ["nonce", { Nonce: "x" }, {}, "MalformedAuth", "not a decimal integer"],
      ["old nonce", { Nonce: String(now() - 60n * SECOND) }, {}, "StaleRequest", "older than the 10s freshness window"],
      ["new nonce", { Nonce: String(now() + 600n * SECOND) }, {}, "StaleRequest", "more than 2s in the future"],
      ["crypto", { Crypto: "mldsa" }, {}, "MalformedAuth", "unsupported X-Bittensor-Crypto"],
      ["signature", { Signature: "0xzz" }, {}, "MalformedAuth", "not hex"],
      ["short signature", { Signature: "0xabcd" }, {}, "MalformedAuth", "invalid hotkey address or signature encoding"],
      ["address", { Hotkey: "5nonsense" }, {}, "MalformedAuth", "invalid hotkey address or signature encoding"],
      ["receiver", {}, { self: alice.address }, "WrongReceiver", "different receiving hotkey"],
      ["body", {}, { body: "00" }, "BadSignature", "does not verify"],
      ["path", {}, { path: "/other" }, "BadSignature", "does not verify"],
      ["method", {}, { method: "PUT" }, "BadSignature", "does not verify"],
    ])("another %s is refused in the words that ours begin with", async (_, headers, changes, name, words) => {
      const signed: Record<string, string> = await signRequest(parts, { signer: alice, receiver: bob.address });
      for (const [header, value] of Object.entries(headers)) {
        if (value === null) delete signed[`X-Bittensor-${header}`];
        else signed[`X-Bittensor-${header}`] = value;
      }
      const [outcome] = await verify(signed, changes);
      expect(outcome).toMatchObject({ error: name, message: expect.stringContaining(words) });
    });
  });
});
