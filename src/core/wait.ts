import { setMaxListeners } from "node:events";
import { InvalidArgumentError, TimedOutError } from "./errors.ts";

/**
 * A controller whose signal is handed to any number of waiters: a node has hundreds of requests on one signal, and that is no leak.
 *
 * @example
 * createAbortController().signal.aborted; // false
 */
export function createAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Longest delay that the platform's timers take; a longer one fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Waits, or rejects with the signal's reason as soon as it is aborted.
 *
 * @example
 * await sleep(100, { signal }); // undefined
 */
export function sleep(ms: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      Math.min(Math.max(0, ms), MAX_TIMER_MS),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Runs `work` under a deadline. The work gets a signal that is aborted at the deadline or with the caller's own signal;
 * the promise settles then even if the work ignores it.
 *
 * @throws {TimedOutError} when the deadline passes first.
 * @example
 * await withTimeout((signal) => fetch(url, { signal }), { timeoutMs: 5_000, what: "The request" });
 */
export async function withTimeout<T>(
  work: (signal: AbortSignal) => Promise<T> | T,
  { timeoutMs, what, signal }: { timeoutMs: number; what: string; signal?: AbortSignal | undefined },
): Promise<T> {
  if (!(timeoutMs > 0))
    throw new InvalidArgumentError({ argument: "timeoutMs", problem: "must be positive", value: timeoutMs });
  signal?.throwIfAborted();
  const controller = new AbortController();
  let onAbort: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  const timer = setTimeout(
    () => controller.abort(new TimedOutError({ what, timeoutMs })),
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  try {
    return await Promise.race([Promise.resolve(work(controller.signal)), interrupted]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener("abort", onAbort);
  }
}

/** A promise and the two ways to settle it. A rejection that nobody waits for ends no process. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/**
 * @example
 * const { promise, resolve } = createDeferred<number>();
 * resolve(1);
 * await promise; // 1
 */
export function createDeferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> = { resolve: () => undefined, reject: () => undefined };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => undefined);
  return { promise, ...settle };
}
