import { setMaxListeners } from "node:events";
import { InvalidArgumentError, TimedOutError } from "./errors.ts";
import { isPending } from "./maybe.ts";

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

function assertTimeout(timeoutMs: number): void {
  if (timeoutMs > 0) return;
  throw new InvalidArgumentError({ argument: "timeoutMs", problem: "must be positive", value: timeoutMs });
}

/** What bounds a work. */
interface Bounds {
  readonly timeoutMs: number;
  /** The error's subject: `"The predictor"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** What else interrupts it: is given how to, and gives back how to stop waiting for that. */
  readonly until?: (interrupt: (reason: unknown) => void) => () => void;
}

/** What `result` becomes, unless something interrupts first. */
function settleWithin<T>(
  result: Promise<T>,
  { timeoutMs, what, signal, until }: Bounds,
  onInterrupt?: (reason: unknown) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const interrupt = (reason: unknown) => {
      leave();
      reject(reason);
      onInterrupt?.(reason);
    };
    const onAbort = () => interrupt(signal?.reason);
    const onTimeout = () => interrupt(new TimedOutError({ what, timeoutMs }));
    const timer = setTimeout(onTimeout, Math.min(timeoutMs, MAX_TIMER_MS));
    const leave = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      forget?.();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const forget = until?.(interrupt);
    if (signal?.aborted) onAbort();
    result.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}

/**
 * Runs `work` under a deadline. The work gets a signal that is aborted at the deadline or with the caller's own signal;
 * the promise settles then even if the work ignores it.
 *
 * @param until what else interrupts it: is given how to, and gives back how to stop waiting for that.
 * @throws {TimedOutError} when the deadline passes first.
 * @example
 * await withTimeout((signal) => fetch(url, { signal }), { timeoutMs: 5_000, what: "The request" });
 */
export async function withTimeout<T>(work: (signal: AbortSignal) => Promise<T> | T, bounds: Bounds): Promise<T> {
  assertTimeout(bounds.timeoutMs);
  bounds.signal?.throwIfAborted();
  const controller = new AbortController();
  const result = work(controller.signal);
  // What is there at once needs neither timer nor listeners, which cost more than many a work.
  if (!(result instanceof Promise)) return result;
  return settleWithin(result, bounds, (reason) => controller.abort(reason));
}

/** What a work is told by whoever waits for it. */
export interface Call {
  /** Aborted at the deadline, and when nobody waits any more. It is made when it is first looked at: who looks at none pays for none. */
  readonly signal: AbortSignal;
}

class LazyCall implements Call {
  #made: AbortController | undefined;
  #over: { readonly reason: unknown } | undefined;
  get signal() {
    this.#made ??= createAbortController();
    if (this.#over !== undefined) this.#made.abort(this.#over.reason);
    return this.#made.signal;
  }
  abort(reason: unknown) {
    this.#over = { reason };
    this.#made?.abort(reason);
  }
}

/**
 * {@link withTimeout} for work that may have its result at once, and then has it from here at once, and that takes its signal only if
 * it wants one: a signal costs as much as parsing a question.
 *
 * @param within the call that this one is a part of: it is over when that is.
 * @throws {TimedOutError} when the deadline passes first.
 * @example
 * await withCall(({ signal }) => sleep(10, { signal }), { timeoutMs: 5_000, what: "The nap" }); // undefined
 */
export function withCall<T>(
  work: (call: Call) => Promise<T> | T,
  bounds: Omit<Bounds, "signal"> & { readonly within?: Call | undefined },
): Promise<T> | T {
  assertTimeout(bounds.timeoutMs);
  const call = new LazyCall();
  const result = work(call);
  if (!isPending(result)) return result;
  return settleWithin(Promise.resolve(result), { ...bounds, signal: bounds.within?.signal }, (reason) =>
    call.abort(reason),
  );
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
