import { describe, expect, it } from "vitest";
import { createCalls } from "./calls.ts";

const moduleOf = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const never = async (): Promise<number> => {
  throw new Error("runs on threads only");
};
const taskOf = (body: string) => ({
  module: moduleOf(`export const task = { run: async (shared, input) => { ${body} } };`),
  name: "task",
  run: (_shared: { by: number } | null, _input: number): Promise<number> => never(),
});

describe("calls", () => {
  it("are answered each with its own output, whatever the order in which they are done", async () => {
    const calls = createCalls(
      taskOf("await new Promise((r) => setTimeout(r, input)); return input * shared.by;"),
      { by: 3 },
      { workers: 2 },
    );
    expect(await Promise.all([40, 1, 20, 2].map((input) => calls.call(input)))).toEqual([120, 3, 60, 6]);
    expect(calls.waiting).toBe(0);
    await calls.close();
  });

  it("go to the thread that has least to do", async () => {
    // The first waits until it is let go; what comes after it must not wait behind it.
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const text = `export const task = { run: async ({ gate }, input) => {
      if (input === 0) Atomics.wait(gate, 0, 0, 30_000);
      return (await import("node:worker_threads")).threadId; } };`;
    const task = { module: moduleOf(text), name: "task", run: async (_: { gate: Int32Array }, __: number) => never() };
    const calls = createCalls(task, { gate }, { workers: 2 });
    const held = calls.call(0);
    const others: number[] = [];
    for (let i = 1; i <= 5; i++) others.push(await calls.call(i));
    expect(new Set(others).size).toBe(1);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(others).not.toContain(await held);
    await calls.close();
  });

  it("fail by themselves: the next one is answered", async () => {
    const calls = createCalls(taskOf("if (input === 2) throw new Error('two'); return input;"), null, { workers: 1 });
    const all = await Promise.allSettled([1, 2, 3].map((input) => calls.call(input)));
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await expect(calls.call(2)).rejects.toMatchObject({ code: "JOB_FAILED", shortMessage: "two" });
    await calls.close();
  });

  it("fail when their thread ends, and later ones get a new thread", async () => {
    const calls = createCalls(taskOf("if (input === 0) process.exit(1); return input;"), null, { workers: 1 });
    await expect(calls.call(0)).rejects.toMatchObject({ code: "WORKER_LOST" });
    expect(await calls.call(5)).toBe(5);
    await calls.close();
  });

  it("fail when the threads are closed under them", async () => {
    const calls = createCalls(taskOf("for (;;);"), null, { workers: 1 });
    const waiting = calls.call(1);
    const closing = calls.close();
    await expect(waiting).rejects.toMatchObject({ code: "WORKER_LOST" });
    await closing;
  });
});
