import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAbortController, sleep, withCall, withTimeout } from "./wait.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = async (promise: Promise<unknown>) => {
  let state = "pending";
  promise.then(
    () => (state = "resolved"),
    () => (state = "rejected"),
  );
  await vi.advanceTimersByTimeAsync(0);
  return state;
};

describe("sleep", () => {
  it("resolves when its time has come, not before", async () => {
    const nap = sleep(100);
    await vi.advanceTimersByTimeAsync(99);
    expect(await settled(nap)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(nap)).toBe("resolved");
  });

  it("rejects with the signal's reason as soon as it is aborted, and leaves no timer and no listener", async () => {
    const controller = new AbortController();
    const nap = sleep(1e9, { signal: controller.signal });
    nap.catch(() => undefined);
    controller.abort(new Error("stop"));
    await expect(nap).rejects.toThrow("stop");
    await expect(sleep(1, { signal: controller.signal })).rejects.toThrow("stop");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes no time for a negative delay, and a long one is not cut to nothing", async () => {
    const long = sleep(1e12);
    expect(await settled(sleep(-5))).toBe("resolved");
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(await settled(long)).toBe("pending");
  });
});

describe("withTimeout", () => {
  it("gives the result, and leaves no timer behind", async () => {
    expect(await withTimeout(async () => 7, { timeoutMs: 50, what: "It" })).toBe(7);
    expect(await withTimeout(() => 8, { timeoutMs: 50, what: "It" })).toBe(8);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects at the deadline even if the work ignores its signal, which is aborted then", async () => {
    let inner: AbortSignal | undefined;
    const late = withTimeout(
      (signal) => {
        inner = signal;
        return new Promise<never>(() => undefined);
      },
      { timeoutMs: 50, what: "The predictor" },
    );
    late.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(49);
    expect([await settled(late), inner?.aborted]).toEqual(["pending", false]);
    await vi.advanceTimersByTimeAsync(1);
    await expect(late).rejects.toMatchObject({ code: "TIMED_OUT", timeoutMs: 50 });
    expect(inner?.aborted).toBe(true);
  });

  it("rejects with the caller's own reason, before the work begins too", async () => {
    const controller = new AbortController();
    const work = vi.fn(() => new Promise<never>(() => undefined));
    const waiting = withTimeout(work, { timeoutMs: 50, what: "It", signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(waiting).rejects.toThrow("stop");
    await expect(withTimeout(work, { timeoutMs: 50, what: "It", signal: controller.signal })).rejects.toThrow("stop");
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("hands on what the work throws, at once or later, and survives a failure after the deadline", async () => {
    const now = () => {
      throw new Error("at once");
    };
    await expect(withTimeout(now, { timeoutMs: 50, what: "It" })).rejects.toThrow("at once");
    const later = async () => sleep(80).then(() => Promise.reject(new Error("too late to matter")));
    const late = withTimeout(later, { timeoutMs: 50, what: "It" });
    late.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    await expect(late).rejects.toMatchObject({ code: "TIMED_OUT" });
  });

  it("refuses a deadline that is none", async () => {
    for (const timeoutMs of [0, -1, Number.NaN]) {
      await expect(withTimeout(() => 1, { timeoutMs, what: "It" })).rejects.toThrow("timeoutMs must be positive");
    }
  });
});

it("work is interrupted by whatever else it is told of, and that is forgotten when it ends", async () => {
  const listeners = new Set<(reason: unknown) => void>();
  const until = (interrupt: (reason: unknown) => void) => {
    listeners.add(interrupt);
    return () => listeners.delete(interrupt);
  };
  const reason = new Error("the door was shut");
  const seen: AbortSignal[] = [];
  const waiting = withTimeout(
    (signal) => {
      seen.push(signal);
      return new Promise(() => undefined);
    },
    { timeoutMs: 60_000, what: "It", until },
  );
  for (const interrupt of listeners) interrupt(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(seen[0]?.reason).toBe(reason);
  expect(await withTimeout(async () => 1, { timeoutMs: 60_000, what: "It", until })).toBe(1);
  expect(listeners.size).toBe(0);
});

it("a node's controller takes any number of waiters without a warning", async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on("warning", onWarning);
  const { signal } = createAbortController();
  for (let i = 0; i < 100; i++) signal.addEventListener("abort", () => undefined);
  const ordinary = new AbortController();
  for (let i = 0; i < 100; i++) ordinary.signal.addEventListener("abort", () => undefined);
  await setImmediate();
  process.off("warning", onWarning);
  expect(warnings).toEqual(["MaxListenersExceededWarning"]);
});

describe("a call", () => {
  const limit = { timeoutMs: 100, what: "It" };

  it("has its result at once when the work has, and throws what it throws", async () => {
    expect(withCall(() => 1, limit)).toBe(1);
    expect(await withCall(async () => 2, limit)).toBe(2);
    const thrown = new Error("no");
    expect(() =>
      withCall(() => {
        throw thrown;
      }, limit),
    ).toThrow(thrown);
    expect(() => withCall(() => 1, { ...limit, timeoutMs: 0 })).toThrow("timeoutMs must be positive");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("aborts its signal at the deadline, whether it was looked at before or is only afterwards", async () => {
    const seen: { signal: AbortSignal }[] = [];
    const late = withCall((call) => {
      seen.push(call);
      return new Promise(() => undefined);
    }, limit);
    const early = withCall(({ signal }) => {
      seen.push({ signal });
      return new Promise(() => undefined);
    }, limit);
    const outcomes = Promise.allSettled([late, early]);
    await vi.advanceTimersByTimeAsync(100);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "TIMED_OUT" } });
    for (const { signal } of seen) expect([signal.aborted, signal.reason.code]).toEqual([true, "TIMED_OUT"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is over when the call around it is", async () => {
    const outer = new AbortController();
    let inner: AbortSignal | undefined;
    const waiting = withCall(
      ({ signal }) => {
        inner = signal;
        return new Promise(() => undefined);
      },
      { ...limit, within: outer },
    );
    const reason = new Error("enough");
    outer.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
