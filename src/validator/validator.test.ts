import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Asking,
  answered,
  chain,
  conversation,
  conversations,
  ended,
  ledger,
  listed,
  make,
  message,
  miners,
  opened,
  played,
  prepare,
  stopAll,
  until,
} from "../../test/support/validator.ts";
import { createRandom, cryptoRandom } from "../core/index.ts";
import type { AskResult } from "../protocol/index.ts";
import type { ConversationEvent, Question } from "../schema.ts";
import type { Source } from "../sources/index.ts";
import { createMemoryHistory, type SettledQuestion, type ValidatorModules } from "./index.ts";

beforeEach(prepare);
afterEach(async () => {
  vi.useRealTimers();
  await stopAll();
});

describe("a validator", () => {
  it("asks every serving miner, scores each when the truth is known, and says how it stands", async () => {
    const validator = await played(conversations(4));
    const status = validator.status();
    expect(status).toMatchObject({
      running: false,
      uid: 0,
      validatorPermit: true,
      servingMiners: 2,
      questions: 4,
      settled: 4,
      void: 0,
      inFlight: 0,
      baseRate: 0.5,
      failures: 0,
    });
    expect(status.miners.map(({ hotkey, asked, answered: count }) => [hotkey, asked, count])).toEqual(
      miners.map(({ address }) => [address, 4, 4]),
    );
    expect(status.baseRateBrier).toBeGreaterThan(0.2);
  });

  it("ends by itself after the settled questions it was told, not counting void ones", async () => {
    const lost: ConversationEvent[] = [
      opened(90, 0),
      message(90, 1),
      { type: "lost", conversationId: "c90", atSeconds: 2, reason: "gone" },
    ];
    const validator = await played([...lost, ...conversations(50)], undefined, { maxSettled: 3 });
    expect(validator.status()).toMatchObject({ settled: 3, void: 1 });
  });

  it("defect 7: scores nothing before its outcome, and the same features by what came of each", async () => {
    const settled: SettledQuestion[] = [];
    let release: () => void = () => undefined;
    const outcome = new Promise<void>((resolve) => {
      release = resolve;
    });
    const source: Source = {
      name: "waiting",
      async *events() {
        yield* [opened(1, 0), message(1, 1), opened(2, 1), message(2, 2)];
        await outcome;
        yield* [ended(1, 60, true), ended(2, 60, false)];
      },
    };
    const asked: Question[] = [];
    const validator = make(
      source,
      async (_, question) => {
        asked.push(question);
        return answered;
      },
      {},
      { onSettled: (question) => settled.push(question) },
    );
    await validator.start();
    await until(() => validator.status().questions === 2 && validator.status().inFlight === 0);
    expect([validator.status().settled, validator.status().miners, settled]).toEqual([0, [], []]);
    release();
    await validator.finished;
    expect(asked[0]?.features).toEqual(asked.at(-1)?.features);
    expect(settled.map(({ truth }) => truth.converted)).toEqual([1, 0]);
    const [converted, closed] = settled.map(({ scores }) => scores.get(miners[0]?.address ?? "")?.prediction ?? 0);
    expect(converted).toBeGreaterThan(closed ?? 0);
  });

  it("records the question before it is sent, and the scores with what they are judged by", async () => {
    const history = createMemoryHistory();
    let unrecorded = 0;
    const ask: Asking = async (_, { sessionId }) => {
      const numbers = await history.latest(99);
      const records = await Promise.all(numbers.map((number) => history.question(number)));
      if (!records.some((record) => record?.open.question.sessionId === sessionId)) unrecorded += 1;
      return answered;
    };
    await played(conversations(3), ask, {}, { history });
    expect(unrecorded).toBe(0);
    const record = await history.question(1);
    expect(record?.mode).toMatchObject({ name: "seed-v1", version: 1, constants: { classification: 0.55 } });
    expect([record?.replies.size, record?.settled?.scores.size, record?.settled?.reason]).toEqual([2, 2, "converted"]);
  });

  it("scores in the order of the conversations' clock, however late an answer comes", async () => {
    const order: number[] = [];
    let held: (result: AskResult) => void = () => undefined;
    let asks = 0;
    const ask: Asking = () => {
      asks += 1;
      if (asks > 1) return Promise.resolve(answered);
      return new Promise((resolve) => {
        held = resolve;
      });
    };
    const validator = make(conversations(3), ask, {}, { onSettled: ({ open }) => void order.push(open.number) });
    await validator.start();
    await until(() => asks === 6);
    await Promise.resolve();
    expect(order).toEqual([]);
    held(answered);
    await validator.finished;
    expect(order).toEqual([1, 2, 3]);
  });
});

describe("a validator asks no faster than it should", () => {
  it("keeps at most maxQuestionsInFlight on their way: the source waits meanwhile", async () => {
    const pulled = { count: 0 };
    const waiting: (() => void)[] = [];
    const ask: Asking = () => new Promise((resolve) => waiting.push(() => resolve(answered)));
    const validator = make(listed(conversations(20), pulled), ask, { maxQuestionsInFlight: 3 });
    await validator.start();
    await until(() => waiting.length === 6);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([validator.status().inFlight, validator.status().questions, pulled.count]).toEqual([3, 3, 11]);
    let most = 0;
    while (validator.status().running) {
      most = Math.max(most, validator.status().inFlight);
      for (const answer of waiting.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([most, validator.status().settled]).toEqual([3, 20]);
  });

  it("leaves questionIntervalMs between two questions, by its own clock", async () => {
    vi.useFakeTimers();
    const clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() };
    const [start, times] = [Date.now(), [] as number[]];
    const ask: Asking = async () => {
      times.push(Date.now() - start);
      return answered;
    };
    const validator = make(
      conversations(5),
      ask,
      { questionIntervalMs: 100, sampleSize: 1, chainPollMs: 1e6 },
      { clock },
    );
    await validator.start();
    await vi.advanceTimersByTimeAsync(1_000);
    await validator.finished;
    expect(times).toEqual([0, 100, 200, 300, 400]);
  });

  it("asks a sample, the least recently asked first, so that all are asked equally often", async () => {
    const counts = new Map<string, number>();
    const ask: Asking = async ({ hotkey }) => {
      counts.set(hotkey, (counts.get(hotkey) ?? 0) + 1);
      return answered;
    };
    await played(conversations(10), ask, { sampleSize: 1 });
    expect([...counts.values()]).toEqual([5, 5]);
  });
});

describe("a validator begins and ends", () => {
  it("does not start on a chain that cannot be read", async () => {
    const dead = { ...chain, metagraph: () => Promise.reject(new Error("no chain")) };
    await expect(make([], undefined, {}, { chain: dead }).start()).rejects.toThrow("no chain");
  });

  it("finished rejects when the source breaks, and it runs no more", async () => {
    const source: Source = {
      name: "broken",
      async *events() {
        yield* conversation(0);
        throw new Error("line 7 is no conversation");
      },
    };
    const validator = make(source);
    await validator.start();
    await expect(validator.finished).rejects.toThrow("line 7 is no conversation");
    await until(() => !validator.status().running);
  });

  it("stop ends what it waits for: answers, places, pace, and finished resolves", async () => {
    const never: Asking = (_, __, { signal } = {}) =>
      new Promise((resolve) => {
        const gone = { ok: false, reason: "aborted", status: null, message: "", latencySeconds: 0 } as const;
        signal?.addEventListener("abort", () => resolve(gone));
      });
    const validator = make(conversations(9), never, { maxQuestionsInFlight: 1, questionIntervalMs: 60_000 });
    await validator.start();
    await until(() => validator.status().inFlight === 1);
    await validator.stop();
    await validator.finished;
    expect(validator.status()).toMatchObject({ running: false, questions: 1, settled: 0, failures: 0 });
  });

  it("sets weights by itself when they are due, and when told", async () => {
    const validator = await played(conversations(4), undefined, { setWeights: true });
    for (let i = 0; i < 12; i++) ledger.produceBlock();
    await until(() => validator.status().weightsSet > 0);
    expect(validator.status().weights).toEqual(new Map(miners.map(({ address }) => [address, 0.5])));
    for (let i = 0; i < 12; i++) ledger.produceBlock();
    const told = make(conversations(4));
    await told.start();
    await told.finished;
    await validator.stop();
    for (let i = 0; i < 12; i++) ledger.produceBlock();
    expect(await told.setWeightsNow()).toBe(true);
  });
});

it("defect 8: two validators without a seed ask under different ids, as two with one seed do not", async () => {
  const idsWith = async (random: ValidatorModules["random"]) => {
    const ids = new Set<string>();
    const ask: Asking = async (_, { sessionId }) => {
      ids.add(sessionId);
      return answered;
    };
    await played(conversations(5), ask, {}, { random });
    return ids;
  };
  const [one, two] = [await idsWith(cryptoRandom), await idsWith(cryptoRandom)];
  expect(new Set([...one, ...two]).size).toBe(10);
  expect(await idsWith(createRandom(7))).toEqual(await idsWith(createRandom(7)));
});
