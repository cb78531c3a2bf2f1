import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClosers, runEvery } from "./lifecycle.ts";
import { createLogger, silentLogger } from "./logger.ts";
import { sleep } from "./wait.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("closers", () => {
  it("close last-in first-out, one after another, and once", async () => {
    const closers = createClosers();
    const order: string[] = [];
    closers.push("first", () => void order.push("first"));
    closers.push("second", async () => {
      await sleep(10);
      order.push("second");
    });
    const closing = closers.closeAll();
    await vi.advanceTimersByTimeAsync(10);
    await closing;
    await closers.closeAll();
    expect(order).toEqual(["second", "first"]);
  });

  it("go on after one that throws and one that hangs, and then name both", async () => {
    const closers = createClosers({ timeoutMs: 100 });
    const closed = vi.fn();
    closers.push("server", closed);
    closers.push("hanging", () => new Promise<never>(() => undefined));
    closers.push("throwing", () => {
      throw new Error("no");
    });
    const closing = closers.closeAll();
    closing.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    await expect(closing).rejects.toMatchObject({ code: "CLOSE_FAILED" });
    await expect(closing).rejects.toThrowErrorMatchingInlineSnapshot(`
      [SubnetError: Not everything could be closed.

      Failed: throwing: no; hanging: Closing hanging took longer than 100 ms.]
    `);
    expect(closed).toHaveBeenCalledOnce();
  });
});

describe("runEvery", () => {
  const loop = (job: (signal: AbortSignal) => Promise<void>, lines: string[] = []) => {
    const controller = new AbortController();
    const logger = createLogger({ level: "error", format: "json", write: (line) => lines.push(line), nowMs: () => 0 });
    const done = runEvery(100, job, { signal: controller.signal, logger, what: "test" });
    return { done, stop: () => controller.abort(new Error("stop")) };
  };

  it("runs at once, then after each interval, until it is stopped in its sleep", async () => {
    const job = vi.fn(async () => undefined);
    const { done, stop } = loop(job);
    await vi.advanceTimersByTimeAsync(250);
    expect(job).toHaveBeenCalledTimes(3);
    stop();
    expect(await done).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([job.mock.calls.length, vi.getTimerCount()]).toEqual([3, 0]);
  });

  it("survives ticks that throw, says each and counts them", async () => {
    let ticks = 0;
    const lines: string[] = [];
    const { done, stop } = loop(async () => {
      ticks += 1;
      if (ticks !== 2) throw new Error(`tick ${ticks}`);
    }, lines);
    await vi.advanceTimersByTimeAsync(250);
    stop();
    expect(await done).toBe(2);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: "A tick failed", what: "test", error: "tick 1", failures: 1 },
      { error: "tick 3", failures: 2 },
    ]);
  });

  it("never runs two ticks at once: what a slow tick misses is skipped, not queued", async () => {
    let [now, most, ticks] = [0, 0, 0];
    const { done, stop } = loop(async (signal) => {
      now += 1;
      most = Math.max(most, now);
      ticks += 1;
      await sleep(350, { signal });
      now -= 1;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([most, ticks]).toEqual([1, 3]);
    stop();
    expect(await done).toBe(0);
  });

  it("does nothing for a signal that is aborted already", async () => {
    const job = vi.fn(async () => undefined);
    const signal = AbortSignal.abort();
    expect(await runEvery(1, job, { signal, logger: silentLogger, what: "test" })).toBe(0);
    expect(job).not.toHaveBeenCalled();
  });
});
