import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { feedbackAbout, questionOf, yes } from "../../test/support/feedback.ts";
import { addStake, neuronOf, RAO_PER_TAO, register } from "../chain/index.ts";
import { createLogger, systemClock, utf8 } from "../core/index.ts";
import { createLedger, type Ledger, ledgerChain } from "../localnet/index.ts";
import {
  axon,
  createClient,
  FEEDBACK_PATH,
  type Feedback,
  feedbackToWire,
  type Peer,
  sendFeedback,
  signedFetch,
  signRequest,
} from "../protocol/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createMinerFeedback } from "./feedback.ts";
import { createMinerDrift } from "./feedback-drift.ts";
import { createAnswerMemory } from "./feedback-memory.ts";
import { readFeedbackFiles } from "./feedback-read.ts";
import { type FeedbackStore, openFeedbackStore } from "./feedback-store.ts";
import { createMiner, type Miner, type MinerParts } from "./miner.ts";

const [cold, signer, validator, other, stranger] = ["cold", "miner", "validator", "other", "stranger"].map(
  (name) => keypairFromUri(`//feedback test//${name}`).signer,
);
const truth = { converted: 1, timeSeconds: 60 } as const;
const timeoutMs = 2_000;

let ledger: Ledger;
let folder: string;
let store: FeedbackStore;
let miner: Miner;
let peer: Peer;
let lines: { message: string; level: string }[];
const drift = createMinerDrift();

async function start(options: { maxPerSecond?: number; accept?: boolean } = {}, changes: Partial<MinerParts> = {}) {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const logger = createLogger({ level: "debug", format: "json", write, nowMs: () => 0 });
  const clock = systemClock;
  const modules = { memory: createAnswerMemory(), store, logger, onFeedback: drift.settled };
  const feedback = options.accept === false ? undefined : createMinerFeedback(modules);
  miner = createMiner(
    {
      netuid: 1,
      host: "127.0.0.1",
      port: 0,
      feedbackPerSecond: options.maxPerSecond,
      predictDeadlineMs: 1_000,
      serveBaseline: false,
      chainPollMs: 5_000,
      version: 1_000,
    },
    {
      chain: ledgerChain(ledger),
      signer,
      predictor: { name: "steady", predict: () => yes },
      baseline: () => yes,
      ...{ clock, logger, feedback, drift },
      ...changes,
    },
  );
  await miner.start();
  const at = neuronOf(ledger.metagraph(1), signer.address)?.axon;
  peer = { hotkey: signer.address, host: at?.ip ?? "", port: at?.port ?? 0 };
}

beforeEach(async () => {
  ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
  const chain = ledgerChain(ledger);
  for (const { address } of [validator, other, signer])
    await register(chain, { netuid: 1, hotkey: address, signer: cold });
  for (const { address } of [validator, other])
    await addStake(chain, { netuid: 1, hotkey: address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 2; i++) ledger.produceBlock();
  folder = await mkdtemp(join(tmpdir(), "feedback-"));
  lines = [];
  store = await openFeedbackStore(
    { folder },
    {
      clock: systemClock,
      logger: createLogger({ level: "error", format: "json", write: () => undefined, nowMs: () => 0 }),
    },
  );
});
afterEach(async () => {
  await miner.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

const ask = async (number: number, by = validator) => {
  const client = createClient({}, { signer: by });
  const result = await client.ask(peer, questionOf(number));
  client.close();
  expect(result.ok).toBe(true);
};
const about = (number: number): Feedback =>
  feedbackAbout(questionOf(number), yes, truth, { hotkey: signer.address, number });
const send = (feedback: Feedback, by = validator) => sendFeedback(peer, feedback, { timeoutMs }, { signer: by });
const url = () => `http://${peer.host}:${peer.port}${FEEDBACK_PATH}`;
const kept = async () => (await readFeedbackFiles(folder)).all;

describe("feedback over HTTP", () => {
  it("is kept when it is about an answer given to its sender, once, and told in the status", async () => {
    await start();
    await ask(1);
    expect(await send(about(1))).toEqual({ ok: true, stored: true });
    expect(await send(about(1))).toEqual({ ok: true, stored: false });
    const all = await kept();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ ...about(1), validator: validator.address, holds: true });
    expect(miner.status()).toMatchObject({
      feedback: { stored: 1, known: 1, strange: 0, disputed: 0, remembered: 1 },
      drift: { performance: { estimated: { rows: 1 }, realised: { rows: 1 } } },
      requests: { OK: 3 },
    });
  });

  it("also where the question came in the axon format: what counts is who asked and what was answered", async () => {
    await start();
    const client = createClient({ wires: [axon] }, { signer: validator });
    expect((await client.ask(peer, questionOf(4))).ok).toBe(true);
    client.close();
    expect(await send(about(4))).toEqual({ ok: true, stored: true });
  });

  it("has no door unless it is asked for", async () => {
    await start({ accept: false });
    await ask(1);
    expect(await send(about(1))).toMatchObject({ ok: false, reason: "refused", status: 404 });
    expect(miner.status().feedback).toBeNull();
  });

  it("takes it with its score when that cannot be made again, and says so", async () => {
    await start();
    await ask(1);
    const { explanation, ...rest } = about(1);
    const stored = { ...(explanation.stored ?? { components: {} }), total: 0.01 } as NonNullable<
      typeof explanation.stored
    >;
    expect(await send({ ...rest, explanation: { ...explanation, stored } })).toEqual({ ok: true, stored: true });
    expect(miner.status().feedback).toMatchObject({ stored: 1, disputed: 1 });
    expect((await kept())[0]?.holds).toBe(false);
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

describe("an attacker", () => {
  it("who was asked nothing, or holds no permit, is refused before the body is read", async () => {
    await start();
    await ask(1);
    for (const by of [other, stranger]) {
      expect(await send(about(1), by)).toMatchObject({ ok: false, status: 403 });
    }
    expect(await kept()).toEqual([]);
  });

  it("cannot tell of another validator's question in its own name", async () => {
    await start();
    await ask(1);
    await ask(2, other);
    expect(await send(about(1), other)).toMatchObject({ ok: false, status: 403 });
    expect(miner.status().feedback).toMatchObject({ strange: 1, stored: 0 });
  });

  it("cannot invent a question, change the answer, the numbers, or for whom it is", async () => {
    await start();
    await ask(1);
    const true1 = about(1);
    const features = { ...true1.question.features, hour_of_day: 3 };
    const inventions: Feedback[] = [
      about(2),
      feedbackAbout(questionOf(1), { ...yes, confidence: 0.1 }, truth, { hotkey: signer.address }),
      feedbackAbout({ ...questionOf(1), features }, yes, truth, { hotkey: signer.address }),
      feedbackAbout(questionOf(1), yes, truth, { hotkey: other.address }),
    ];
    for (const invention of inventions) expect(await send(invention)).toMatchObject({ ok: false, status: 403 });
    expect(await kept()).toEqual([]);
    expect(miner.status().feedback?.strange).toBe(4);
  });

  it("cannot forge a signature, bind it to another, or change the body under it", async () => {
    await start();
    await ask(1);
    const body = utf8(JSON.stringify(feedbackToWire(about(1))));
    const parts = { method: "POST", target: FEEDBACK_PATH, body };
    const post = async (headers: Record<string, string>, content: Uint8Array = body) =>
      (await fetch(url(), { method: "POST", headers, body: new Uint8Array(content) })).status;
    const good = await signRequest(parts, { signer: validator, receiver: signer.address });
    const name = Object.keys(good).find((header) => /signature/i.test(header)) ?? "";
    const forged = { ...good, [name]: (good[name] ?? "").replace(/[0-9a-f]{8}$/, "00000000") };
    expect(await post(forged)).toBe(401);
    expect(await post(await signRequest(parts, { signer: validator, receiver: other.address }))).toBe(401);
    expect(await post(await signRequest(parts, { signer: validator, receiver: null }))).toBe(401);
    const changed = utf8(
      JSON.stringify(
        feedbackToWire(
          feedbackAbout(questionOf(1), yes, { converted: 0, timeSeconds: null }, { hotkey: signer.address }),
        ),
      ),
    );
    expect(await post(await signRequest(parts, { signer: validator, receiver: signer.address }), changed)).toBe(401);
    // A question's signature is none for feedback: the path is signed.
    const asQuestion = await signRequest(
      { ...parts, target: "/ConversionSynapse" },
      { signer: validator, receiver: signer.address },
    );
    expect(await post(asQuestion)).toBe(401);
    expect(await post({})).toBe(401);
    expect(await kept()).toEqual([]);
  });

  it("cannot replay what was accepted", async () => {
    await start();
    await ask(1);
    const body = utf8(JSON.stringify(feedbackToWire(about(1))));
    const headers = await signRequest(
      { method: "POST", target: FEEDBACK_PATH, body },
      { signer: validator, receiver: signer.address },
    );
    const post = () => fetch(url(), { method: "POST", headers, body: new Uint8Array(body) });
    expect((await post()).status).toBe(200);
    const again = await post();
    expect([again.status, JSON.stringify(await again.json())]).toEqual([
      401,
      expect.stringContaining("REPLAYED_REQUEST"),
    ]);
  });

  it("cannot send what is too large, no JSON, of another method, or out of bounds", async () => {
    await start();
    await ask(1);
    const post = async (body: Uint8Array, method = "POST") =>
      (await signedFetch(url(), { method, body, receiver: signer.address }, { signer: validator })).status;
    const withNote = (length: number) => {
      const one = about(1);
      return utf8(JSON.stringify({ ...feedbackToWire(one), padding: "x".repeat(length) }));
    };
    expect(await post(withNote(20_000))).toBe(413);
    expect(await post(utf8("{"))).toBe(400);
    expect(await post(utf8("{}"))).toBe(400);
    expect(await post(new Uint8Array(), "GET")).toBe(405);
    const text = JSON.stringify(feedbackToWire(about(1)));
    for (const bad of [
      text.replace('"converted":1', '"converted":1.5'),
      text.replace('"timeSeconds":60', '"timeSeconds":1e400'),
      text.replace('"format":"conversion-subnet/feedback/1"', '"format":"conversion-subnet/feedback/2"'),
      text.replace('"ok":true', '"ok":false'),
      text.replace('"confidence":0.7', '"confidence":7'),
    ])
      expect(await post(utf8(bad)), bad.slice(0, 40)).toBe(400);
    expect(await kept()).toEqual([]);
    // What is there besides, within bounds, is dropped.
    expect(await post(withNote(100))).toBe(200);
    expect(JSON.stringify(await kept())).not.toContain("padding");
  });

  it("who floods is slowed down, and nobody else is", async () => {
    await start({ maxPerSecond: 0.5 });
    for (let number = 0; number < 40; number++) await ask(number);
    const results = await Promise.all(Array.from({ length: 40 }, (_, number) => send(about(number))));
    const taken = results.filter(({ ok }) => ok).length;
    // Two and a half at once, and what fills up meanwhile: one in two seconds.
    expect(taken).toBeGreaterThanOrEqual(2);
    expect(taken).toBeLessThan(40);
    expect(results.find(({ ok }) => !ok)).toMatchObject({ status: 429 });
    // Another validator is heard all the same.
    await ask(100, other);
    expect(await send(about(100), other)).toEqual({ ok: true, stored: true });
  });

  it("finds its questions unhindered and unchanged meanwhile", async () => {
    await start({ maxPerSecond: 1 });
    await ask(1);
    const flood = Array.from({ length: 50 }, () => send(about(1)));
    await Promise.all([ask(2), ask(3, other), ...flood]);
    expect(miner.status()).toMatchObject({ predicted: 3, fallbacks: 0 });
  });
});
