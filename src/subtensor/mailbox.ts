/** Events that may wait; a node that sends more than are looked at loses the rest. */
const MAX_WAITING = 256;

/** Events in order, waited for one at a time. */
export interface Mailbox<T> {
  push(event: T): void;
  /** The next event, or null when none comes in time. Rejects when the signal is aborted. */
  next(options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }): Promise<T | null>;
  /** Whether an event that waits is such a one. */
  holds(test: (event: T) => boolean): boolean;
}

/**
 * @example
 * const box = createMailbox<number>();
 * box.push(7);
 * await box.next({ timeoutMs: 1_000 }); // 7
 */
export function createMailbox<T>(): Mailbox<T> {
  const waiting: T[] = [];
  let wake: (() => void) | null = null;
  return {
    push(event) {
      if (waiting.length >= MAX_WAITING) return;
      waiting.push(event);
      wake?.();
    },
    holds: (test) => waiting.some(test),
    next: ({ timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const first = waiting.shift();
        if (first !== undefined) return resolve(first);
        const leave = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          wake = null;
        };
        const onAbort = () => {
          leave();
          reject(signal?.reason);
        };
        wake = () => {
          leave();
          resolve(waiting.shift() ?? null);
        };
        const timer = setTimeout(() => {
          leave();
          resolve(null);
        }, timeoutMs);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}
