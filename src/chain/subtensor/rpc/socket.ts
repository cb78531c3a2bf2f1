import { WebSocket } from "ws";

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
  const ws = new WebSocket(url, {
    maxPayload: maxMessageBytes,
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
    followRedirects: false,
  });
  let goodbye: NodeJS.Timeout | undefined;
  let open = true;

  /** True the first time. */
  const end = (): boolean => {
    const first = open;
    open = false;
    return first;
  };
  const fail = (problem: string) => {
    if (!end()) return;
    ws.terminate();
    handlers.onClose(problem);
  };

  ws.on("open", () => open && handlers.onOpen());
  ws.on("pong", () => open && handlers.onPong());
  ws.on("message", (data, isBinary) => {
    if (!open) return;
    if (isBinary) fail("it sent a binary message");
    else handlers.onText(String(data));
  });
  // Stays until the end: `terminate` while connecting raises one more.
  ws.on("error", (error) => fail(error.message));
  ws.on("close", (code) => {
    clearTimeout(goodbye);
    ws.removeAllListeners("message");
    if (end()) handlers.onClose(`the connection was closed (${code})`);
  });

  return {
    send: (text) => {
      if (open && ws.readyState === WebSocket.OPEN) ws.send(text);
    },
    ping: () => {
      if (open && ws.readyState === WebSocket.OPEN) ws.ping();
    },
    close() {
      if (!end()) return;
      ws.close(1000);
      goodbye = setTimeout(() => ws.terminate(), GOODBYE_MS);
      goodbye.unref();
    },
    destroy() {
      if (end()) ws.terminate();
    },
  };
}
