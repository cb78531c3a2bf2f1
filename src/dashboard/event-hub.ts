import type { Clock } from "../core/index.ts";
import type { EventMap, HelloEvent, ResetEvent } from "./views.ts";

/** Where the events of one client go: Node's response is one. */
export interface EventSink {
  readonly writableLength: number;
  write(text: string): boolean;
  end(): void;
  destroy(): void;
}

/** Limits of a hub. */
export interface EventHubOptions {
  readonly bootId: string;
  readonly version: string;
  readonly maxClients?: number;
  /** Events, and their bytes, kept for those that come back. */
  readonly maxEvents?: number;
  readonly maxBytes?: number;
  /** A client that has left so much unread is dropped. */
  readonly slowBytes?: number;
  readonly heartbeatMs?: number;
  /** So long after the last one looked, events are made no more. */
  readonly idleMs?: number;
}

/** Live events to whoever looks, with resume; see {@link createEventHub}. */
export interface EventHub {
  publish<N extends keyof EventMap>(name: N, data: EventMap[N]): void;
  /** Whether anybody looks, or has of late: nothing has to be made for nobody. */
  readonly watched: boolean;
  /** Somebody has read a document, and may come for the events after it. */
  touch(): void;
  readonly lastId: string;
  readonly clients: number;
  /**
   * Begins to send. `after` is what the client had last; what it missed follows, or a `reset`.
   *
   * @returns null when there are too many already, else what is to be called when the client has gone.
   */
  connect(sink: EventSink, after: string | null): (() => void) | null;
  /** Ends all clients. */
  close(): void;
}

interface Kept {
  readonly sequence: number;
  readonly frame: string;
}

/** Last-Event-ID is anybody's text. */
const ID = /^([0-9a-f]{16})-(\d{1,15})$/;

/**
 * Sends events to clients as server-sent events, each once, in order. The latest are kept, bounded in number and bytes, so that a
 * client that was cut off misses nothing; one that was away too long is told to read all anew. While nobody looks, nothing is kept.
 *
 * @example
 * const hub = createEventHub({ bootId: "0123456789abcdef", version: "0.1.0" }, { clock: systemClock });
 * hub.lastId; // "0123456789abcdef-0"
 */
export function createEventHub(
  {
    bootId,
    version,
    maxClients = 16,
    maxEvents = 2_000,
    maxBytes = 2 ** 20,
    slowBytes = 4 * 2 ** 20,
    heartbeatMs = 15_000,
    idleMs = 60_000,
  }: EventHubOptions,
  { clock }: { readonly clock: Pick<Clock, "monotonicMs"> },
): EventHub {
  const clients = new Map<EventSink, number>();
  let kept: Kept[] = [];
  let bytes = 0;
  let sequence = 0;
  /** The first sequence that is still known, were it kept. */
  let floor = 1;
  let lookedMs = Number.NEGATIVE_INFINITY;
  const idOf = (one: number) => `${bootId}-${one}`;
  const frameOf = (name: string, id: string, data: unknown) =>
    `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const isWatched = () => clients.size > 0 || clock.monotonicMs() - lookedMs < idleMs;

  const drop = (sink: EventSink) => {
    clients.delete(sink);
    lookedMs = clock.monotonicMs();
    sink.destroy();
  };
  const send = (sink: EventSink, text: string) => {
    if (sink.writableLength > slowBytes) return drop(sink);
    sink.write(text);
    clients.set(sink, clock.monotonicMs());
  };
  const beat = () => {
    const now = clock.monotonicMs();
    for (const [sink, sentMs] of clients) if (now - sentMs >= heartbeatMs) send(sink, ": still here\n\n");
  };
  const heartbeat = setInterval(beat, Math.max(10, heartbeatMs / 2));
  heartbeat.unref();

  /** What was missed, or why that cannot be said. */
  const missedSince = (after: string): readonly Kept[] | ResetEvent["reason"] => {
    const [, boot, digits] = ID.exec(after) ?? [];
    if (boot === undefined) return "unknown";
    if (boot !== bootId) return "restarted";
    const last = Number(digits);
    if (last > sequence) return "unknown";
    return last < floor - 1 ? "gap" : kept.filter((one) => one.sequence > last);
  };

  return {
    get watched() {
      return isWatched();
    },
    touch() {
      lookedMs = clock.monotonicMs();
    },
    get lastId() {
      return idOf(sequence);
    },
    get clients() {
      return clients.size;
    },
    publish(name, data) {
      sequence += 1;
      if (!isWatched()) {
        [kept, bytes, floor] = [[], 0, sequence + 1];
        return;
      }
      const frame = frameOf(name, idOf(sequence), data);
      kept.push({ sequence, frame });
      bytes += frame.length;
      while (kept.length > maxEvents || (bytes > maxBytes && kept.length > 1)) {
        const oldest = kept.shift();
        bytes -= oldest?.frame.length ?? 0;
        floor = (oldest?.sequence ?? 0) + 1;
      }
      for (const sink of [...clients.keys()]) send(sink, frame);
    },
    connect(sink, after) {
      if (clients.size >= maxClients) return null;
      const missed = after === null ? [] : missedSince(after);
      const resumed = after !== null && typeof missed !== "string";
      const hello: HelloEvent = { api: 1, version, bootId, lastEventId: idOf(sequence), resumed };
      let text = `retry: 2000\n${frameOf("hello", resumed ? after : idOf(sequence), hello)}`;
      if (typeof missed === "string") text += frameOf("reset", idOf(sequence), { reason: missed } satisfies ResetEvent);
      else for (const { frame } of missed) text += frame;
      send(sink, text);
      return () => {
        if (clients.delete(sink)) lookedMs = clock.monotonicMs();
      };
    },
    close() {
      clearInterval(heartbeat);
      for (const sink of clients.keys()) sink.end();
      clients.clear();
    },
  };
}
