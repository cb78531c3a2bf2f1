import { describe, expect, it } from "vitest";
import { fromVector } from "../schema.ts";
import { createMemoryHistory, type QuestionRecord } from "./history.ts";

function question(number: number): Omit<QuestionRecord, "replies" | "settled"> {
  const features = fromVector(new Array(40).fill(Number.NaN));
  const landmark = { messages: 4 };
  return {
    open: {
      number,
      conversationId: `c${number}`,
      stratum: "s, 4 messages",
      landmark,
      askedAtSeconds: number,
      question: { sessionId: `q-${number}`, features, landmark, horizonSeconds: 60 },
    },
    frozen: { classWeights: { 0: 0.5, 1: 0.5 }, baseRate: 0.5, medianTimeSeconds: 60 },
    mode: { name: "seed-v1", version: 1, constants: {} },
    asked: ["a", "b"],
    askedAtMs: 5,
  };
}
const settled: NonNullable<QuestionRecord["settled"]> = {
  truth: { converted: 0, timeSeconds: null },
  reason: "closed",
  atSeconds: 9,
  scores: new Map(),
};

describe("a history in memory", () => {
  it("keeps a question, its replies as they come, and its end", async () => {
    const history = createMemoryHistory();
    await history.recordQuestion(question(1));
    expect(await history.question(1)).toMatchObject({ asked: ["a", "b"], settled: null });
    const reply = { ok: false, reason: "timeout", latencySeconds: 12 } as const;
    await history.recordReply(1, "a", reply);
    await history.recordSettled(1, settled);
    const record = await history.question(1);
    expect([record?.replies, record?.settled]).toEqual([new Map([["a", reply]]), settled]);
  });

  it("knows nothing of what was never asked, and is not broken by it", async () => {
    const history = createMemoryHistory();
    await history.recordReply(9, "a", { ok: false, reason: "timeout", latencySeconds: 12 });
    await history.recordSettled(9, settled);
    expect([await history.question(9), await history.latest(5)]).toEqual([undefined, []]);
  });

  it("names the latest questions, newest first", async () => {
    const history = createMemoryHistory();
    for (const number of [1, 2, 3]) await history.recordQuestion(question(number));
    expect([await history.latest(2), await history.latest(9)]).toEqual([
      [3, 2],
      [3, 2, 1],
    ]);
  });

  it("is bounded: the question that was settled first is forgotten first, an open one never", async () => {
    const history = createMemoryHistory({ maxQuestions: 3 });
    await history.recordQuestion(question(1));
    for (let number = 2; number <= 1_000; number++) {
      await history.recordQuestion(question(number));
      await history.recordSettled(number, settled);
    }
    expect(await history.latest(1_000)).toEqual([1000, 999, 998, 1]);
    expect((await history.question(1))?.settled).toBeNull();
    expect(await history.question(2)).toBeUndefined();
  });
});
