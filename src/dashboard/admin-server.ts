import { type Clock, createClosers, type Logger, type Random, toHex } from "../core/index.ts";
import { PortUnavailableError, type RunningServer, serve } from "../protocol/index.ts";
import { createDoor, type RenderMetrics } from "./door.ts";
import { AdminRefusedError } from "./errors.ts";
import { createEventHub } from "./event-hub.ts";
import { type Feed, reason } from "./feed.ts";
import { createGuard, isLoopback } from "./guard.ts";
import { createGuesses } from "./guesses.ts";
import { createLogin } from "./login.ts";
import { createLogs, type LogSource } from "./logs.ts";
import { PAGE_FOLDER, readPageFiles } from "./page-files.ts";
import { assertToken, createKeeper } from "./token.ts";
import type { OverviewView, ReadyView } from "./views.ts";

/** Plain values of an admin server. */
export interface AdminServerOptions {
  /** Address to listen on; anything but loopback needs a token. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** How many ports after it are tried when it is taken; 0 (default) = none. */
  readonly sparePorts?: number;
  /** What callers must show; null = nothing. */
  readonly token: string | null;
  /** Names that requests may ask for beside loopback and `host`; they too need a token. */
  readonly allowHosts?: readonly string[];
  /** Of this package, to be shown. */
  readonly version: string;
  /** Folder of the page; default: the one of this package. */
  readonly pageFolder?: string;
  /** Clients of the event stream. Default 16. */
  readonly maxClients?: number;
}
/** Live things of an admin server. */
export interface AdminServerModules {
  readonly feeds: readonly Feed[];
  /** What `/metrics` answers; null = nothing is counted. */
  readonly metrics?: RenderMetrics | null | undefined;
  /** The newest lines of the log; null = none are shown. */
  readonly logs?: LogSource | null | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
/** The one address of a node for its operator. */
export interface AdminServer {
  readonly url: string;
  readonly port: number;
  /** From here on `/readyz` says no: the node is being stopped, and still answers what it has begun. */
  drain(): void;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 128;
const NEWS_MS = 250;
/** Beside the answers that end at once, only streams are open, and they are ended first. */
const CLOSE_MS = 1_000;

function assertGuarded({ host, token, allowHosts = [] }: AdminServerOptions): void {
  if (token !== null) {
    assertToken(token, "that was given");
    return;
  }
  const strange = [host, ...allowHosts].find((name) => !isLoopback(name));
  if (strange === undefined) return;
  throw new AdminRefusedError({
    problem: `${strange} is not this machine alone, and no token is asked for`,
    hint: "Give --admin.token_file, or stay on 127.0.0.1.",
  });
}

/** The port that was asked for, or the next one that is free. */
async function listen(port: number, spare: number, open: (port: number) => Promise<RunningServer>) {
  for (let at = port; ; at++) {
    try {
      return await open(at);
    } catch (error) {
      if (!(error instanceof PortUnavailableError) || at >= port + spare || port === 0) throw error;
    }
  }
}

/**
 * The admin server of a node: `/healthz`, `/readyz`, `/metrics`, `/api/...`, `/api/events` and the page, at one address. It reads
 * what its feeds know and writes nothing.
 *
 * @throws {AdminRefusedError} for an address that others reach, without a token.
 * @throws {PortUnavailableError} when the port and its spares are taken.
 * @example
 * const server = await openAdminServer({ host: "127.0.0.1", port: 0, token: null, version: "0.1.0" }, { feeds: [], clock, random, logger });
 * (await getAdmin({ url: server.url }, "/healthz")).body; // { status: "ok", uptimeSeconds: 0 }
 */
export async function openAdminServer(options: AdminServerOptions, modules: AdminServerModules): Promise<AdminServer> {
  assertGuarded(options);
  const { host, port, sparePorts = 0, token, allowHosts = [], version, maxClients } = options;
  const { feeds, metrics = null, clock, random, logger } = modules;
  const closers = createClosers({ timeoutMs: 2 * CLOSE_MS });
  const bootId = toHex(random.bytes(8));
  const startedAtMs = clock.nowMs();
  const limits = maxClients === undefined ? {} : { maxClients };
  const hub = createEventHub({ bootId, version, ...limits }, { clock });
  const keeper = token === null ? null : createKeeper(token, { clock });
  const guesses = createGuesses({ clock });
  const logs = modules.logs ? createLogs(modules.logs) : null;
  let draining = false;

  const ready = (): ReadyView => {
    const stopping = { node: "process", ...reason("STOPPING", "the node is being stopped") };
    const of = feeds.flatMap((feed) => feed.reasons().map((reason) => ({ node: feed.node.id, ...reason })));
    const reasons = draining ? [stopping, ...of] : of;
    return { ready: reasons.length === 0, reasons };
  };
  const overview = (): OverviewView => ({
    api: 1,
    version,
    bootId,
    startedAtMs,
    nowMs: clock.nowMs(),
    nodes: feeds.map(({ node }) => node),
    ready: ready().ready,
    lastEventId: hub.lastId,
  });
  const nodeRoute = createDoor({
    guard: createGuard({ host, allowHosts, keeper, guesses }),
    login: createLogin({ keeper, guesses }),
    page: await readPageFiles(options.pageFolder ?? PAGE_FOLDER),
    ...{ hub, feeds, logs, metrics, overview, ready, clock, logger },
  });
  const app = { nodeRoute, fetch: () => new Response(null, { status: 404 }) };
  const server = await listen(port, sparePorts, (at) =>
    serve(app, { host, port: at, maxConnections: MAX_CONNECTIONS, closeTimeoutMs: CLOSE_MS }),
  );
  closers.push("admin server", server.close);
  closers.push("event streams", () => hub.close());

  let said = JSON.stringify(ready());
  const news = setInterval(() => {
    const lines = logs?.news();
    if (lines) hub.publish("log", lines);
    const now = ready();
    const text = JSON.stringify(now);
    if (text !== said) hub.publish("ready", now);
    said = text;
  }, NEWS_MS);
  news.unref();
  closers.push("news", () => {
    clearInterval(news);
    logs?.stop();
  });
  for (const feed of feeds) {
    closers.push(feed.node.id, () => feed.stop());
    feed.start(hub);
  }
  return {
    url: server.url,
    port: server.port,
    drain() {
      draining = true;
    },
    close: closers.closeAll,
  };
}
