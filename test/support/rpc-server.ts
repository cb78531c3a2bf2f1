import { type WebSocket, WebSocketServer } from "ws";

/** What a handler throws to make a JSON-RPC error. */
export class Refusal extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A request, as a handler sees it. */
export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Sends a notification to the one who asked. */
  notify(method: string, subscription: string, result: unknown): void;
  /** Cuts the connection of the one who asked. */
  drop(): typeof noAnswer;
}
export type Handler = (call: Call) => unknown;

/** How the server misbehaves; may be changed at any time. */
export interface Play {
  /** Answers come so late. */
  delayMs: number;
  /** Takes everything, answers nothing, and no pings either. */
  halfDead: boolean;
  /** Answers pings, and nothing else. */
  deaf: boolean;
  /** Answers wait until there are so many, and go out last first; 0 = in order. */
  reorder: number;
  /** In place of every answer. */
  garbage: string | Buffer | null;
  /** New connections are cut at once. */
  slam: boolean;
}

/** A scripted JSON-RPC server. */
export interface RpcServer {
  readonly url: string;
  readonly play: Play;
  readonly handlers: Map<string, Handler>;
  /** Every request so far. */
  readonly requests: { readonly method: string; readonly params: readonly unknown[] }[];
  /** Connections so far, and now. */
  opened(): number;
  open(): number;
  count(method: string): number;
  /** Cuts all connections. */
  drop(): void;
  close(): Promise<void>;
}

const NEVER = Symbol("no answer");
/** What a handler returns to leave a request without an answer. */
export const noAnswer: unknown = NEVER;

/**
 * Starts a server on loopback whose answers are the handlers', and whose manners are the play's.
 *
 * @example
 * const server = await startRpcServer({ chain_getBlockHash: () => "0x00" });
 * server.url; // "ws://127.0.0.1:43215"
 */
export async function startRpcServer(handlers: Readonly<Record<string, Handler>>, port = 0): Promise<RpcServer> {
  const table = new Map(Object.entries(handlers));
  const play: Play = { delayMs: 0, halfDead: false, deaf: false, reorder: 0, garbage: null, slam: false };
  const requests: { method: string; params: unknown[] }[] = [];
  const sockets = new Set<WebSocket>();
  let opened = 0;
  const server = new WebSocketServer({ host: "127.0.0.1", port, autoPong: false });
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));

  server.on("connection", (socket) => {
    opened += 1;
    if (play.slam) return socket.terminate();
    sockets.add(socket);
    const held: string[] = [];
    const send = (text: string) => {
      if (play.halfDead || play.deaf) return;
      if (play.garbage !== null) return socket.send(play.garbage);
      if (play.reorder === 0) return socket.send(text);
      held.push(text);
      if (held.length >= play.reorder) for (const one of held.splice(0).reverse()) socket.send(one);
    };
    const answer = async (id: number, method: string, params: unknown[]) => {
      const call: Call = {
        method,
        params,
        notify: (name, subscription, result) =>
          send(JSON.stringify({ jsonrpc: "2.0", method: name, params: { subscription, result } })),
        drop: () => {
          socket.terminate();
          return NEVER;
        },
      };
      if (play.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, play.delayMs));
      try {
        const handler = table.get(method);
        if (!handler) throw new Refusal(-32601, "Method not found");
        const result = await handler(call);
        if (result !== NEVER) send(JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null }));
      } catch (error) {
        const { code, data } = error instanceof Refusal ? error : { code: -32603, data: undefined };
        send(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: (error as Error).message, data } }));
      }
    };
    socket.on("ping", (data) => {
      if (!play.halfDead) socket.pong(data);
    });
    socket.on("message", (data) => {
      const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params: unknown[] };
      requests.push({ method, params });
      void answer(id, method, params);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });

  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `ws://127.0.0.1:${address.port}`,
    play,
    handlers: table,
    requests,
    opened: () => opened,
    open: () => sockets.size,
    count: (method) => requests.filter((request) => request.method === method).length,
    drop: () => {
      for (const socket of sockets) socket.terminate();
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
