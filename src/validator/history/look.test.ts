import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BigHistory, makeBigHistory } from "../../../test/support/big-history.ts";
import { type AnswerLook, createHistoryLook, type HistoryLook } from "./look.ts";
import { lookThroughPort } from "./look-port.ts";

const EVERYTHING = Number.MAX_SAFE_INTEGER;
let big: BigHistory;
let small: BigHistory;
beforeAll(async () => {
  small = await makeBigHistory(":memory:", { miners: 20, questions: 90 });
  big = await makeBigHistory(":memory:", { questions: 120 });
});
afterAll(async () => {
  await small.store.close();
  await big.store.close();
});
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

describe("a look at a history", () => {
  it("sees through the store's tables what the port says", async () => {
    const [own, port] = [createHistoryLook(small.store), lookThroughPort(small.history)];
    const close = (value: unknown) =>
      JSON.parse(JSON.stringify(value), (_, x) => (typeof x === "number" ? Number(x.toPrecision(9)) : x));
    const query = { before: EVERYTHING, limit: 1_000 };
    const [mine, others] = [await own.questions(query), await port.questions(query)];
    expect(mine.length).toBe(small.settled.length + small.void.length + small.open.length);
    expect(close(mine)).toEqual(close(others));
    expect(
      mine
        .filter(({ state }) => state === "void")
        .map(({ number }) => number)
        .sort((a, b) => a - b),
    ).toEqual(small.void);
    for (const hotkey of [small.hotkeys[0], small.hotkeys[15]]) {
      const answers = { hotkey: hotkey ?? "", before: 70, questions: 40 };
      const [here, there] = [await all(own.answers(answers)), await all(port.answers(answers))];
      expect(here.length).toBeGreaterThan(30);
      expect(close(here)).toEqual(close(there));
    }
  });

  it("goes on where a page ended, and ends", async () => {
    for (const look of [createHistoryLook(small.store), lookThroughPort(small.history)]) {
      const first = await look.questions({ before: EVERYTHING, limit: 40 });
      const second = await look.questions({ before: first.at(-1)?.number ?? 0, limit: 1_000 });
      const numbers = [...first, ...second].map(({ number }) => number);
      expect(numbers).toEqual([...small.settled, ...small.void, ...small.open].sort((a, b) => b - a));
      expect(await look.questions({ before: 1, limit: 10 })).toEqual([]);
      expect(await all(look.answers({ hotkey: "5Nobody", before: EVERYTHING, questions: 10 }))).toEqual([]);
    }
  });

  it("reads 256 miners and many scores in slices, and lets others have their turn between", async () => {
    const look: HistoryLook = createHistoryLook(big.store);
    let turns = 0;
    const count = () => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const questions = await look.questions({ before: EVERYTHING, limit: 50 });
    const answers: AnswerLook[] = await all(
      look.answers({ hotkey: big.hotkeys[7] ?? "", before: EVERYTHING, questions: 2_000 }),
    );
    clearImmediate(timer);
    expect([questions.length, answers.length]).toEqual([50, big.settled.length + big.void.length]);
    expect(turns).toBeGreaterThan(5);
    const scored = answers.filter(({ converted }) => converted !== null);
    expect(scored.map(({ question }) => question)).toEqual([...big.settled].reverse());
  });
});
