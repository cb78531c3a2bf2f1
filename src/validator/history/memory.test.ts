import { describe, expect, it } from "vitest";
import { newQuestion, SETTLED, testHistoryStore } from "../../../test/support/history-store.ts";
import { createMemoryHistory } from "./memory.ts";

testHistoryStore("in memory", async () => ({
  history: createMemoryHistory(),
  reopen: null,
  close: async () => undefined,
}));

describe("a history in memory", () => {
  it("is bounded: the question that was settled first is pruned first, an open one never", async () => {
    const history = createMemoryHistory({ maxQuestions: 3 });
    await history.recordQuestion(newQuestion(1));
    for (let number = 2; number <= 1_000; number++) {
      await history.recordQuestion(newQuestion(number));
      await history.recordSettled(number, SETTLED, []);
    }
    expect(await history.latest(1_000)).toEqual([1000, 999, 998, 1]);
    expect((await history.question(1))?.settled).toBeNull();
    expect(await history.question(2)).toBeUndefined();
    expect(await history.info()).toMatchObject({ pruned: 996, settled: 3 });
  });
});
