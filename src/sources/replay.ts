import { setImmediate } from "node:timers/promises";
import { type Clock, createHeap, createRandom, InvalidArgumentError, sleep } from "../core/index.ts";
import { type ConversationEvent, DEFAULT_HORIZON_SECONDS, type Transcript } from "../schema.ts";
import { scheduleEvents } from "./schedule.ts";
import type { Source } from "./source.ts";

/** Plain values of a {@link replay}. */
export interface ReplayOptions {
  /** Mean virtual seconds from one conversation's beginning to the next one's: exponential, so bursts occur. */
  readonly intervalSeconds: number;
  /** Tells the beginnings; the same seed gives the same events. */
  readonly seed: number | string;
  /** Virtual seconds per real second, or `"max"`: the next event as soon as the consumer asks. */
  readonly speed: number | "max";
  /**
   * Every conversation stays open at least so many seconds after its first message, whatever its outcome (default 1800). Not less
   * than the horizon, where questions are asked at elapsed times: silence would tell the outcome. 0 will do for counts of messages.
   */
  readonly keepOpenSeconds?: number;
  /** For logs (default `"replay"`). */
  readonly name?: string;
}

/** Live things of a {@link replay}. */
export interface ReplayModules {
  readonly clock: Clock;
  /** Waits on the real clock (default: the core's `sleep`). */
  readonly sleep?: typeof sleep;
}

/** A conversation under way: what of it has not been delivered yet. */
interface Cursor {
  readonly order: number;
  readonly events: readonly ConversationEvent[];
  next: number;
  head: ConversationEvent;
}

const RANK = { opened: 0, message: 1, converted: 2, lost: 3, closed: 4 } as const;
/** Events between two looks at the machine's own event loop, so that a signal can be heard even at `"max"`. */
const EVENTS_PER_BREATH = 256;

/** By moment; then messages before outcomes; then the conversation that began first. */
function isBefore(a: Cursor, b: Cursor): boolean {
  if (a.head.atSeconds !== b.head.atSeconds) return a.head.atSeconds < b.head.atSeconds;
  return RANK[a.head.type] - RANK[b.head.type] < 0 || (a.head.type === b.head.type && a.order < b.order);
}

/** The next item, or `undefined` at the end or as soon as the signal is aborted, even if the iterator hangs. */
async function nextItem<T>(iterator: AsyncIterator<T> | Iterator<T>, signal: AbortSignal): Promise<T | undefined> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const result = await Promise.race([iterator.next(), aborted]);
    return result === undefined || result.done ? undefined : result.value;
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}

function iteratorOf<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Merges overlapping conversations; holds those under way and the one that begins next, no other. */
async function* mergeEvents(
  transcripts: AsyncIterable<Transcript> | Iterable<Transcript>,
  { intervalSeconds, seed, keepOpenSeconds = DEFAULT_HORIZON_SECONDS }: ReplayOptions,
  signal: AbortSignal,
): AsyncGenerator<ConversationEvent> {
  const random = createRandom(`replay/${seed}`);
  const iterator = iteratorOf(transcripts);
  const cursors = createHeap(isBefore);
  let order = 0;
  let startSeconds = 0;
  const begin = async (): Promise<Cursor | undefined> => {
    const transcript = await nextItem(iterator, signal);
    if (transcript === undefined) return undefined;
    if (order > 0) startSeconds -= intervalSeconds * Math.log(1 - random.next());
    const events = scheduleEvents(transcript, startSeconds, keepOpenSeconds);
    const [head] = events;
    return head && { order: order++, events, next: 1, head };
  };
  try {
    let coming = await begin();
    while (!signal.aborted) {
      for (let first = cursors.peek(); coming && (!first || !isBefore(first, coming)); first = cursors.peek()) {
        cursors.push(coming);
        coming = await begin();
      }
      const cursor = cursors.pop();
      if (cursor === undefined || signal.aborted) return;
      yield cursor.head;
      const head = cursor.events[cursor.next++];
      if (head) cursors.push(Object.assign(cursor, { head }));
    }
  } finally {
    // Not awaited: a generator that hangs in next() would keep us, too. Its failure then concerns nobody.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Lets an event pass when its real moment has come: `false` when the signal was aborted first. */
function createPacer(speed: number | "max", { clock, sleep: wait = sleep }: ReplayModules, signal: AbortSignal) {
  let origin: { readonly realMs: number; readonly virtualSeconds: number } | undefined;
  let passed = 0;
  return async (atSeconds: number): Promise<boolean> => {
    if (++passed % EVENTS_PER_BREATH === 0) await setImmediate();
    if (speed === "max") return !signal.aborted;
    origin ??= { realMs: clock.monotonicMs(), virtualSeconds: atSeconds };
    const dueMs = origin.realMs + ((atSeconds - origin.virtualSeconds) / speed) * 1_000;
    try {
      // A loop, for timers may fire a little early and have a longest delay.
      for (let leftMs = dueMs - clock.monotonicMs(); leftMs > 0; leftMs = dueMs - clock.monotonicMs()) {
        await wait(leftMs, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  };
}

/**
 * Plays finished conversations again as if they happened now: they begin one after another at seeded exponential intervals
 * (recorded dates only go into `opened.startedAt`), overlap, and are merged in the order of the virtual clock. The outcome
 * comes when its moment comes, not before. Each call of `events` begins anew, so a generator can be played once only.
 *
 * @throws {InvalidArgumentError} naming `intervalSeconds`, `keepOpenSeconds` or `speed`.
 * @example
 * const source = replay(readTranscripts("chats.jsonl"), { intervalSeconds: 20, seed: 7, speed: "max" }, { clock: systemClock });
 * for await (const event of source.events(signal)) event.type; // "opened"
 */
export function replay(
  transcripts: AsyncIterable<Transcript> | Iterable<Transcript>,
  options: ReplayOptions,
  modules: ReplayModules,
): Source {
  const { intervalSeconds, speed, keepOpenSeconds = 0, name = "replay" } = options;
  if (!(intervalSeconds > 0 && Number.isFinite(intervalSeconds))) {
    throw new InvalidArgumentError({ argument: "intervalSeconds", problem: "must be above 0", value: intervalSeconds });
  }
  if (!(keepOpenSeconds >= 0 && Number.isFinite(keepOpenSeconds))) {
    throw new InvalidArgumentError({
      argument: "keepOpenSeconds",
      problem: "must be 0 or more",
      value: keepOpenSeconds,
    });
  }
  if (speed !== "max" && !(speed > 0 && Number.isFinite(speed))) {
    throw new InvalidArgumentError({ argument: "speed", problem: 'must be above 0, or "max"', value: speed });
  }
  return {
    name,
    async *events(signal) {
      const pass = createPacer(speed, modules, signal);
      for await (const event of mergeEvents(transcripts, options, signal)) {
        if (!(await pass(event.atSeconds))) return;
        yield event;
        if (signal.aborted) return;
      }
    },
  };
}
