import { describe, expect, it } from "vitest";
import { createManualClock, silentLogger } from "../../core/index.ts";
import { EventRefusedError, type EventResult, type IngestEvent } from "../../sources/index.ts";
import type { Letter } from "./entries.ts";
import { createTaker } from "./taker.ts";

const event = (id: string): IngestEvent => ({ id, conversationId: "c", atMs: 0, sequence: null, type: "converted" });
const letter = (id: string, source = "shop"): Letter => ({ id, source, event: event(id) });
const accepted: EventResult = { status: "accepted" };

function scene(judge: (id: string, asked: number) => EventResult | Error, maxAttempts = 3) {
  const clock = createManualClock();
  const acknowledged: string[] = [];
  const buried: Record<string, string> = {};
  const attempts = new Map<string, number>();
  const calls: string[][] = [];
  const add = (id: string, by: number) => {
    const times = (attempts.get(id) ?? 0) + by;
    attempts.set(id, times);
    return times;
  };
  const taker = createTaker(
    { maxAttempts, sinkTimeoutMs: 1_000 },
    {
      sink: {
        async accept(_, events) {
          calls.push(events.map(({ id }) => id));
          const results = events.map(({ id }) => judge(id, calls.length));
          for (const one of results) if (one instanceof Error) throw one;
          return results.flatMap((one) => (one instanceof Error ? [] : [one]));
        },
      },
      settle: {
        acknowledge: async (ids) => void acknowledged.push(...ids),
        bury: async (id, reason) => {
          buried[id] = reason;
        },
        begin: async (id) => add(id, 1),
        forgive: async (id) => void add(id, -1),
        forget: async (id) => void attempts.delete(id),
      },
      clock,
      logger: silentLogger,
    },
  );
  /** Lets time pass until what waits was tried so often. */
  const retry = async (times: number) => {
    for (let i = 0; i < times; i++) {
      clock.advance(20_000);
      await taker.retry();
    }
  };
  return { taker, clock, acknowledged, buried, attempts, calls, retry };
}
const letters = (count: number) => Array.from({ length: count }, (_, i) => letter(`e${i}`));

describe("what is taken from a stream", () => {
  it("is handed over by source, all at once, and acknowledged", async () => {
    const { taker, acknowledged, calls } = scene(() => accepted);
    await taker.take([letter("a"), letter("b", "desk"), letter("c")]);
    expect(calls).toEqual([["a", "c"], ["b"]]);
    expect(acknowledged.sort()).toEqual(["a", "b", "c"]);
    expect(taker.counts).toEqual({ accepted: 3, duplicates: 0, dead: 0, failed: 0 });
  });

  it("is not held up by one that fails, which is condemned while others are taken", async () => {
    const { taker, acknowledged, buried, attempts, retry } = scene((id) => (id === "e1" ? new Error("no") : accepted));
    await taker.take(letters(3));
    expect(acknowledged).toEqual(["e0", "e2"]);
    await taker.take([letter("x")]);
    await retry(1);
    await taker.take([letter("y")]);
    expect(buried).toEqual({});
    await retry(1);
    expect(buried).toEqual({ e1: "SINK_FAILED: no" });
    expect([...attempts]).toEqual([["e1", 3]]);
    expect([taker.later, taker.isDown]).toEqual([0, false]);
  });

  it("is not condemned by a sink that takes nothing, however often it is tried", async () => {
    let isWell = false;
    const { taker, acknowledged, buried, calls, retry } = scene(() => (isWell ? accepted : new Error("disk full")));
    await taker.take(letters(100));
    // Together, then eight alone: the others are spared.
    expect(calls).toHaveLength(9);
    expect([taker.isDown, taker.later]).toEqual([true, 100]);
    expect(taker.pauseMs).toBeGreaterThan(0);
    await retry(50);
    expect([buried, calls.length]).toEqual([{}, 59]);
    isWell = true;
    await retry(2);
    expect(acknowledged).toHaveLength(100);
    expect(taker.isDown).toBe(false);
  });

  it("waits as long as a sink asks for, and is none the worse for it", async () => {
    const busy = new EventRefusedError({ code: "OVERLOADED", problem: "too much", retryAfterSeconds: 2 });
    const { taker, clock, acknowledged, calls, attempts } = scene((_, asked) => (asked === 1 ? busy : accepted));
    await taker.take(letters(3));
    expect([taker.pauseMs, taker.nextDueMs, taker.later]).toEqual([2_000, 2_000, 3]);
    clock.advance(1_999);
    await taker.retry();
    expect(calls).toHaveLength(1);
    clock.advance(1);
    await taker.retry();
    expect([calls.length, acknowledged.length, attempts.size, taker.counts.failed]).toEqual([2, 3, 0, 0]);
  });

  it("goes to the dead letters when it is refused for good, and waits when it is refused for now", async () => {
    const conflict = new EventRefusedError({ code: "EVENT_CONFLICT", problem: "id: was used" });
    const many = new EventRefusedError({ code: "TOO_MANY_CONVERSATIONS", problem: "too many", retryAfterSeconds: 60 });
    const { taker, acknowledged, buried } = scene((id) =>
      id === "e2" ? accepted : { status: "refused", error: id === "e0" ? conflict : many },
    );
    await taker.take(letters(3));
    expect(buried).toEqual({ e0: "EVENT_CONFLICT: id: was used" });
    expect([acknowledged, taker.has("e1"), taker.later]).toEqual([["e2"], true, 1]);
  });

  it("is tried no more when every worker that tried it alone was lost", async () => {
    const { taker, attempts, buried, acknowledged, calls } = scene(() => accepted);
    attempts.set("e0", 3);
    await taker.takeSuspects(letters(2));
    expect(buried.e0).toMatch(/^WORKERS_ENDED: /);
    expect([acknowledged, calls]).toEqual([["e1"], [["e1"]]]);
  });

  it("is asked about again when the sink says nothing of it, or does not answer in time", async () => {
    const clock = createManualClock();
    const acknowledged: string[] = [];
    const nothing = async () => undefined;
    const settle = { bury: nothing, forgive: nothing, forget: nothing, begin: async () => 1 };
    const answers: (() => Promise<EventResult[]>)[] = [
      async () => [accepted],
      () => new Promise(() => undefined),
      () => new Promise(() => undefined),
      async () => [accepted],
    ];
    const taker = createTaker(
      { maxAttempts: 3, sinkTimeoutMs: 20 },
      {
        sink: { accept: async () => (await answers.shift()?.()) ?? [] },
        settle: { ...settle, acknowledge: async (ids) => void acknowledged.push(...ids) },
        clock,
        logger: silentLogger,
      },
    );
    await taker.take(letters(2));
    expect(acknowledged).toEqual(["e0"]);
    for (let i = 0; i < 3; i++) {
      clock.advance(20_000);
      await taker.retry();
    }
    expect(acknowledged).toEqual(["e0", "e1"]);
  });
});
