import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPriorityQueue } from "./priority.ts";

const { signal } = new AbortController();
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe("a priority queue", () => {
  it("lets the more important go first, and of equals the first", async () => {
    const queue = createPriorityQueue({ maxInFlight: 1, maxQueued: 10 });
    const leave = await queue.enter(0, signal);
    const order: string[] = [];
    const waiting = Object.entries({ poor: 1, rich: 9, middle: 5, late: 5 }).map(async ([name, stake]) => {
      const done = await queue.enter(stake, signal);
      order.push(name);
      done();
    });
    await tick();
    expect([queue.working, queue.waiting]).toEqual([1, 4]);
    leave();
    leave();
    await Promise.all(waiting);
    expect(order).toEqual(["rich", "middle", "late", "poor"]);
    expect([queue.working, queue.waiting]).toEqual([0, 0]);
  });

  it("refuses the least important when it is full, with when to come again", async () => {
    const queue = createPriorityQueue({ maxInFlight: 1, maxQueued: 2 });
    const leave = await queue.enter(0, signal);
    const poor = queue.enter(1, signal);
    const middle = queue.enter(5, signal);
    const refusal = { status: 503, code: "OVERLOADED", headers: { "Retry-After": "1" } };
    await expect(queue.enter(1, signal)).rejects.toMatchObject(refusal);
    const rich = queue.enter(9, signal);
    await expect(poor).rejects.toMatchObject(refusal);
    leave();
    (await rich)();
    (await middle)();
    expect([queue.working, queue.waiting]).toEqual([0, 0]);
  });

  it("is left by whoever gives up, and gives them no place afterwards", async () => {
    const queue = createPriorityQueue({ maxInFlight: 1, maxQueued: 2 });
    const leave = await queue.enter(0, signal);
    const controller = new AbortController();
    const gone = queue.enter(9, controller.signal);
    const patient = queue.enter(1, signal);
    controller.abort(new Error("gone"));
    await expect(gone).rejects.toThrow("gone");
    leave();
    (await patient)();
    expect([queue.working, queue.waiting]).toEqual([0, 0]);
    await expect(queue.enter(1, AbortSignal.abort(new Error("at once")))).rejects.toThrow("at once");
  });

  it("never has more at work or in line than it may, and loses nobody, whatever comes and goes", async () => {
    const step = fc.record({ priority: fc.nat(5), leaves: fc.boolean(), gives: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = createPriorityQueue({ maxInFlight: 2, maxQueued: 3 });
        const places: (() => void)[] = [];
        const ends: Promise<"served" | "refused" | "gone">[] = [];
        for (const { priority, leaves, gives } of steps) {
          const controller = new AbortController();
          ends.push(
            queue.enter(priority, controller.signal).then(
              (leave) => {
                places.push(leave);
                return "served" as const;
              },
              () => (controller.signal.aborted ? "gone" : "refused"),
            ),
          );
          await tick();
          if (gives) controller.abort();
          if (leaves) places.shift()?.();
          await tick();
          expect(queue.working).toBeLessThanOrEqual(2);
          expect(queue.waiting).toBeLessThanOrEqual(3);
        }
        while (places.length > 0) {
          places.shift()?.();
          await tick();
        }
        expect(new Set(await Promise.all(ends)).size).toBeLessThanOrEqual(3);
        expect([queue.working, queue.waiting]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
