import {
  type Clock,
  errorText,
  InvalidArgumentError,
  type Logger,
  type Metrics,
  silentMetrics,
} from "../../core/index.ts";
import { EventRefusedError, type EventResult, eventToText, type IngestEvent, type Live } from "../../sources/index.ts";
import { type LinkOptions, openLink } from "./link.ts";
import { followProducer } from "./metrics.ts";
import { streamNames } from "./names.ts";
import { ADD } from "./scripts.ts";

/** Plain values of a producer of events; all but the address have defaults. */
export interface EventProducerOptions extends Partial<Omit<LinkOptions, "url">> {
  /** `redis://[user:password@]host:port[/database]`, or rediss:// for TLS: one primary that keeps a log (appendonly yes). */
  readonly url: string;
  /** Name of the stream. Default `"live"`. */
  readonly stream?: string;
  /** Entries that the stream holds at most, taken or not; beyond them the door says 429. Default 200,000. */
  readonly maxEntries?: number;
  /** Events of this process that wait for Redis at once; beyond them the door says 503. Default 5,000. */
  readonly maxWaiting?: number;
  /** How far an event's clock may be ahead of ours. Default 60, as a validator's. */
  readonly maxFutureSeconds?: number;
  /** How old an event may be. Default 604,800: a week, as a validator's. */
  readonly maxAgeSeconds?: number;
}
/** What became of events at this producer. */
export interface EventProducerStatus {
  readonly added: number;
  /** Refused, because the stream was full. */
  readonly full: number;
  /** Refused, because Redis did not say that it has them; some of them it may have. */
  readonly unavailable: number;
  readonly waiting: number;
}
/** Puts events into a stream: what a door hands them to in the place of a validator's own conversations. */
export interface EventProducer extends Pick<Live, "accept"> {
  /** Whether Redis takes events now; while it does not, each is refused with 503. */
  readonly ready: boolean;
  status(): EventProducerStatus;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** What goes to Redis at once, of all who ask in one turn of the loop. */
const MOST_TOGETHER = { events: 500, chars: 2 ** 20 };
const FULL_SECONDS = 5;

interface Waiting {
  /** Source and event, source and event. */
  readonly parts: readonly string[];
  readonly chars: number;
  resolve(): void;
  reject(error: unknown): void;
}

const refuse = (code: "STREAM_FULL" | "STREAM_UNAVAILABLE" | "OVERLOADED", problem: string, retryAfterSeconds = 1) =>
  new EventRefusedError({ code, problem, retryAfterSeconds });

/**
 * A producer of events for `createEventsDoor`, in the place of a validator's own `Live`. An event is accepted when Redis has written it to
 * its log, and not before. One that is sent again is accepted again: whoever takes it knows it by its id. What many callers bring in one
 * turn of the loop goes to Redis in one command, together with the look at the bound.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError} when it does not answer within 5 s; {RedisUnfitError} when it would lose events;
 * {InvalidArgumentError}.
 * @throws {EventRefusedError} from `accept`: 429 STREAM_FULL, 503 STREAM_UNAVAILABLE or OVERLOADED, each with a time to come back.
 * @example
 * const producer = await createEventProducer({ url: "redis://127.0.0.1:6379" }, { clock, logger });
 * await producer.accept("shop", [event]); // [{ status: "accepted" }]
 */
export async function createEventProducer(
  options: EventProducerOptions,
  {
    clock,
    logger,
    metrics = silentMetrics,
  }: { readonly clock: Clock; readonly logger: Logger; readonly metrics?: Metrics },
): Promise<EventProducer> {
  const { url, stream = "live", maxEntries = 200_000, maxWaiting = 5_000, timeoutMs = 2_000, load } = options;
  const { maxFutureSeconds = 60, maxAgeSeconds = 604_800 } = options;
  const names = streamNames(stream);
  if (!(Number.isSafeInteger(maxEntries) && maxEntries >= MOST_TOGETHER.events)) {
    const problem = `must be a whole number of at least ${MOST_TOGETHER.events}`;
    throw new InvalidArgumentError({ argument: "maxEntries", problem, value: maxEntries });
  }
  const link = await openLink({ url, timeoutMs, load }, { logger });
  const counts = { added: 0, full: 0, unavailable: 0 };
  let waiting = 0;
  /** What Redis said last when it did not take events: said once. */
  let told = "";
  let queue: Waiting[] = [];
  const status = () => ({ ...counts, waiting });
  const unfollow = followProducer(metrics, status);
  const underWay = new Set<Promise<void>>();

  const send = async (together: readonly Waiting[]): Promise<void> => {
    const parts = together.flatMap((one) => one.parts);
    const events = parts.length / 2;
    const fail = (error: EventRefusedError) => {
      for (const { reject } of together) reject(error);
    };
    try {
      const added = await link.call("EVAL", ADD, "1", names.events, String(maxEntries), ...parts);
      if (added !== 1) {
        counts.full += events;
        return fail(refuse("STREAM_FULL", "too many events wait to be taken", FULL_SECONDS));
      }
      counts.added += events;
      told = "";
      for (const { resolve } of together) resolve();
    } catch (error) {
      const isFull = errorText(error).includes("OOM ");
      counts[isFull ? "full" : "unavailable"] += events;
      const problem = errorText(error);
      if (problem !== told) logger.warn("Redis did not say that it has events", { error: problem });
      told = problem;
      if (!isFull) link.doubt();
      if (isFull) fail(refuse("STREAM_FULL", "too many events wait to be taken", FULL_SECONDS));
      // It may have it nevertheless: sent again, it is known by its id.
      else fail(refuse("STREAM_UNAVAILABLE", "the stream did not say that it has the event: send it again"));
    } finally {
      waiting -= events;
    }
  };
  const flush = () => {
    while (queue.length > 0) {
      let [taken, events, chars] = [0, 0, 0];
      for (const one of queue) {
        const [more, longer] = [events + one.parts.length / 2, chars + one.chars];
        if (taken > 0 && (more > MOST_TOGETHER.events || longer > MOST_TOGETHER.chars)) break;
        [taken, events, chars] = [taken + 1, more, longer];
      }
      const sending = send(queue.slice(0, taken));
      queue = queue.slice(taken);
      underWay.add(sending);
      void sending.finally(() => underWay.delete(sending));
    }
  };
  const add = (parts: readonly string[], chars: number): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ parts, chars, resolve, reject });
      waiting += parts.length / 2;
      if (queue.length === 1) setImmediate(flush);
    });
  const outOfTime = ({ atMs }: IngestEvent): EventRefusedError | null => {
    const aheadSeconds = (atMs - clock.nowMs()) / 1_000;
    const say = (problem: string) => new EventRefusedError({ code: "EVENT_OUT_OF_TIME", problem, field: "at" });
    if (aheadSeconds > maxFutureSeconds) return say(`at: is more than ${maxFutureSeconds} s ahead of this clock`);
    return -aheadSeconds <= maxAgeSeconds ? null : say(`at: is more than ${maxAgeSeconds} s old`);
  };

  return {
    get ready() {
      return link.ready;
    },
    status,
    async accept(source, events) {
      if (!link.ready) {
        counts.unavailable += events.length;
        throw refuse("STREAM_UNAVAILABLE", "the stream cannot be reached: send it again");
      }
      if (waiting >= maxWaiting) throw refuse("OVERLOADED", "too much is waiting here");
      const errors = events.map(outOfTime);
      const parts: string[] = [];
      let chars = 0;
      for (const [i, event] of events.entries()) {
        if (errors[i] !== null) continue;
        const text = eventToText(event);
        parts.push(source, text);
        chars += text.length;
      }
      if (parts.length > 0) await add(parts, chars);
      return errors.map(
        (error): EventResult =>
          error === null || error === undefined ? { status: "accepted" } : { status: "refused", error },
      );
    },
    async close() {
      flush();
      await Promise.all(underWay);
      unfollow();
      link.close();
    },
  };
}
