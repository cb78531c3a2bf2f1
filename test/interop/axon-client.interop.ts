/** Our client asks real axons, on which a ten-line miner runs. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock, utf8 } from "../../src/core/index.ts";
import {
  type Client,
  createAxonWire,
  createClient,
  type Peer,
  QUESTION_PATH,
  axon as wire,
} from "../../src/protocol/index.ts";
import { questionToWire } from "../../src/schema.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { freePort, installed, type Python, startPython } from "./support/python.ts";
import { alice, bob, questionOf } from "./support/subnet.ts";

const eve = keypairFromUri("//Eve").signer;

const ANNOUNCED: Readonly<Record<string, number>> = { v10: 10_005_000, v9: 9_003_000, v7: 7_004_000, v71: 712 };

describe.each(installed("v10", "v9", "v7", "v71"))("our client asks a real %s axon", (venv) => {
  let axon: Python;
  let peer: Peer;
  const clients: Client[] = [];
  const newClient = (...[options, modules]: Partial<Parameters<typeof createClient>>) => {
    const client = createClient(options ?? {}, modules ?? { signer: alice });
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    const port = await freePort();
    axon = await startPython(venv, "sdk_axon.py", [String(port), "//Bob", "plain", eve.address]);
    peer = { hotkey: bob.address, host: "127.0.0.1", port, version: Number(axon.hello.announced) };
  });
  afterAll(() => axon.stop());
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  it("and is answered at the first try when the chain has told which SDK serves", async () => {
    expect(axon.hello).toMatchObject({ hotkey: bob.address, announced: ANNOUNCED[venv] });
    const before = await axon.call({});
    const result = await newClient().ask(peer, questionOf("q-1"));
    expect(result).toMatchObject({
      ok: true,
      answer: { conversionHappened: 1, timeToConversionSeconds: 60, confidence: 0.8 },
    });
    expect(Number((await axon.call({})).asked)).toBe(Number(before.asked) + 1);
  });

  it("and finds out by itself when nobody has told, once: one question in two formats, later ones in one", async () => {
    const client = newClient();
    const { version: _, ...silent } = peer;
    for (let i = 0; i < 3; i++) expect((await client.ask(silent, questionOf(`q-${i}`, 3))).ok).toBe(true);
  });

  it("and is refused as one who is blacklisted", async () => {
    const result = await newClient({}, { signer: eve }).ask(peer, questionOf("q-1"));
    expect(result).toMatchObject({
      ok: false,
      reason: "refused",
      status: 403,
      message: "Forbidden. Key is blacklisted: not welcome here.",
    });
  });

  it("and is not believed with a bad signature, or as one who asks somebody else", async () => {
    const forged = { ...alice, sign: (message: Uint8Array) => alice.sign(message.subarray(1)) };
    const bad = await newClient({}, { signer: forged }).ask(peer, questionOf("q-1"));
    expect(bad).toMatchObject({
      ok: false,
      reason: "refused",
      status: 401,
      message: expect.stringContaining("Not Verified with error: Signature mismatch"),
    });
    const other = await newClient().ask({ ...peer, hotkey: eve.address }, questionOf("q-1"));
    expect(other).toMatchObject({ ok: false, reason: "refused", status: 401 });
  });

  it("and sees the hole of SDK 9.3 to 10.4 with its own eyes: there, and there only, a request without a signature is believed", async () => {
    const body = utf8(JSON.stringify(questionToWire(questionOf("q-1"))));
    const parts = { method: "POST", target: QUESTION_PATH, body };
    const signed = await wire.request.write(parts, { signer: alice, receiver: bob.address, clock: systemClock });
    const { bt_header_dendrite_signature: _, ...headers } = signed.headers;
    const url = `http://127.0.0.1:${peer.port}${QUESTION_PATH}`;
    const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(signed.body) });
    await response.text();
    expect(response.status).toBe(venv === "v9" ? 200 : 401);
  });

  it("and hears of a failure by an id", async () => {
    const result = await newClient().ask(peer, questionOf("fail-1"));
    expect(result).toMatchObject({
      ok: false,
      reason: "refused",
      status: 500,
      // Up to 7.1 a stranger was told the exception.
      message: expect.stringMatching(venv === "v71" ? /with error: a secret/ : /^Internal Server Error #/),
    });
  });

  it("and gives up in time", async () => {
    const result = await newClient({ timeoutMs: 500 }).ask(peer, questionOf("slow-1"));
    expect(result).toMatchObject({ ok: false, reason: "timeout" });
    expect(result.latencySeconds).toBeLessThan(1);
  });

  it("twenty times at once, and again: whatever overtakes on the way is no replay, and its memory holds twenty ids", async () => {
    const client = newClient();
    const before = Number((await axon.call({})).uuids);
    for (let round = 0; round < 3; round++) {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => client.ask(peer, questionOf(`q-${round}-${i}`))),
      );
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    }
    expect(Number((await axon.call({})).uuids) - before).toBeLessThanOrEqual(20);
  });

  it("of a class that hashes features, when both say so; in the other form it is refused", async () => {
    const port = await freePort();
    const strict = await startPython(venv, "sdk_axon.py", [String(port), "//Bob", "hashed"]);
    try {
      const hashing = newClient({ wires: [createAxonWire({ hashFields: ["features"] })] });
      expect((await hashing.ask({ ...peer, port }, questionOf("q-1"))).ok).toBe(true);
      expect(await newClient().ask({ ...peer, port }, questionOf("q-1"))).toMatchObject({ ok: false, status: 500 });
    } finally {
      await strict.stop();
    }
  });
});
