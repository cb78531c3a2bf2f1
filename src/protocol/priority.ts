import type { Metrics } from "../core/index.ts";
import { RequestRefusedError } from "./errors.ts";
import type { Caller } from "./wire.ts";

/** How important a proven caller is: its stake, for instance. More goes first. */
export type PriorityOf = (caller: Caller) => number;

/** Places for work, and a line before them in which the more important stand further ahead. */
export interface PriorityQueue {
  /**
   * Waits for a place, or until the signal is aborted.
   *
   * @returns gives the place back; a second call does nothing.
   * @throws {RequestRefusedError} 503 with Retry-After, when the line is full of callers at least as important; the signal's reason.
   */
  enter(priority: number, signal: AbortSignal): Promise<() => void>;
  /** A place, if one is free now; else null. */
  enterNow(): (() => void) | null;
  readonly working: number;
  readonly waiting: number;
}

/** Tells how full a queue is. */
export function followQueue(queue: PriorityQueue, metrics: Metrics): void {
  const working = metrics.gauge("conversion_subnet_questions_in_progress");
  const waiting = metrics.gauge("conversion_subnet_questions_waiting");
  metrics.onScrape(() => {
    working(queue.working);
    waiting(queue.waiting);
  });
}

interface Waiter {
  readonly priority: number;
  admit(): void;
  refuse(reason: unknown): void;
}

function overloaded(): RequestRefusedError {
  const problem = "too many requests are being worked on";
  return new RequestRefusedError({ code: "OVERLOADED", problem, headers: { "Retry-After": "1" } });
}

/**
 * A bounded queue by priority; of equals the first goes first. A newcomer to a full line takes the place of its least important, or
 * is refused itself.
 *
 * @example
 * const queue = createPriorityQueue({ maxInFlight: 1, maxQueued: 1 });
 * const leave = await queue.enter(100, signal);
 * queue.working; // 1
 */
export function createPriorityQueue({
  maxInFlight,
  maxQueued,
}: {
  readonly maxInFlight: number;
  readonly maxQueued: number;
}): PriorityQueue {
  /** The next to go first. Some hundred at most, so that a list is quick enough. */
  const line: Waiter[] = [];
  let working = 0;

  const take = (): (() => void) => {
    working += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      working -= 1;
      line[0]?.admit();
    };
  };
  const join = (waiter: Waiter) => {
    const behind = line.findIndex(({ priority }) => priority < waiter.priority);
    line.splice(behind < 0 ? line.length : behind, 0, waiter);
  };
  const enterNow = () => (working < maxInFlight ? take() : null);
  return {
    enterNow,
    async enter(priority, signal) {
      signal.throwIfAborted();
      const now = enterNow();
      if (now !== null) return now;
      if (line.length >= maxQueued) {
        const last = line.at(-1);
        if (last === undefined || last.priority >= priority) throw overloaded();
        last.refuse(overloaded());
      }
      return new Promise((resolve, reject) => {
        const leaveLine = () => {
          line.splice(line.indexOf(waiter), 1);
          signal.removeEventListener("abort", onAbort);
        };
        const waiter: Waiter = {
          priority,
          admit() {
            leaveLine();
            resolve(take());
          },
          refuse(reason) {
            leaveLine();
            reject(reason);
          },
        };
        const onAbort = () => waiter.refuse(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        join(waiter);
      });
    },
    get working() {
      return working;
    },
    get waiting() {
      return line.length;
    },
  };
}
