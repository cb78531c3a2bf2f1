import { ChainUnreachableError } from "../../chain/index.ts";
import { errorText, type Logger } from "../../core/index.ts";
import type { Connection } from "./connection.ts";
import { printableEndpoint } from "./endpoint.ts";
import { FateUnknownError } from "./errors.ts";
import type { RequestOptions, Requests } from "./requests.ts";

/** A stream of items that a node sends. */
export interface SubscriptionRequest {
  readonly method: string;
  readonly params?: readonly unknown[] | undefined;
  /** The method that ends it. */
  readonly unsubscribe: string;
  /** When the connection breaks: ask again on the next one (items in between are missed), or end. */
  readonly onLoss: "again" | "end";
  onItem(item: unknown): void;
  /** Once, unless the caller closes it: why there are no more items. */
  onEnd(error: unknown): void;
}

/** A stream that runs. */
export interface Subscription {
  /** No more items; the node is told. */
  close(): void;
}

/** The streams of a client. */
export interface Subscriptions {
  open(request: SubscriptionRequest, options: RequestOptions): Promise<Subscription>;
  onUp(): void;
  onLost(connection: Connection, problem: string): void;
  endAll(error: unknown): void;
  size(): number;
}

interface Stream {
  readonly request: SubscriptionRequest;
  /** Null = lost, or not yet answered. */
  at: { readonly connection: Connection; readonly id: string; stopListening(): void } | null;
  asking: boolean;
  /** Whether the caller has it; before, a failure is told by the promise alone. */
  opened: boolean;
}

/** Subscriptions over connections that come and go. */
export function createSubscriptions(
  requests: Pick<Requests, "ask">,
  { connection, logger }: { connection(): Connection | null; readonly logger: Logger },
): Subscriptions {
  const streams = new Set<Stream>();

  /** What a caller does with an item is its own affair, and breaks no connection. */
  const guarded = (what: string, call: () => void) => {
    try {
      call();
    } catch (error) {
      logger.error("A listener of the chain failed", { what, error: errorText(error) });
    }
  };
  const end = (stream: Stream, error: unknown) => {
    if (!streams.delete(stream)) return;
    stream.at?.stopListening();
    stream.at = null;
    if (stream.opened) guarded(stream.request.method, () => stream.request.onEnd(error));
  };
  const unsubscribe = (stream: Stream, id: unknown, from: Connection) => {
    if (connection() === from) from.send(stream.request.unsubscribe, [id], () => undefined);
  };

  const askFor = async (stream: Stream, options: RequestOptions) => {
    const { method, params = [], onItem } = stream.request;
    stream.asking = true;
    try {
      await requests.ask(method, params, options, {
        onResult(id, from) {
          if (!streams.has(stream)) return unsubscribe(stream, id, from);
          const listener = (item: unknown) => guarded(method, () => onItem(item));
          const name = String(id);
          stream.at = { connection: from, id: name, stopListening: () => undefined };
          stream.at.stopListening = from.listen(name, listener);
        },
        onAbandoned: (id, from) => unsubscribe(stream, id, from),
      });
    } finally {
      stream.asking = false;
    }
  };

  return {
    async open(request, options) {
      const stream: Stream = { request, at: null, asking: false, opened: false };
      streams.add(stream);
      try {
        await askFor(stream, options);
      } catch (error) {
        streams.delete(stream);
        throw error;
      }
      stream.opened = true;
      return {
        close() {
          if (!streams.delete(stream) || stream.at === null) return;
          stream.at.stopListening();
          unsubscribe(stream, stream.at.id, stream.at.connection);
        },
      };
    },
    onUp() {
      for (const stream of [...streams]) {
        if (stream.at === null && !stream.asking) askFor(stream, {}).catch((error: unknown) => end(stream, error));
      }
    },
    onLost(from, problem) {
      for (const stream of [...streams]) {
        if (stream.at?.connection !== from) continue;
        stream.at = null;
        if (stream.request.onLoss === "again") continue;
        const { method } = stream.request;
        const isWrite = method.startsWith("author_submit");
        const facts = { endpoint: printableEndpoint(from.endpoint), problem };
        end(stream, isWrite ? new FateUnknownError({ ...facts, method }) : new ChainUnreachableError(facts));
      }
    },
    endAll(error) {
      for (const stream of [...streams]) end(stream, error);
    },
    size: () => streams.size,
  };
}
