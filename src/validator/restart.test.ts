import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newQuestion, SETTLED } from "../../test/support/history-store.ts";
import {
  type Asking,
  answered,
  conversation,
  conversations,
  ended,
  ledger,
  make,
  message,
  miners,
  opened,
  played,
  prepare,
  stopAll,
  until,
} from "../../test/support/validator.ts";
import type { ConversationEvent } from "../schema.ts";
import { properV1, seedV1 } from "../scoring/index.ts";
import type { Source } from "../sources/index.ts";
import { openStore } from "../store/index.ts";
import { createMemoryHistory, createSqliteHistory, HISTORY_SCHEMA, type HistoryStore } from "./index.ts";

beforeEach(prepare);
afterEach(stopAll);

/** Gives `before` out again and then goes on with `now`; waits at the end when told to. */
function again(before: readonly ConversationEvent[], now: readonly ConversationEvent[] = [], waits = false): Source {
  let replaying = false;
  return {
    name: "again",
    get replaying() {
      return replaying;
    },
    async *events(signal) {
      replaying = true;
      yield* before;
      replaying = false;
      yield* now;
      if (waits) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  };
}
const counting = (answer: typeof answered = answered) => {
  const ask: Asking & { count: number } = Object.assign(
    async () => {
      ask.count += 1;
      return answer;
    },
    { count: 0 },
  );
  return ask;
};
const standingsOf = (validator: Awaited<ReturnType<typeof played>>) =>
  [...validator.status().miners].sort((a, b) => (a.hotkey < b.hotkey ? -1 : 1));
const recordsOf = async (history: HistoryStore) => {
  const found = [];
  for await (const record of history.records({ order: "asked" })) found.push(record);
  return found;
};

describe.each([
  ["in memory", async () => createMemoryHistory()],
  ["in SQLite", async () => createSqliteHistory(await openStore(":memory:", { schemas: [HISTORY_SCHEMA] }))],
])("a restart, with a history %s", (_, createHistory) => {
  it.each([
    ["seed-v1", seedV1],
    ["proper-v1", properV1],
  ] as const)("keeps averages and base rates (%s)", async (_name, mode) => {
    const unbroken = await played(conversations(120), undefined, {}, { mode: mode(), history: await createHistory() });
    const history = await createHistory();
    await played(conversations(70), undefined, {}, { mode: mode(), history });
    const rest = conversations(120).slice(conversations(70).length);
    const second = await played(rest, undefined, {}, { mode: mode(), history });
    expect(standingsOf(second)).toEqual(standingsOf(unbroken));
    expect(standingsOf(second)[0]?.asked).toBe(120);
    const records = await recordsOf(history);
    expect(records.map(({ open }) => open.number)).toEqual(Array.from({ length: 120 }, (_x, i) => i + 1));
    // Frozen from all that was before, not from the second life alone.
    expect(records.at(-1)?.frozen.baseRate).toBeCloseTo(0.5, 1);
    expect(records.at(-1)?.frozen.classWeights).not.toEqual({ 0: 0.625, 1: 0.375 });
  });

  it("takes an open question up with the answers it had, and asks nobody again", async () => {
    const history = await createHistory();
    const first = counting();
    const one = make(again([], [opened(1, 10), message(1, 11)], true), first, {}, { history });
    await one.start();
    await until(() => first.count === 2);
    await one.stop();
    const second = counting();
    const before = [opened(1, 10), message(1, 11)];
    const two = await played(again(before, [ended(1, 30, true)]), second, {}, { history });
    expect(second.count).toBe(0);
    expect(await history.question(1)).toMatchObject({
      replies: new Map(miners.map(({ address }) => [address, answered])),
      settled: { truth: { converted: 1 }, reason: "converted" },
    });
    expect(two.status().miners.map(({ asked }) => asked)).toEqual([1, 1]);
    expect(await history.lastNumber()).toBe(1);
  });

  it("asks nothing about what is given out again and was not asked then", async () => {
    const history = await createHistory();
    const ask = counting();
    const validator = await played(again([opened(1, 10), message(1, 11)], conversation(2)), ask, {}, { history });
    expect([ask.count, validator.status().unasked]).toEqual([2, 1]);
  });

  it("gives up what its source does not know any more, and scores nobody for it", async () => {
    const history = await createHistory();
    await history.recordQuestion(newQuestion(1, { conversationId: "c1" }));
    await history.recordQuestion(newQuestion(2, { conversationId: "c1" }));
    await history.recordQuestion(newQuestion(4, { conversationId: "c1" }));
    await played(again([], conversation(1)), undefined, {}, { history });
    for (const number of [1, 2, 4]) {
      const reason = "void: the validator was restarted, and its source began anew";
      expect((await history.question(number))?.settled).toMatchObject({ truth: null, reason });
    }
    expect((await history.question(5))?.settled?.truth).not.toBeNull();
  });

  it("finds nothing in a source that begins anew under the same names", async () => {
    const history = await createHistory();
    await history.recordQuestion(newQuestion(1, { conversationId: "c1" }));
    await played(conversation(1), undefined, {}, { history });
    expect((await history.question(1))?.settled?.truth).toBeNull();
    expect((await history.question(2))?.settled?.truth).toEqual({ converted: 0, timeSeconds: null });
  });

  it("scores what was known and not scored yet", async () => {
    const history = await createHistory();
    const { scores, ...known } = SETTLED;
    await history.recordQuestion(newQuestion(1, { asked: ["hk-a"] }));
    await history.recordReplies(1, new Map([["hk-a", answered]]));
    await history.recordTruth(1, known);
    const validator = await played([], undefined, {}, { history });
    expect((await history.question(1))?.settled).toMatchObject({
      ...known,
      scores: new Map([["hk-a", { invalid: null }]]),
    });
    expect(validator.status().miners).toMatchObject([{ hotkey: "hk-a", asked: 1 }]);
  });

  it("in another mode makes averages anew from stored answers, once", async () => {
    const history = await createHistory();
    const answers: Asking = async ({ hotkey }) =>
      hotkey === miners[0]?.address
        ? answered
        : ({ ok: false, reason: "timeout", status: null, message: "", latencySeconds: 1 } as const);
    await played(conversations(60), answers, {}, { history });
    const unbroken = await played(conversations(60), answers, {}, { mode: properV1(), history: createMemoryHistory() });
    const changed = await played([], answers, {}, { mode: properV1(), history });
    expect(standingsOf(changed)).toEqual(standingsOf(unbroken));
    expect(standingsOf(await played([], answers, {}, { mode: properV1(), history }))).toEqual(standingsOf(unbroken));
    expect((await history.standings(seedV1()))[0]?.asked).toBe(60);
  });

  it("counts nothing against miners that it hung up on", async () => {
    const history = await createHistory();
    let asked = 0;
    const ask: Asking = async (peer, _question, { signal } = {}) => {
      asked += 1;
      if (peer.hotkey === miners[0]?.address) return answered;
      await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
      return { ok: false, reason: "unreachable", status: null, message: "", latencySeconds: 1 };
    };
    const validator = make(again([], [opened(1, 10), message(1, 11)], true), ask, {}, { history });
    await validator.start();
    await until(() => asked === 2);
    await validator.stop();
    expect([...((await history.question(1))?.replies.keys() ?? [])]).toEqual([miners[0]?.address]);
  });

  it("counts no score that could not be stored", async () => {
    const history = await createHistory();
    // Once each: what is written after it must not void what is known.
    const failed = new Set<number>();
    const broken: HistoryStore = {
      ...history,
      recordSettled: (number, ...settled) => {
        if (failed.has(number)) return history.recordSettled(number, ...settled);
        failed.add(number);
        return Promise.reject(new Error("the disk is full"));
      },
    };
    const first = await played(conversations(2), undefined, {}, { history: broken });
    expect([first.status().miners, first.status().settled]).toEqual([[], 0]);
    const second = await played([], undefined, {}, { history: broken });
    expect(second.status().miners.map(({ asked }) => asked)).toEqual([2, 2]);
  });

  it("keeps the weights that were set", async () => {
    const history = await createHistory();
    const validator = await played(conversations(3), undefined, { setWeights: true, chainPollMs: 10_000 }, { history });
    for (let i = 0; i < 200; i++) ledger.produceBlock();
    expect(await validator.setWeightsNow()).toBe(true);
    const [weights] = await history.weights(1);
    expect([...(weights?.shares.values() ?? [])].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  });
});
