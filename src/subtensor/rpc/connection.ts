import { printableEndpoint } from "./endpoint.ts";
import { WrongChainError } from "./errors.ts";
import { parseMessage, type RpcProblem, requestText } from "./messages.ts";
import { openSocket } from "./socket.ts";

/** What came of a request. */
export type Outcome = { readonly result: unknown } | { readonly refused: RpcProblem };

/** Limits of one connection. */
export interface ConnectionOptions {
  readonly endpoint: string;
  /** The chain it must serve; undefined = whichever it does. */
  readonly genesisHash: string | undefined;
  /** For the handshake and the question about its chain together. */
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly maxMessageBytes: number;
}

/** What a connection tells. */
export interface ConnectionHandlers {
  /** It is open, and serves the right chain. */
  onUp(genesisHash: string): void;
  /** Once, for whatever reason but `close`; what was asked over it has no answer. */
  onDown(problem: string, cause?: WrongChainError): void;
  /** Something sensible came, so the node is there. */
  onSign(): void;
  /** An answer that nobody waits for any more. */
  onLate(): void;
}

/** Requests over one socket. */
export interface Connection {
  readonly endpoint: string;
  /**
   * @param opensSubscription its answer names a subscription, whose first items may be here before it.
   * @returns how to forget it.
   */
  send(
    method: string,
    params: readonly unknown[],
    onOutcome: (outcome: Outcome) => void,
    opensSubscription?: boolean,
  ): () => void;
  /** Items of a subscription from now on, and those that were early. Gives back how to stop. */
  listen(subscription: string, onItem: (item: unknown) => void): () => void;
  /** How much it still waits for: for tests of leaks. */
  size(): number;
  close(): void;
}

/** Items kept until the names of their subscriptions are known. */
const MAX_EARLY = 64;
/** A question that every Substrate node answers at once, and that tells its chain. */
const CHEAP = { method: "chain_getBlockHash", params: [0] } as const;

interface Waiting {
  readonly onOutcome: (outcome: Outcome) => void;
  readonly opensSubscription: boolean;
}

/**
 * Opens a connection, asks which chain it serves, and then watches over it with a ping and a cheap question at intervals: a
 * socket that is half dead takes requests and never answers.
 *
 * @example
 * openConnection({ endpoint: "ws://127.0.0.1:9944", ...limits }, handlers).size(); // 0
 */
export function openConnection(options: ConnectionOptions, handlers: ConnectionHandlers): Connection {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, (item: unknown) => void>();
  const early = new Map<string, unknown[]>();
  let subscribing = 0;
  let nextId = 1;
  let timer: NodeJS.Timeout | undefined;
  let ponged = true;

  const forgetAll = () => {
    clearTimeout(timer);
    waiting.clear();
    listeners.clear();
    early.clear();
  };
  const down = (problem: string, cause?: WrongChainError) => {
    socket.destroy();
    forgetAll();
    handlers.onDown(problem, cause);
  };

  const take = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    if (found?.opensSubscription) subscribing -= 1;
    return found;
  };
  const send: Connection["send"] = (method, params, onOutcome, opensSubscription = false) => {
    const id = nextId++;
    waiting.set(id, { onOutcome, opensSubscription });
    if (opensSubscription) subscribing += 1;
    socket.send(requestText(id, method, params));
    return () => void take(id);
  };

  const onItem = (subscription: string, item: unknown) => {
    const listener = listeners.get(subscription);
    if (listener) return listener(item);
    if (subscribing === 0) return;
    const count = [...early.values()].reduce((sum, { length }) => sum + length, 0);
    if (count < MAX_EARLY) early.set(subscription, [...(early.get(subscription) ?? []), item]);
  };
  const onOutcome = (id: number, outcome: Outcome) => {
    const found = take(id);
    if (found) found.onOutcome(outcome);
    else handlers.onLate();
    if (subscribing === 0) early.clear();
  };
  const onText = (text: string) => {
    const message = parseMessage(text);
    if (message === null) return down("it sent what is no JSON-RPC");
    handlers.onSign();
    if (message.kind === "answer") onOutcome(message.id, { result: message.result });
    else if (message.kind === "refusal") onOutcome(message.id, { refused: message.error });
    else if (message.kind === "item") onItem(message.subscription, message.result);
  };

  const beat = () => {
    ponged = false;
    socket.ping();
    send(CHEAP.method, CHEAP.params, () => {
      clearTimeout(timer);
      timer = setTimeout(beat, options.heartbeatMs);
    });
    timer = setTimeout(
      () => down(ponged ? "the node does not answer, though its socket does" : "the socket is dead"),
      options.heartbeatTimeoutMs,
    );
  };
  const greet = (outcome: Outcome) => {
    if ("refused" in outcome) return down(`it does not tell its chain: ${outcome.refused.message}`);
    const found = outcome.result;
    if (typeof found !== "string" || !/^0x[0-9a-f]{64}$/.test(found)) return down("it does not tell its chain");
    const expected = options.genesisHash ?? found;
    if (found !== expected) {
      return down(
        "it serves another chain",
        new WrongChainError({ endpoint: printableEndpoint(options.endpoint), expected, found }),
      );
    }
    clearTimeout(timer);
    timer = setTimeout(beat, options.heartbeatMs);
    handlers.onUp(found);
  };

  const socket = openSocket(
    options.endpoint,
    { maxMessageBytes: options.maxMessageBytes, timeoutMs: options.connectTimeoutMs },
    {
      onOpen: () => void send(CHEAP.method, CHEAP.params, greet),
      onText,
      onPong: () => {
        ponged = true;
      },
      onClose: (problem) => down(problem),
    },
  );
  timer = setTimeout(() => down(`no connection within ${options.connectTimeoutMs} ms`), options.connectTimeoutMs);

  return {
    endpoint: options.endpoint,
    send,
    listen(subscription, listener) {
      listeners.set(subscription, listener);
      for (const item of early.get(subscription) ?? []) listener(item);
      early.delete(subscription);
      return () => void listeners.delete(subscription);
    },
    size: () => waiting.size + listeners.size + early.size,
    close() {
      socket.close();
      forgetAll();
    },
  };
}
