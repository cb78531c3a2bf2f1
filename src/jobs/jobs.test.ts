import { describe, expect, it } from "vitest";
import { testJobs } from "../../test/support/jobs.ts";
import { createInlineJobs } from "./inline.ts";
import { inSharedMemory } from "./shared-memory.ts";
import { createThreadJobs } from "./threads.ts";

const moduleOf = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const never = async () => {
  throw new Error("runs on threads only");
};

describe("inline jobs", () => testJobs(createInlineJobs));
describe("jobs on two threads", () => testJobs(() => createThreadJobs({ workers: 2 })));
describe("jobs on one thread", () => testJobs(() => createThreadJobs({ workers: 1 })));

describe("jobs on threads", () => {
  it("run at the same time", async () => {
    // Each piece waits until the other has begun: one after another they would wait for ever.
    const text = `export const meet = { run: async ({ seats }, n) => {
      Atomics.store(seats, n, 1); Atomics.notify(seats, n);
      Atomics.wait(seats, 1 - n, 0, 20_000); return Atomics.load(seats, 1 - n); } };`;
    const jobs = createThreadJobs({ workers: 2 });
    const shared = { seats: new Int32Array(new SharedArrayBuffer(8)) };
    expect(await jobs.run({ module: moduleOf(text), name: "meet", run: never }, shared, [0, 1])).toEqual([1, 1]);
    await jobs.close();
  });

  it("share arrays of numbers, and copy nothing of them for a thread", async () => {
    const text = `export const where = { run: async ({ data }) => data.X.buffer instanceof SharedArrayBuffer };`;
    const jobs = createThreadJobs({ workers: 2 });
    const shared = { data: { X: Float64Array.of(1, 2), names: ["a"] } };
    expect(await jobs.run({ module: moduleOf(text), name: "where", run: never }, shared, [0, 1])).toEqual([true, true]);
    await jobs.close();
  });

  it("say so when a thread ends in the middle of its work", async () => {
    const text = `export const leave = { run: async () => { process.exit(3); } };`;
    const jobs = createThreadJobs({ workers: 1 });
    const task = { module: moduleOf(text), name: "leave", run: never };
    await expect(jobs.run(task, null, [0])).rejects.toMatchObject({ code: "WORKER_LOST", piece: 0 });
    await jobs.close();
  });

  it("end a thread that never gives way", async () => {
    const text = `export const spin = { run: async () => { for (;;); } };`;
    const jobs = createThreadJobs({ workers: 1 });
    const signal = AbortSignal.timeout(200);
    const task = { module: moduleOf(text), name: "spin", run: never };
    await expect(jobs.run(task, null, [0], { signal })).rejects.toThrow(/timeout/);
    await jobs.close();
  });

  it("refuse data that cannot be handed over, and a task that is not there", async () => {
    const jobs = createThreadJobs({ workers: 1 });
    const task = { module: moduleOf("export const other = 1;"), name: "task", run: never };
    await expect(jobs.run(task, { f: () => 1 }, [0])).rejects.toThrow(/could not be cloned/);
    await expect(jobs.run(task, null, [0])).rejects.toThrow(/exports no task task/);
    await jobs.close();
    expect(() => createThreadJobs({ workers: 0 })).toThrow(/workers must be a whole number from 1 to 256/);
  });
});

describe("inSharedMemory", () => {
  it("keeps the shape and the numbers, and shares what is shared already", () => {
    const value = { X: Float64Array.of(1, Number.NaN), deep: [{ y: Uint8Array.of(1) }], text: ["a"], none: undefined };
    const shared = inSharedMemory(value);
    expect(shared).toEqual(value);
    expect(shared.deep[0]?.y.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(inSharedMemory(shared).X).toBe(shared.X);
  });
});
