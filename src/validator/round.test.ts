import { describe, expect, it } from "vitest";
import { createLogger, createManualClock, silentLogger } from "../core/index.ts";
import type { AskResult, Client, Peer } from "../protocol/index.ts";
import { type Answer, fromVector } from "../schema.ts";
import type { OpenQuestion } from "./desk.ts";
import { createGate } from "./gate.ts";
import { createMemoryHistory } from "./history/memory.ts";
import type { HistoryStore } from "./history/port.ts";
import { askRound } from "./round.ts";

const landmark = { messages: 4 };
const open: OpenQuestion = {
  number: 1,
  conversationId: "c",
  stratum: "s, 4 messages",
  landmark,
  askedAtSeconds: 0,
  question: {
    sessionId: "q-1",
    features: fromVector(new Array(40).fill(Number.NaN)),
    landmark,
    horizonSeconds: 60,
  },
};
const record = {
  frozen: { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 },
  mode: { name: "seed-v1", version: 1, constants: {} },
};
const answer: Answer = {
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: 0.2,
  timeIfConvertedSeconds: null,
};
const peers: Peer[] = ["a", "b", "c"].map((hotkey, i) => ({ hotkey, host: "10.0.0.1", port: 8_091 + i }));
const limits = { timeoutMs: 1_000, signal: new AbortController().signal };

const clientOf = (ask: (peer: Peer) => Promise<AskResult>): Client => ({ ask, close: () => undefined });
const modulesOf = (client: Client, history: HistoryStore = createMemoryHistory()) => ({
  client,
  gate: createGate(8),
  history,
  clock: createManualClock(5_000),
  logger: silentLogger,
});

describe("a round", () => {
  it("records the question, and who is asked, before anything is sent", async () => {
    const history = createMemoryHistory();
    const recorded: unknown[] = [];
    const client = clientOf(async () => {
      recorded.push(await history.question(1));
      return { ok: true, answer, latencySeconds: 0.1 };
    });
    await askRound(open, peers, record, limits, modulesOf(client, history));
    expect(recorded).toHaveLength(3);
    expect(recorded[0]).toMatchObject({ open, ...record, asked: ["a", "b", "c"], askedAtMs: 5_000 });
  });

  it("sends nothing when the question cannot be recorded", async () => {
    let sent = 0;
    const history = { ...createMemoryHistory(), recordQuestion: () => Promise.reject(new Error("the disk is full")) };
    const client = clientOf(async () => {
      sent += 1;
      return { ok: true, answer, latencySeconds: 0.1 };
    });
    await expect(askRound(open, peers, record, limits, modulesOf(client, history))).rejects.toThrow("the disk is full");
    expect(sent).toBe(0);
  });

  it("records the replies together, in the order asked, when the last one is in", async () => {
    const recorded: string[][] = [];
    const memory = createMemoryHistory();
    const history: HistoryStore = {
      ...memory,
      recordReplies(number, replies) {
        recorded.push([...replies.keys()]);
        return memory.recordReplies(number, replies);
      },
    };
    let release: (result: AskResult) => void = () => undefined;
    const slow = new Promise<AskResult>((resolve) => {
      release = resolve;
    });
    let quick = 0;
    const client = clientOf((peer) => {
      if (peer.hotkey === "b") return slow;
      quick += 1;
      return Promise.resolve({ ok: true, answer, latencySeconds: 0.1 });
    });
    const asking = askRound(open, peers, record, limits, modulesOf(client, history));
    while (quick !== 2) await Promise.resolve();
    release({ ok: true, answer, latencySeconds: 9 });
    const replies = await asking;
    expect(recorded).toEqual([["a", "b", "c"]]);
    expect((await history.question(1))?.replies).toEqual(replies);
    expect(replies.get("b")).toEqual({ ok: true, answer, latencySeconds: 9 });
  });

  it("takes a refusal, and a failure of our own, for no answer of that peer and of no other", async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: "debug", format: "json", write: (line) => lines.push(line), nowMs: () => 0 });
    const client = clientOf(async ({ hotkey }) => {
      if (hotkey === "b") throw new Error("no signature today");
      if (hotkey === "c")
        return { ok: false, reason: "refused", status: 403, message: "go\naway", latencySeconds: 0.2 };
      return { ok: true, answer, latencySeconds: 0.1 };
    });
    const replies = await askRound(open, peers, record, limits, { ...modulesOf(client), logger });
    expect(Object.fromEntries(replies)).toEqual({
      a: { ok: true, answer, latencySeconds: 0.1 },
      b: { ok: false, reason: "failed", latencySeconds: null },
      c: { ok: false, reason: "refused", latencySeconds: 0.2 },
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: "error", message: "Asking a miner failed on our side", hotkey: "b" }),
        expect.objectContaining({ level: "debug", message: "No valid answer", hotkey: "c", problem: "go\naway" }),
      ]),
    );
  });

  it("with nobody to ask is recorded all the same", async () => {
    const history = createMemoryHistory();
    const client = clientOf(() => Promise.reject(new Error("nobody")));
    expect((await askRound(open, [], record, limits, modulesOf(client, history))).size).toBe(0);
    expect(await history.latest(1)).toEqual([1]);
  });

  it("does not ask a miner whose places are taken, and gives the places of those that replied back", async () => {
    const gate = createGate(1);
    gate.enter("b");
    let sent: string[] = [];
    const client = clientOf(async ({ hotkey }) => {
      sent.push(hotkey);
      return { ok: true, answer, latencySeconds: 0.1 };
    });
    const ask = () => askRound(open, peers, record, limits, { ...modulesOf(client), gate });
    expect((await ask()).get("b")).toEqual({ ok: false, reason: "busy", latencySeconds: null });
    expect(sent).toEqual(["a", "c"]);
    gate.leave("b");
    sent = [];
    await ask();
    expect(sent).toEqual(["a", "b", "c"]);
  });

  it("says when the larger half has replied, once", async () => {
    let told = 0;
    const client = clientOf(async ({ hotkey }) => {
      if (hotkey === "c") await new Promise((resolve) => setTimeout(resolve, 5));
      if (hotkey === "c") expect(told).toBe(1);
      return { ok: true, answer, latencySeconds: 0.1 };
    });
    const onMostReplied = () => {
      told += 1;
    };
    await askRound(open, peers, record, { ...limits, onMostReplied }, modulesOf(client));
    await askRound(open, [], record, { ...limits, onMostReplied }, modulesOf(client));
    expect(told).toBe(2);
  });
});
