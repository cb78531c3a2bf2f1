import { afterEach, describe, expect, it } from "vitest";
import type { HistoryStore, QuestionRecord, Settled, StandingRecord } from "../../src/validator/index.ts";
import { BUSY, LATE, MODE, newQuestion, REPLIES, SETTLED } from "./history-records.ts";

export { MODE, newQuestion, REPLIES, SETTLED };

const VOID: Settled = { truth: null, reason: "void: lost", atSeconds: 9, scores: new Map() };
const standing = (hotkey: string, asked: number): StandingRecord => ({
  hotkey,
  asked,
  answered: asked - 1,
  weighted: asked / 3,
  total: asked / 7,
  prediction: -asked / 9,
});
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
const numbers = async (items: AsyncIterable<QuestionRecord>) => (await all(items)).map(({ open }) => open.number);

/** What a test of one store needs. */
export interface HistoryUnderTest {
  readonly history: HistoryStore;
  /** Closes it and opens it again; null where nothing outlives the process. */
  readonly reopen: (() => Promise<HistoryStore>) | null;
  readonly close: () => Promise<void>;
}

/** The one suite that every {@link HistoryStore} passes. */
export function testHistoryStore(name: string, create: () => Promise<HistoryUnderTest>): void {
  const made: HistoryUnderTest[] = [];
  const opened = async () => {
    const one = await create();
    made.push(one);
    return one;
  };
  const ask = async (history: HistoryStore, ...wanted: number[]) => {
    for (const number of wanted) await history.recordQuestion(newQuestion(number));
  };
  const play = async (history: HistoryStore, number: number, changes: Parameters<typeof newQuestion>[1] = {}) => {
    await history.recordQuestion(newQuestion(number, changes));
    await history.recordReplies(number, REPLIES);
    await history.recordSettled(number, SETTLED, [standing("hk-a", number)]);
  };
  afterEach(async () => {
    for (const { close } of made.splice(0)) await close();
  });

  describe(`${name}: a question`, () => {
    it("is kept whole, through its replies, to its end", async () => {
      const { history } = await opened();
      await history.recordQuestion(newQuestion(1));
      expect(await history.question(1)).toEqual({ ...newQuestion(1), replies: new Map(), settled: null });
      await history.recordReplies(1, REPLIES);
      expect(await history.question(1)).toEqual({ ...newQuestion(1), replies: REPLIES, settled: null });
      await history.recordSettled(1, SETTLED, []);
      expect(await history.question(1)).toEqual({ ...newQuestion(1), replies: REPLIES, settled: SETTLED });
    });

    it("gives hotkeys in the order asked, whatever came first", async () => {
      const { history } = await opened();
      await history.recordQuestion(newQuestion(1));
      await history.recordReplies(1, new Map([...REPLIES].reverse()));
      await history.recordSettled(1, SETTLED, []);
      const record = await history.question(1);
      expect(record?.asked).toEqual(["hk-b", "hk-a", "hk-c"]);
      expect(record?.replies).toEqual(REPLIES);
    });

    it("keeps replies of who is not scored, and of a void question", async () => {
      const { history } = await opened();
      await history.recordQuestion(newQuestion(1));
      await history.recordReplies(1, new Map([...REPLIES, ["hk-a", BUSY]]));
      await history.recordSettled(1, VOID, []);
      const record = await history.question(1);
      expect([record?.replies.get("hk-a"), record?.replies.get("hk-c"), record?.settled]).toEqual([BUSY, LATE, VOID]);
    });

    it("can end before any reply is recorded", async () => {
      const { history } = await opened();
      await ask(history, 1);
      await history.recordSettled(1, { ...SETTLED, scores: new Map() }, []);
      expect(await history.question(1)).toMatchObject({ replies: new Map(), settled: { scores: new Map() } });
    });

    it("stays as it is once it is settled", async () => {
      const { history } = await opened();
      await play(history, 1);
      await history.recordSettled(1, VOID, [standing("hk-a", 99)]);
      await history.recordReplies(1, new Map([["hk-a", BUSY]]));
      expect(await history.question(1)).toMatchObject({ replies: REPLIES, settled: SETTLED });
      expect(await history.standings(MODE)).toEqual([standing("hk-a", 1)]);
      expect(await numbers(history.records())).toEqual([1]);
    });

    it("that was never asked is unknown, and breaks nothing", async () => {
      const { history } = await opened();
      await history.recordReplies(9, REPLIES);
      await history.recordSettled(9, SETTLED, [standing("hk-a", 1)]);
      expect([await history.question(9), await history.latest(5), await history.lastNumber()]).toEqual([
        undefined,
        [],
        0,
      ]);
      expect(await history.standings(MODE)).toEqual([]);
    });

    it("with an unknown time, and to nobody", async () => {
      const { history } = await opened();
      const settled = { ...SETTLED, truth: { converted: 1, timeSeconds: null }, scores: new Map() } as const;
      await history.recordQuestion(newQuestion(1, { asked: [] }));
      await history.recordReplies(1, new Map());
      await history.recordSettled(1, settled, []);
      expect(await history.question(1)).toEqual({ ...newQuestion(1, { asked: [] }), replies: new Map(), settled });
    });
  });

  describe(`${name}: questions`, () => {
    it("are named newest first", async () => {
      const { history } = await opened();
      await ask(history, 1, 2, 3);
      expect([await history.latest(2), await history.latest(9), await history.lastNumber()]).toEqual([
        [3, 2],
        [3, 2, 1],
        3,
      ]);
    });

    it("that are open are found, with what was replied", async () => {
      const { history } = await opened();
      await ask(history, 3, 1);
      await play(history, 2);
      await history.recordReplies(3, REPLIES);
      const open = await history.open();
      expect(open.map(({ open: { number } }) => number)).toEqual([1, 3]);
      expect(open[1]?.replies).toEqual(REPLIES);
    });

    it("whose truth is known are scored in that order, before those of which nothing is known", async () => {
      const { history } = await opened();
      await ask(history, 1, 2, 3, 4);
      const { scores, ...known } = SETTLED;
      await history.recordTruth(3, known);
      await history.recordTruth(2, known);
      await history.recordTruth(3, { ...known, truth: null });
      await history.recordTruth(99, known);
      expect((await history.open()).map(({ open, known: end }) => [open.number, end])).toEqual([
        [3, known],
        [2, known],
        [1, null],
        [4, null],
      ]);
      expect(await history.question(3)).toMatchObject({ settled: null });
      expect((await all(history.truths())).map(({ truth }) => truth)).toEqual([
        undefined,
        known.truth,
        known.truth,
        undefined,
      ]);
      expect([await numbers(history.records()), (await history.info()).open]).toEqual([[], 4]);
      await history.recordReplies(2, REPLIES);
      for (const number of [2, 1, 3]) await history.recordSettled(number, SETTLED, []);
      expect(await numbers(history.records())).toEqual([3, 2, 1]);
      expect(await history.question(2)).toMatchObject({ replies: REPLIES, settled: SETTLED });
      await history.recordTruth(2, { ...known, truth: null });
      expect(await history.question(2)).toMatchObject({ settled: { scores, truth: known.truth } });
    });

    it("can be judged by another mode while they are open, and their averages made anew", async () => {
      const { history } = await opened();
      const other = { ...MODE, version: 2 };
      await ask(history, 1);
      await history.recordMode(1, other);
      await history.recordStandings(other, [standing("hk-a", 5), standing("hk-b", 5)]);
      await history.recordSettled(1, SETTLED, [standing("hk-a", 6)]);
      await history.recordMode(1, MODE);
      expect((await history.question(1))?.mode).toEqual(other);
      const found = await history.standings(other);
      expect(found.map(({ hotkey, asked }) => `${hotkey} ${asked}`).sort()).toEqual(["hk-a 6", "hk-b 5"]);
      expect(await history.standings(MODE)).toEqual([]);
    });

    it("are read in the order in which they were scored, or asked, by time, by mode, the last of them", async () => {
      const { history } = await opened();
      const other = { ...MODE, constants: { a: 0.2, b: 1 / 3 } };
      await history.recordQuestion(newQuestion(1));
      for (const number of [3, 2]) await play(history, number);
      await play(history, 4, { mode: other });
      await history.recordSettled(1, VOID, []);
      await ask(history, 5);
      const from = newQuestion(2).askedAtMs;
      expect(await numbers(history.records())).toEqual([3, 2, 4, 1]);
      expect(await numbers(history.records({ order: "asked" }))).toEqual([1, 2, 3, 4, 5]);
      expect(await numbers(history.records({ fromMs: from, toMs: from + 2 }))).toEqual([3, 2]);
      expect(await numbers(history.records({ order: "asked", fromMs: from + 2 }))).toEqual([4, 5]);
      expect(await numbers(history.records({ mode: { ...MODE, constants: { b: 1 / 3, a: 0.1 } } }))).toEqual([3, 2, 1]);
      expect(await numbers(history.records({ mode: other }))).toEqual([4]);
      expect(await numbers(history.records({ mode: { ...MODE, version: 2 } }))).toEqual([]);
      expect(await numbers(history.records({ last: 2 }))).toEqual([4, 1]);
      expect(await numbers(history.records({ mode: MODE, last: 2 }))).toEqual([2, 1]);
      expect(await numbers(history.records({ last: 0 }))).toEqual([]);
      expect(await numbers(history.records({ last: 99 }))).toEqual([3, 2, 4, 1]);
      expect((await all(history.records({ last: 3 })))[0]).toMatchObject({ replies: REPLIES, settled: SETTLED });
    });

    it("can be read while others are recorded, and a reader may leave", async () => {
      const { history } = await opened();
      for (let number = 1; number <= 130; number++) await play(history, number);
      let read = 0;
      for await (const { open } of history.records()) {
        read += 1;
        if (open.number === 1) await play(history, 900);
        if (read === 110) break;
      }
      expect(read).toBe(110);
      expect((await numbers(history.records())).length).toBe(131);
    });

    it("tell their truths in the order of asking", async () => {
      const { history } = await opened();
      await ask(history, 1);
      await play(history, 3);
      await ask(history, 2);
      await history.recordSettled(2, VOID, []);
      expect(await all(history.truths())).toEqual([
        { number: 1, stratum: "shop, 4 messages", truth: undefined },
        { number: 2, stratum: "shop, 4 messages", truth: null },
        { number: 3, stratum: "shop, 4 messages", truth: SETTLED.truth },
      ]);
    });
  });

  describe(`${name}: what is kept beside them`, () => {
    it("standings of a mode are those of its latest scores", async () => {
      const { history } = await opened();
      const other = { ...MODE, version: 2 };
      await ask(history, 1, 2);
      await history.recordQuestion(newQuestion(3, { mode: other }));
      await history.recordSettled(1, SETTLED, [standing("hk-a", 1), standing("hk-b", 1)]);
      await history.recordSettled(2, SETTLED, [standing("hk-a", 2)]);
      await history.recordSettled(3, SETTLED, [standing("hk-c", 7)]);
      const byName = (a: StandingRecord, b: StandingRecord) => (a.hotkey < b.hotkey ? -1 : 1);
      expect((await history.standings(MODE)).sort(byName)).toEqual([standing("hk-a", 2), standing("hk-b", 1)]);
      expect(await history.standings(other)).toEqual([standing("hk-c", 7)]);
      expect(await history.standings({ ...MODE, name: "mine" })).toEqual([]);
    });

    it("weights, the latest first", async () => {
      const { history } = await opened();
      const set = (block: number) => ({
        setAtMs: block * 12_000,
        block,
        shares: new Map([
          ["hk-a", 0.25],
          ["hk-b", 0.75],
        ]),
      });
      for (const block of [10, 20, 30]) await history.recordWeights(set(block));
      expect(await history.weights(2)).toEqual([set(30), set(20)]);
    });

    it("values by name", async () => {
      const { history } = await opened();
      expect(await history.value("salt")).toBeNull();
      await history.setValue("salt", "a'b");
      await history.setValue("salt", "c");
      expect(await history.value("salt")).toBe("c");
      await history.setValue("salt", null);
      expect(await history.value("salt")).toBeNull();
    });

    it("is counted", async () => {
      const { history } = await opened();
      expect(await history.info()).toMatchObject({
        questions: 0,
        open: 0,
        firstAskedAtMs: null,
        lastAskedAtMs: null,
        modes: [],
      });
      await play(history, 1);
      await ask(history, 2, 3);
      await history.recordReplies(3, REPLIES);
      await history.recordSettled(2, VOID, []);
      expect(await history.info()).toEqual({
        questions: 3,
        open: 1,
        settled: 1,
        void: 1,
        answers: 6,
        hotkeys: 3,
        pruned: 0,
        firstAskedAtMs: newQuestion(1).askedAtMs,
        lastAskedAtMs: newQuestion(3).askedAtMs,
        weightsSet: 0,
        modes: [{ ...MODE, questions: 3 }],
      });
    });
  });

  describe(`${name}: letting go`, () => {
    it("prunes settled questions by age, keeps the latest and all that are open, and counts what went", async () => {
      const { history } = await opened();
      await ask(history, 1);
      for (let number = 2; number <= 131; number++) await play(history, number);
      await history.recordQuestion(newQuestion(132));
      await history.recordSettled(132, VOID, []);
      const beforeMs = newQuestion(122).askedAtMs;
      expect(await history.prune({ beforeMs, keep: 20 })).toBe(111);
      expect(await numbers(history.records({ order: "asked" }))).toEqual([
        1,
        ...Array.from({ length: 20 }, (_, i) => i + 113),
      ]);
      expect(await history.prune({ beforeMs, keep: 5 })).toBe(9);
      expect(await history.prune({ beforeMs, keep: 5 })).toBe(0);
      expect(await history.prunedStrata()).toEqual([{ stratum: "shop, 4 messages", settled: 120, converted: 120 }]);
      expect(await history.standings(MODE)).toEqual([standing("hk-a", 131)]);
      expect(await history.info()).toMatchObject({ questions: 12, pruned: 120, open: 1 });
    });

    it("never gives a number twice, whatever was pruned", async () => {
      const { history } = await opened();
      for (const number of [1, 2, 3]) await play(history, number);
      expect(await history.prune({ beforeMs: Number.MAX_SAFE_INTEGER, keep: 0 })).toBe(3);
      expect([await history.lastNumber(), await history.latest(5)]).toEqual([3, []]);
    });

    it("forgets what a conversation was and said; its scores say nothing of it and stay", async () => {
      const { history } = await opened();
      await play(history, 1, { conversationId: "c-x" });
      await play(history, 2);
      await history.recordQuestion(newQuestion(3, { conversationId: "c-x" }));
      expect(await history.forget("c-x")).toBe(2);
      expect([await history.forget("c-x"), await history.forget("nobody"), await history.forget("")]).toEqual([
        0, 0, 0,
      ]);
      const record = await history.question(1);
      expect(record?.open.conversationId).toBe("");
      expect(Object.values(record?.open.question.features ?? {}).every((value) => value === null)).toBe(true);
      const { toldBy: told, ...left } = SETTLED;
      expect(told).toBe("shop, event e-17");
      expect([record?.replies, record?.settled]).toEqual([REPLIES, left]);
      expect((await history.question(2))?.open.conversationId).toBe("c2");
    });
  });

  describe(`${name}: after a restart`, () => {
    it("is what it was", async ({ skip }) => {
      const { history, reopen } = await opened();
      if (reopen === null) return skip("nothing outlives the process");
      await play(history, 1);
      await ask(history, 2, 3);
      await history.recordReplies(3, REPLIES);
      await history.setValue("salt", "s");
      await history.recordWeights({ setAtMs: 1, block: 2, shares: new Map([["hk-a", 1]]) });
      const again = await reopen();
      expect(await again.question(1)).toEqual({ ...newQuestion(1), replies: REPLIES, settled: SETTLED });
      expect((await again.open()).map(({ open, replies }) => [open.number, replies.size])).toEqual([
        [2, 0],
        [3, 3],
      ]);
      expect(await again.standings(MODE)).toEqual([standing("hk-a", 1)]);
      expect([await again.lastNumber(), await again.value("salt"), (await again.weights(9)).length]).toEqual([
        3,
        "s",
        1,
      ]);
      await play(again, 4);
      expect(await numbers(again.records())).toEqual([1, 4]);
    });
  });
}
