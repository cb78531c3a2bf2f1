/** Real dendrites ask a miner of ours. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "../../src/protocol/index.ts";
import type { Question } from "../../src/schema.ts";
import { installed, type Python, startPython } from "./support/python.ts";
import { alice, answer, bob, ourMiner } from "./support/subnet.ts";

interface Report {
  readonly success: boolean;
  readonly status: number;
  readonly message: string;
  readonly processTime: number;
  readonly axonProcessTime: number;
  readonly prediction: unknown;
  readonly rawHeaders?: [string, string][];
  readonly [name: string]: unknown;
}

describe.each(installed("v10", "v9", "v7"))("a real %s dendrite asks our server", (venv) => {
  let dendrite: Python;
  let server: RunningServer;
  const features = { session_id: "q-1", total_messages: 4, avg_response_time_seconds: 2.5 };
  const ask = async (command: object = {}): Promise<Report[]> => {
    const { error, replies } = await dendrite.call({ port: server.port, hotkey: bob.address, features, ...command });
    if (error !== undefined) throw new Error(String(error));
    return replies as Report[];
  };
  beforeAll(async () => {
    dendrite = await startPython(venv, "sdk_dendrite.py");
    expect(String(dendrite.hello.version).split(".")[0]).toBe(venv.slice(1));
  });
  afterAll(() => dendrite.stop());
  afterEach(() => server?.close());

  it("gets an answer that it takes for success, with our time and its own", async () => {
    const seen: { question: Question; caller: string }[] = [];
    server = await ourMiner(
      {},
      {
        answer: async (question, { hotkey }) => {
          seen.push({ question, caller: hotkey });
          return answer;
        },
      },
    );
    const [reply] = await ask();
    expect(reply).toMatchObject({
      success: true,
      failure: false,
      status: 200,
      message: "Success",
      prediction: { conversion_happened: 1, time_to_conversion_seconds: 142.5 },
      confidence: 0.71,
      axonHotkey: bob.address,
      features,
    });
    expect(reply?.processTime).toBeGreaterThan(0);
    expect(reply?.axonProcessTime).toBeGreaterThan(0);
    expect(reply?.axonProcessTime).toBeLessThan(reply?.processTime ?? 0);
    expect(seen).toMatchObject([
      { caller: alice.address, question: { sessionId: "q-1", landmark: null, horizonSeconds: 1_800 } },
    ]);
    expect(seen[0]?.question.features).toMatchObject({
      total_messages: 4,
      avg_response_time_seconds: 2.5,
      hour_of_day: null,
    });
  });

  it("of a class that hashes its features is believed, and refused when they are changed on the way", async () => {
    server = await ourMiner();
    expect((await ask({ class: "hashed" }))[0]).toMatchObject({ success: true, confidence: 0.71 });
    const [changed] = await ask({
      class: "hashed",
      how: "body",
      body: JSON.stringify({ features: { session_id: "other" } }),
    });
    expect(changed).toMatchObject({ unverified: true, status: 401 });
  });

  it("is told that it is blacklisted, in the words that it knows", async () => {
    server = await ourMiner({}, { authorize: async () => ({ allowed: false, reason: "not registered" }) });
    expect((await ask())[0]).toMatchObject({
      success: false,
      blacklisted: true,
      status: 403,
      message: "Forbidden. Key is blacklisted: not registered.",
      prediction: { conversion_happened: 0, time_to_conversion_seconds: -1 },
    });
  });

  it("cannot say the same twice", async () => {
    server = await ourMiner();
    const [first, second] = await ask({ how: "replay" });
    expect(first).toMatchObject({ success: true, http: 200 });
    expect(second).toMatchObject({
      unverified: true,
      http: 401,
      message: expect.stringMatching(/^Not Verified with error: .*already accepted/),
    });
  });

  it.each([
    ["a bad signature", { bt_header_dendrite_signature: `0x${"ab".repeat(64)}` }, "does not verify"],
    ["no signature, which 9.3 to 10.4 let pass", { bt_header_dendrite_signature: null }, "Missing Signature"],
    ["an empty signature, which they let pass too", { bt_header_dendrite_signature: "" }, "Missing Signature"],
    ["no nonce", { bt_header_dendrite_nonce: null }, "Missing Nonce"],
    ["another uuid", { bt_header_dendrite_uuid: "x" }, "does not verify"],
    ["an old nonce", { bt_header_dendrite_nonce: "1700000000000000000" }, "older than the 10s"],
    [
      "a monotonic clock",
      { bt_header_dendrite_version: "694", bt_header_dendrite_nonce: "123456789" },
      "upgrade the sender",
    ],
  ])("with %s fails verification", async (_, headers, words) => {
    server = await ourMiner();
    const [reply] = await ask({ how: "set", headers });
    expect(reply).toMatchObject({
      success: false,
      unverified: true,
      status: 401,
      message: expect.stringContaining(`Not Verified with error: `),
    });
    expect(reply?.message).toContain(words);
  });

  it("hears of a failure of the miner's by an id, and of nothing else", async () => {
    server = await ourMiner({}, { answer: () => Promise.reject(new Error("secret")) });
    const [reply] = await ask();
    expect(reply).toMatchObject({
      success: false,
      status: 500,
      message: expect.stringMatching(/^Internal Server Error #[0-9a-f-]{36}$/),
    });
    expect(JSON.stringify(reply)).not.toContain("secret");
  });

  it("times out by its own clock, or by ours, and calls both a timeout", async () => {
    server = await ourMiner({ answerTimeoutMs: 200 }, { answer: () => new Promise(() => undefined) });
    expect((await ask())[0]).toMatchObject({
      timeout: true,
      status: 408,
      message: expect.stringMatching(/^Response timeout after: 0\.\d+s$/),
    });
    await server.close();
    server = await ourMiner({}, { answer: () => new Promise(() => undefined) });
    expect((await ask({ timeout: 0.5 }))[0]).toMatchObject({
      timeout: true,
      status: 408,
      message: "Request timeout after 0.5 seconds",
    });
  });

  it("may ask twenty times at once: nonces of one uuid that overtake each other are no replays", async () => {
    server = await ourMiner();
    const replies = await ask({ count: 20 });
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it("is told which synapses there are when it asks for another, and what is wrong with its fields", async () => {
    server = await ourMiner();
    expect((await ask({ class: "ping" }))[0]).toMatchObject({
      status: 404,
      message: "Synapse name 'Synapse' not found. Available synapses ['ConversionSynapse']",
    });
    expect((await ask({ how: "body", body: "{" }))[0]).toMatchObject({ status: 422, message: "the body is not JSON" });
    const [reply] = await ask({ features: { session_id: "q", total_messages: -1 } });
    expect(reply).toMatchObject({ status: 422, message: expect.stringContaining("features.total_messages") });
  });

  it("gets every header's name in lower case, byte by byte", async () => {
    server = await ourMiner();
    for (const [reply] of [
      await ask({ how: "set", headers: {} }),
      await ask({ how: "set", headers: { bt_header_dendrite_nonce: null } }),
    ]) {
      const names = (reply?.rawHeaders ?? [])
        .map(([name]) => name)
        .filter((name) => /bt_|name|timeout|hash|size/i.test(name));
      expect(names.length).toBeGreaterThan(8);
      expect(names).toEqual(names.map((name) => name.toLowerCase()));
    }
  });

  it("is refused where the old wire is turned off", async () => {
    const { btauth } = await import("../../src/protocol/index.ts");
    server = await ourMiner({ wires: [btauth] });
    expect((await ask())[0]).toMatchObject({ success: false, status: 401 });
  });
});

describe.each(installed("v71"))("a real %s dendrite, of before nonces were times, asks our server", (venv) => {
  it("and is told to upgrade: its nonces are a monotonic clock, so a replay could not be told", async () => {
    const dendrite = await startPython(venv, "sdk_dendrite.py");
    const server = await ourMiner();
    try {
      expect(dendrite.hello.version).toBe("7.1.2");
      const features = { session_id: "q-1" };
      const { replies } = await dendrite.call({ port: server.port, hotkey: bob.address, features });
      const message = expect.stringMatching(/^Not Verified with error: nonce is a monotonic clock.*upgrade the sender/);
      expect(replies).toMatchObject([{ success: false, status: 401, message }]);
    } finally {
      await server.close();
      await dendrite.stop();
    }
  });
});
