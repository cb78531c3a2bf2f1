import { createServer, type Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { InvalidArgumentError, sleep } from "../core/index.ts";
import { limitConnections } from "./connections.ts";
import { PortUnavailableError } from "./errors.ts";
import type { NodeRoute } from "./node-route.ts";

/** A listening server. */
export interface RunningServer {
  /** `http://127.0.0.1:8091` */
  readonly url: string;
  readonly port: number;
  /**
   * Stops listening, ends idle connections at once, waits for the others until the deadline, then cuts them.
   *
   * @param lingerMs before that: new connections are no longer taken, and each answer says that its connection ends with it, so that
   * nobody sends a question into a connection that is just being cut.
   */
  close(how?: { readonly lingerMs?: number }): Promise<void>;
}

/** Anything that answers requests as a function: a Hono app of any kind. */
export interface FetchApp {
  /** @param env Node's own request and response, as `incoming` and `outgoing`. */
  fetch(request: Request, env: object): Response | Promise<Response>;
  /** Asked first: answers what it can straight on Node's own, and says whether it did. */
  readonly nodeRoute?: NodeRoute;
}

/** Node's own limits, against slow and many-handed clients. aiohttp keeps an idle connection 15 s, so we keep it longer. */
const LIMITS = {
  requestTimeout: 20_000,
  keepAliveTimeout: 20_000,
  maxHeaderSize: 16_384,
};
const MAX_HEADERS = 64;

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.on("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "it is already in use" : (cause.code ?? cause.message);
      reject(new PortUnavailableError({ host, port, reason, cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : port;
}

/** Takes no new connections; what is open goes on. Node's own close for HTTP would end what is idle at once. */
const stopListening = (server: Server) => void NetServer.prototype.close.call(server);

/** @param closed when nothing is open any more; may have come already. */
async function closeServer(
  server: Server,
  { closed, quiet, timeoutMs }: { closed: Promise<void>; quiet: () => readonly Socket[]; timeoutMs: number },
): Promise<void> {
  const done = new AbortController();
  void closed.then(() => done.abort());
  server.close();
  // Among them those over which nothing was ever asked: a browser opens some in advance, and Node does not count them as idle.
  for (const socket of quiet()) socket.destroy();
  // A connection that was busy at first becomes idle later, and Node would keep it for keepAliveTimeout.
  for (let waitedMs = 0; waitedMs < timeoutMs && !done.signal.aborted; waitedMs += 20) {
    server.closeIdleConnections();
    await sleep(20, { signal: done.signal }).catch(() => undefined);
  }
  server.closeAllConnections();
  await closed;
}

/**
 * Serves an app over HTTP/1.1.
 *
 * @param port 0 takes any free one.
 * @param maxConnections one more takes the place of the one without a request for longest, or is dropped when all are busy.
 * @param maxConnectionsPerAddress the same among those of one remote address.
 * @param exemptLoopback false holds loopback to that, too; by default it is not, because on one machine all share an address.
 * @param headersTimeoutMs how long a connection may stay before its first request's headers are whole.
 * @param signal closes the server when it is aborted.
 * @throws {PortUnavailableError} when the port is taken or not allowed.
 * @example
 * const server = await serve(app, { port: 0 });
 * server.url; // "http://127.0.0.1:49152"
 * await server.close();
 */
export async function serve(
  app: FetchApp,
  {
    host = "127.0.0.1",
    port,
    signal,
    maxConnections = 1_024,
    maxConnectionsPerAddress = 64,
    exemptLoopback = true,
    headersTimeoutMs = 4_000,
    closeTimeoutMs = 5_000,
  }: {
    readonly host?: string;
    readonly port: number;
    readonly signal?: AbortSignal;
    readonly maxConnections?: number;
    readonly maxConnectionsPerAddress?: number;
    readonly exemptLoopback?: boolean;
    readonly headersTimeoutMs?: number;
    readonly closeTimeoutMs?: number;
  },
): Promise<RunningServer> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError({
      argument: "port",
      problem: "must be a whole number from 0 to 65535",
      value: port,
    });
  }
  signal?.throwIfAborted();
  // The adaptor would otherwise replace the global Request and Response of the whole process.
  const listener = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  const timeouts = { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs) };
  const server = createServer({ ...LIMITS, ...timeouts }, (incoming, outgoing) => {
    if (app.nodeRoute?.(incoming, outgoing) !== true) void listener(incoming, outgoing);
  });
  const quiet = limitConnections(server, { maxConnections, maxConnectionsPerAddress, exemptLoopback });
  let lingering = false;
  server.prependListener("request", (_, response) => {
    if (lingering) response.shouldKeepAlive = false;
  });
  server.maxHeadersCount = MAX_HEADERS;
  const boundPort = await listen(server, host, port);
  let closing: Promise<void> | undefined;
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const linger = async (lingerMs: number) => {
    lingering = true;
    stopListening(server);
    await Promise.race([closed, sleep(lingerMs, signal && { signal }).catch(() => undefined)]);
  };
  const close = ({ lingerMs = 0 }: { readonly lingerMs?: number } = {}) => {
    closing ??= (async () => {
      if (lingerMs > 0) await linger(lingerMs);
      await closeServer(server, { closed, quiet, timeoutMs: closeTimeoutMs });
      signal?.removeEventListener("abort", onAbort);
    })();
    return closing;
  };
  const onAbort = () => void close();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) await close();
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`, port: boundPort, close };
}
