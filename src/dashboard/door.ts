import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, errorText, type Logger, withTimeout } from "../core/index.ts";
import { AdminRequestError } from "./errors.ts";
import type { EventHub } from "./event-hub.ts";
import type { Feed } from "./feed.ts";
import type { Guard } from "./guard.ts";
import type { Login } from "./login.ts";
import type { Logs } from "./logs.ts";
import type { PageFile } from "./page-files.ts";
import { queryOf } from "./query.ts";
import { jsonReply, type Reply, SAFE_HEADERS, send } from "./reply.ts";
import type { HealthView, NodeKind, OverviewView, ReadyView } from "./views.ts";

/** A page of metrics: the telemetry room's is one. */
export type RenderMetrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

/** What is behind the door. */
export interface DoorModules {
  readonly guard: Guard;
  readonly login: Login;
  readonly hub: EventHub;
  readonly feeds: readonly Feed[];
  readonly logs: Logs | null;
  readonly metrics: RenderMetrics | null;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly overview: () => OverviewView;
  readonly ready: () => ReadyView;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_TARGET = 2_048;
/** Documents that are being made at once. */
const MAX_BUSY = 32;
const DEADLINE_MS = 10_000;

const PLURALS: Readonly<Record<string, NodeKind>> = { miners: "miner", validators: "validator", networks: "network" };
const refusal = (code: AdminRequestError["code"], problem: string, headers?: Readonly<Record<string, string>>) =>
  new AdminRequestError({ code, problem, ...(headers === undefined ? {} : { headers }) });
const nothing = () => refusal("NOT_FOUND", "there is nothing of this name");

/** Of a target as it came; nothing of it is believed to be a path of this machine. */
function parsedTarget(target: string): { path: string; search: URLSearchParams } {
  if (target.length > MAX_TARGET) throw refusal("BAD_REQUEST", `the address is longer than ${MAX_TARGET} characters`);
  const at = target.indexOf("?");
  const path = at < 0 ? target : target.slice(0, at);
  // What is known needs no other letters, so nothing is decoded.
  if (!/^\/[A-Za-z0-9._/-]*$/.test(path) || path.includes("..")) throw nothing();
  return { path, search: new URLSearchParams(at < 0 ? "" : target.slice(at + 1)) };
}

/**
 * Answers every request of an admin server, straight on Node's own request and response. GET and HEAD only, but for the login; what
 * is wrong is said as JSON with a status, and no failure of one document is another's.
 */
export function createDoor(modules: DoorModules): (incoming: IncomingMessage, outgoing: ServerResponse) => boolean {
  const { guard, login, hub, feeds, logs, metrics, page, overview, ready, clock, logger } = modules;
  const startedMs = clock.monotonicMs();
  let busy = 0;

  const read = async (path: string, search: URLSearchParams): Promise<unknown> => {
    const [, , room = "", id = "", ...rest] = path.split("/");
    hub.touch();
    if (path === "/api/overview") return overview();
    const query = queryOf(search);
    if (path === "/api/logs") return logs?.read(query);
    const kind = PLURALS[room];
    const feed = feeds.find(({ node }) => node.kind === kind && node.id === id);
    return feed?.read(rest, query);
  };
  const document = async (path: string, search: URLSearchParams): Promise<Reply> => {
    if (busy >= MAX_BUSY) throw refusal("OVERLOADED", "too much is being read", { "retry-after": "1" });
    busy += 1;
    try {
      const view = await withTimeout(() => read(path, search), { timeoutMs: DEADLINE_MS, what: "The document" });
      if (view === undefined || view === null) throw nothing();
      return jsonReply(200, view);
    } finally {
      busy -= 1;
    }
  };

  const events = (incoming: IncomingMessage, outgoing: ServerResponse, search: URLSearchParams) => {
    const header = incoming.headers["last-event-id"];
    const after = (typeof header === "string" ? header : search.get("after"))?.slice(0, 100) ?? null;
    if (incoming.method === "HEAD") return send(incoming, outgoing, { status: 200, body: "" });
    // The head is written when there is a place.
    let left: (() => void) | null = null;
    const sink = {
      get writableLength() {
        return outgoing.writableLength;
      },
      write(text: string) {
        if (!outgoing.headersSent) {
          outgoing.writeHead(200, {
            ...SAFE_HEADERS,
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
          });
        }
        return outgoing.write(text);
      },
      end: () => void outgoing.end(),
      destroy: () => void outgoing.destroy(),
    };
    left = hub.connect(sink, after === "" ? null : after);
    if (left === null) throw refusal("OVERLOADED", "too many are looking already", { "retry-after": "10" });
    outgoing.once("close", left);
  };

  const metricsPage = async (): Promise<Reply> => {
    if (metrics === null) throw nothing();
    const { contentType, text } = await withTimeout(metrics, { timeoutMs: DEADLINE_MS, what: "The metrics" });
    return { status: 200, headers: { "content-type": contentType, "cache-control": "no-store" }, body: text };
  };

  const readiness = (allowed: boolean): Reply => {
    const view = ready();
    return jsonReply(view.ready ? 200 : 503, allowed ? view : { ready: view.ready, reasons: [] });
  };

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<Reply | null> => {
    const method = incoming.method ?? "";
    const header = (name: string) => {
      const value = incoming.headers[name];
      return typeof value === "string" ? value : undefined;
    };
    const asked = { method, target: incoming.url ?? "", address: incoming.socket.remoteAddress ?? "", header };
    guard.checkOrigin(asked);
    const { path, search } = parsedTarget(incoming.url ?? "");
    if (path === "/login") {
      if (method === "POST") return login.take(incoming);
      if (method === "GET" || method === "HEAD") return login.page();
      throw refusal("METHOD_NOT_ALLOWED", "GET, HEAD and POST are", { allow: "GET, HEAD, POST" });
    }
    if (method !== "GET" && method !== "HEAD")
      throw refusal("METHOD_NOT_ALLOWED", "GET and HEAD are", { allow: "GET, HEAD", connection: "close" });
    // For whoever watches over processes and knows no token: no more than yes or no.
    if (path === "/healthz") {
      const uptimeSeconds = Math.round((clock.monotonicMs() - startedMs) / 1_000);
      return jsonReply(200, { status: "ok", uptimeSeconds } satisfies HealthView);
    }
    const allowed = guard.isAllowed(asked);
    if (path === "/readyz") return readiness(allowed);
    if (!allowed) {
      if (path === "/") return { status: 303, headers: { location: "/login", "cache-control": "no-store" }, body: "" };
      throw refusal("UNAUTHENTICATED", "it asks for the token: Authorization: Bearer TOKEN, or /login", {
        "www-authenticate": "Bearer",
      });
    }
    if (path === "/metrics") return metricsPage();
    if (path === "/api/events") {
      events(incoming, outgoing, search);
      return null;
    }
    if (path.startsWith("/api/")) return document(path, search);
    const file = page.get(path);
    if (file === undefined) throw nothing();
    const headers = { "content-type": file.contentType, "cache-control": "private, no-cache" };
    return { status: 200, headers, body: file.bytes, etag: file.etag };
  };

  const refuse = (error: unknown): Reply => {
    if (error instanceof AdminRequestError)
      return jsonReply(error.status, { error: error.code, message: error.shortMessage }, error.headers);
    logger.error("A document of the admin server failed", { error: errorText(error) });
    return jsonReply(500, { error: "INTERNAL_ERROR", message: "it failed; the node's log says why" });
  };

  return (incoming, outgoing) => {
    answer(incoming, outgoing)
      .catch(refuse)
      .then((reply) => {
        if (reply !== null) send(incoming, outgoing, reply);
      })
      .catch(() => outgoing.destroy());
    return true;
  };
}
