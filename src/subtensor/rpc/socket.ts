import type { WebSocket } from "ws";
import { errorText } from "../../core/index.ts";

/** What a socket tells. After `onClose` it tells nothing more. */
export interface SocketHandlers {
  onOpen(): void;
  onText(text: string): void;
  onPong(): void;
  /** Once, whatever the reason; `problem` is for people. */
  onClose(problem: string): void;
}

/** One WebSocket. */
export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Says goodbye and leaves soon; handlers hear nothing more. */
  close(): void;
  /** Leaves at once: for a peer that does not answer, and would not answer a goodbye. */
  destroy(): void;
}

/** How long a peer has for its part of the goodbye. */
const GOODBYE_MS = 500;

/**
 * Opens a WebSocket. A message above `maxMessageBytes`, a binary one, or a handshake that takes longer than `timeoutMs` ends it.
 *
 * @example
 * openSocket("ws://127.0.0.1:9944", { maxMessageBytes: 1e6, timeoutMs: 5_000 }, handlers).send("{}"); // undefined
 */
export function openSocket(
  url: string,
  { maxMessageBytes, timeoutMs }: { readonly maxMessageBytes: number; readonly timeoutMs: number },
  handlers: SocketHandlers,
): Socket {
  let ws: WebSocket | undefined;
  let goodbye: NodeJS.Timeout | undefined;
  let ended = false;

  /** True the first time. */
  const end = (): boolean => {
    const first = !ended;
    ended = true;
    return first;
  };
  const fail = (problem: string) => {
    if (!end()) return;
    ws?.terminate();
    handlers.onClose(problem);
  };

  const listenTo = (socket: WebSocket) => {
    socket.on("open", () => ended || handlers.onOpen());
    socket.on("pong", () => ended || handlers.onPong());
    socket.on("message", (data, isBinary) => {
      if (ended) return;
      if (isBinary) fail("it sent a binary message");
      else handlers.onText(String(data));
    });
    // Stays until the end: `terminate` while connecting raises one more.
    socket.on("error", (error) => fail(error.message));
    socket.on("close", (code) => {
      clearTimeout(goodbye);
      socket.removeAllListeners("message");
      fail(`the connection was closed (${code})`);
    });
  };
  // Loaded by those only who connect: a miner beside a local ledger does not need it.
  import("ws").then(
    (library) => {
      if (ended) return;
      ws = new library.WebSocket(url, {
        maxPayload: maxMessageBytes,
        handshakeTimeout: timeoutMs,
        perMessageDeflate: false,
        followRedirects: false,
      });
      listenTo(ws);
    },
    (error: unknown) => fail(`ws cannot be loaded: ${errorText(error)}`),
  );

  return {
    send: (text) => {
      if (!ended && ws?.readyState === ws?.OPEN) ws?.send(text);
    },
    ping: () => {
      if (!ended && ws?.readyState === ws?.OPEN) ws?.ping();
    },
    close() {
      if (!end() || ws === undefined) return;
      ws.close(1000);
      goodbye = setTimeout(() => ws?.terminate(), GOODBYE_MS);
      goodbye.unref();
    },
    destroy() {
      if (end()) ws?.terminate();
    },
  };
}
