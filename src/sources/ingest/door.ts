import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type Clock, errorText, type Logger } from "../../core/index.ts";
import { type AdapterOptions, adapterNamed } from "../adapters/index.ts";
import { type Buckets, createBuckets } from "./bucket.ts";
import { EventRefusedError, INGEST_REFUSALS } from "./errors.ts";
import { EVENT_LIMITS, type IngestEvent, parseEvent } from "./events.ts";
import type { KeyStore } from "./key-store.ts";
import { type ApiKey, holdsSecret, readKey, type Scope } from "./keys.ts";
import type { EventResult, Live } from "./live.ts";
import { createSignatureCheck, type HeaderLookup, OWN_SCHEME } from "./signatures.ts";

/** Settings of the door for events; all have defaults. */
export interface EventsDoorOptions {
  /** Events a second of one key. Default 2,000. */
  readonly perSecond?: number;
  /** Events of one key at once. Default 4,000. */
  readonly burst?: number;
  /** How far a webhook's time may be from ours, and how long it is remembered. Default 300. */
  readonly toleranceSeconds?: number;
  /** How long a body may take to come. Default 5,000. */
  readonly bodyTimeoutMs?: number;
  readonly adapters?: AdapterOptions;
}
/** Something to read at the same door, which another room brings. */
export interface ReadRoute {
  /** Its groups are handed to `read`. */
  readonly path: RegExp;
  /** What a key needs for it. */
  readonly scope: Scope;
  /** JSON as it goes out, or why there is none. */
  read(parts: readonly string[]): Promise<{ readonly found: object } | { readonly missing: string }>;
}
/** Live things of the door. */
export interface EventsDoorModules {
  readonly live: Pick<Live, "accept">;
  readonly keys: Pick<KeyStore, "find">;
  /** What may be read here. */
  readonly reads?: readonly ReadRoute[];
  /** Whether events can be taken now: `/health` answers 503 while they cannot. Default: always. */
  readonly ready?: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request, whatever server has it. */
export interface EventsRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: HeaderLookup;
  /** @throws {EventRefusedError} 413 or 408. */
  readBody(limits: { readonly limitBytes: number; readonly timeoutMs: number }): Promise<Uint8Array>;
}
/** A reply, as it goes out. */
export interface EventsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** Answers requests, and never rejects. */
export type EventsDoor = (request: EventsRequest) => Promise<EventsReply>;

const LIMITS = { event: 262_144, batch: 2_097_152, webhook: 1_048_576 } as const;
const WEBHOOK = /^\/v1\/webhooks\/([a-z]+)(?:\/([A-Za-z0-9_-]+))?$/;
const JSON_TYPE = { "content-type": "application/json" } as const;
const reply = (status: number, value: object, headers: Readonly<Record<string, string>> = {}): EventsReply => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(value),
});
const bad = (problem: string, field: string | null = null) =>
  new EventRefusedError({ code: "BAD_EVENT", problem, field });

function jsonOf(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw bad("the body is not UTF-8");
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    throw bad("the body is not JSON");
  }
}

function eventsIn(value: unknown): readonly unknown[] {
  const list = typeof value === "object" && value !== null && "events" in value ? value.events : undefined;
  if (!Array.isArray(list)) throw bad("events: must be a list", "events");
  if (list.length === 0 || list.length > EVENT_LIMITS.batch) {
    throw bad(`events: must hold 1 to ${EVENT_LIMITS.batch} events`, "events");
  }
  return list;
}

const errorBody = ({ code, shortMessage, field }: EventRefusedError) => ({
  error: { code, message: shortMessage, ...(field !== null && { field }) },
});
const resultBody = (id: string | null, result: EventResult) =>
  result.status === "refused" ? { id, status: "refused", ...errorBody(result.error) } : { id, status: result.status };

/** An event, or why it is none, with the id that it gave itself. */
function parsed(
  value: unknown,
  i: number,
): { id: string | null; event: IngestEvent } | { id: string | null; error: EventRefusedError } {
  const named = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  const id = typeof named === "string" ? named.slice(0, EVENT_LIMITS.idLength) : null;
  try {
    return { id, event: parseEvent(value) };
  } catch (error) {
    if (!(error instanceof EventRefusedError)) throw error;
    const { code, shortMessage, field } = error;
    return { id, error: new EventRefusedError({ code, problem: shortMessage, field: `events.${i}.${field}` }) };
  }
}

/**
 * The door for events as a function of a request: `POST /v1/events`, `/v1/events/batch`, `/v1/webhooks/PLATFORM/KEY` and
 * `GET /health`, and what other rooms let be read. Who asks is looked at before a byte of the body is read, but for a signed body, which is its own proof.
 * Conversations' texts are in no reply, error or log line.
 *
 * @example
 * const door = createEventsDoor({}, { live, keys, clock, logger });
 * (await door({ method: "GET", target: "/health", headers: new Headers(), readBody })).status; // 200
 */
export function createEventsDoor(options: EventsDoorOptions, modules: EventsDoorModules): EventsDoor {
  const { perSecond = 2_000, burst = 4_000, toleranceSeconds = 300, bodyTimeoutMs = 5_000, adapters = {} } = options;
  const { live, keys, reads = [], ready = () => true, clock, logger } = modules;
  const buckets: Buckets = createBuckets({ perSecond, burst }, { clock });
  const signatures = createSignatureCheck({ toleranceSeconds }, { clock });

  const unauthenticated = (problem: string) =>
    new EventRefusedError({ code: "UNAUTHENTICATED", problem, headers: { "www-authenticate": "Bearer" } });
  const permitted = (key: ApiKey, scope: Scope): ApiKey => {
    if (key.scopes.includes(scope)) return key;
    throw new EventRefusedError({ code: "FORBIDDEN", problem: `this key lacks the scope ${scope}` });
  };
  /** A key's text in a header or an address: null when it is none that opens anything. */
  const keyOf = (text: string): ApiKey | null => {
    const read = readKey(text);
    if (read === null) return null;
    const key = keys.find(read.id);
    return holdsSecret(key, read.secret) && key !== undefined ? key : null;
  };
  const bearer = (headers: HeaderLookup): ApiKey | null => {
    const given = headers.get("authorization");
    if (given === null) return null;
    const key = keyOf(/^Bearer +(\S+)$/i.exec(given)?.[1] ?? "");
    if (key === null) throw unauthenticated("this key opens nothing");
    return key;
  };
  const charge = (key: ApiKey, amount: number) => {
    const waitSeconds = amount === 0 ? 0 : buckets.take(key.id, amount);
    if (waitSeconds === 0) return;
    const problem = "too many events of this key";
    throw new EventRefusedError({ code: "RATE_LIMITED", problem, retryAfterSeconds: waitSeconds });
  };
  const bodyOf = (request: EventsRequest, limitBytes: number) =>
    request.readBody({ limitBytes, timeoutMs: bodyTimeoutMs });

  /** Who asks, and the body: by key, or by signature with the id of a key. */
  const authenticated = async (
    request: EventsRequest,
    limitBytes: number,
    work: (key: ApiKey, value: unknown) => Promise<EventsReply>,
  ): Promise<EventsReply> => {
    const key = bearer(request.headers);
    if (key !== null) {
      // It stands in an address, which others may have seen.
      if (key.adapter !== null) throw unauthenticated("this key is for the webhooks of its platform alone");
      charge(permitted(key, "events:write"), 1);
      return work(key, jsonOf(await bodyOf(request, limitBytes)));
    }
    const signer = keys.find(request.headers.get("x-key-id") ?? "");
    if (signer === undefined || signer.signingSecret === null || signer.adapter !== null) {
      throw unauthenticated("an API key is needed, or the id of one and a signature");
    }
    const { id, signingSecret } = signer;
    permitted(signer, "events:write");
    const body = await bodyOf(request, limitBytes);
    const forget = signatures.check(OWN_SCHEME, id, signingSecret, request.headers, body);
    try {
      charge(signer, 1);
      return await work(signer, jsonOf(body));
    } catch (error) {
      forget();
      throw error;
    }
  };

  const takeOne = async (key: ApiKey, value: unknown): Promise<EventsReply> => {
    const event = parseEvent(value);
    const [result] = await live.accept(key.source, [event]);
    if (result === undefined) throw new Error("an event has no result");
    if (result.status === "refused") throw result.error;
    return reply(result.status === "accepted" ? 202 : 200, resultBody(event.id, result));
  };
  const takeMany = async (key: ApiKey, value: unknown): Promise<EventsReply> => {
    const entries = eventsIn(value).map(parsed);
    // What was taken before the body goes back: a batch above the burst passes when the bucket is full.
    charge(key, -1);
    charge(key, entries.length);
    const stored = (
      await live.accept(
        key.source,
        entries.flatMap((e) => ("event" in e ? [e.event] : [])),
      )
    ).values();
    const results = entries.map((entry): EventResult => {
      if ("error" in entry) return { status: "refused", error: entry.error };
      const { value: result } = stored.next();
      return result ?? { status: "refused", error: bad("it was not stored") };
    });
    const status = results.some(({ status: s }) => s === "refused") ? 207 : 202;
    return reply(status, { results: results.map((result, i) => resultBody(entries[i]?.id ?? null, result)) });
  };

  /** A platform's webhook. What it says of things that are not ours is answered with success, or it would be sent for ever. */
  const takeWebhook = async (request: EventsRequest, name: string, keyText: string): Promise<EventsReply> => {
    const adapter = adapterNamed(name);
    if (adapter === undefined) throw new EventRefusedError({ code: "NOT_FOUND", problem: "there is nothing here" });
    const proven = keyText === "" ? bearer(request.headers) : keyOf(keyText);
    const key = proven ?? keys.find(keyText);
    if (key?.adapter !== adapter.name) throw unauthenticated("this key opens nothing here");
    permitted(key, "events:write");
    if (proven === null && (adapter.signature === null || key.signingSecret === null)) {
      throw unauthenticated("this platform signs nothing: the key itself is needed");
    }
    const body = await bodyOf(request, LIMITS.webhook);
    const forget =
      proven === null && adapter.signature !== null && key.signingSecret !== null
        ? signatures.check(adapter.signature, key.id, key.signingSecret, request.headers, body)
        : () => undefined;
    try {
      // The platform is named wherever the event is, as where a truth came from; and two platforms may count alike.
      const told = adapter.events(jsonOf(body), adapters);
      const events = told.map((event) => ({ ...event, id: `${adapter.name}:${event.id}` }));
      charge(key, Math.max(1, events.length));
      const results = await live.accept(key.source, events);
      return reply(200, { results: results.map((result, i) => resultBody(events[i]?.id ?? null, result)) });
    } catch (error) {
      forget();
      throw error;
    }
  };

  interface Route {
    readonly method: string;
    run(request: EventsRequest): Promise<EventsReply>;
  }
  const routes = new Map<string, Route>([
    ["/v1/events", { method: "POST", run: (request) => authenticated(request, LIMITS.event, takeOne) }],
    ["/v1/events/batch", { method: "POST", run: (request) => authenticated(request, LIMITS.batch, takeMany) }],
    [
      "/health",
      {
        method: "GET",
        run: async () => (ready() ? reply(200, { status: "ok" }) : reply(503, { status: "unavailable" })),
      },
    ],
  ]);
  const webhookRoute = (path: string): Route | undefined => {
    const [, platform, keyText = ""] = WEBHOOK.exec(path) ?? [];
    if (platform === undefined) return undefined;
    return { method: "POST", run: (request) => takeWebhook(request, platform, keyText) };
  };
  const readRoute = (path: string): Route | undefined => {
    for (const { path: pattern, scope, read } of reads) {
      const parts = pattern.exec(path)?.slice(1);
      if (parts === undefined) continue;
      const run = async ({ headers }: EventsRequest): Promise<EventsReply> => {
        const key = bearer(headers);
        if (key === null) throw unauthenticated("an API key is needed");
        charge(permitted(key, scope), 1);
        const answer = await read(parts);
        if ("found" in answer) return reply(200, answer.found);
        throw new EventRefusedError({ code: "NOT_FOUND", problem: answer.missing });
      };
      return { method: "GET", run };
    }
    return undefined;
  };
  const run = (request: EventsRequest): Promise<EventsReply> => {
    const { method, target } = request;
    const query = target.indexOf("?");
    const path = query === -1 ? target : target.slice(0, query);
    const route = routes.get(path) ?? webhookRoute(path) ?? readRoute(path);
    if (route === undefined) throw new EventRefusedError({ code: "NOT_FOUND", problem: "there is nothing here" });
    if (route.method === method) return route.run(request);
    const headers = { allow: route.method };
    throw new EventRefusedError({ code: "METHOD_NOT_ALLOWED", problem: `use ${route.method}`, headers });
  };

  return async (request) => {
    try {
      return await run(request);
    } catch (error) {
      if (error instanceof EventRefusedError) return reply(error.status, errorBody(error), error.headers);
      const id = randomUUID();
      logger.error("An event could not be taken", { id, error: errorText(error) });
      const internal = { error: { code: "INTERNAL_ERROR", message: `internal error ${id}` } };
      return reply(INGEST_REFUSALS.INTERNAL_ERROR, internal);
    }
  };
}
