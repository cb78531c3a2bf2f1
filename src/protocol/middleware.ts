import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { type Clock, systemClock } from "../core/index.ts";
import { type Asked, FetchAsked, NodeAsked } from "./asked.ts";
import { type AuthenticationModules, type AuthenticationOptions, createAuthentication } from "./authentication.ts";
import { btauth } from "./btauth-wire.ts";
import { runBounded } from "./guard.ts";
import { type Authorize, assertAllowed } from "./permission.ts";
import { type Caller, type WireFormat, type WireFormats, wireOf } from "./wire.ts";

/** What the middleware of this folder puts into a context: `c.get("caller")`, `c.get("body")`. */
export interface AuthenticatedEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    /** Who signed the request. */
    caller: Caller;
    /** The bytes that were signed. */
    body: Uint8Array;
    /** The format in which the request came, and in which it is answered. */
    wire: WireFormat;
    /** When its headers were there, on the clock's monotonic side. */
    startMs: number;
    /** Why the request was refused, for {@link reportRequests}. */
    outcome: string;
  };
}

/** A context's request, by the shortest way. */
export function askedOf(c: Context<AuthenticatedEnv>): Asked {
  const { incoming, outgoing } = c.env ?? {};
  if (incoming === undefined || outgoing === undefined) return new FetchAsked(c.req.raw);
  return new NodeAsked(incoming, outgoing, c.req.raw);
}

/**
 * Lets pass only requests that are small, whole in time, signed for us, fresh and new; then `c.get("caller")` is proven and
 * `c.get("body")` holds the bytes. The headers are judged before the body is read. They also choose the format, before any work.
 *
 * @param wires the formats spoken here; btauth/1 by default.
 * @param bodyLimitBytes 64 KiB by default; a larger body is 413, declared or chunked.
 * @param bodyTimeoutMs how long the body may take to arrive (408), and the nonce store to answer (504).
 * @throws {InvalidArgumentError} at once, when the store forgets sooner than a request goes stale.
 * @example
 * app.post("/weights", authenticated({ self: address }, { nonceStore }), (c) => c.json({ by: c.get("caller").hotkey }));
 * (await app.request("/weights", { method: "POST" })).status; // 401
 */
export function authenticated(
  { wires = [btauth], ...options }: AuthenticationOptions & { readonly wires?: WireFormats },
  modules: AuthenticationModules,
): MiddlewareHandler<AuthenticatedEnv> {
  const authenticate = createAuthentication(options, modules);
  const { clock = systemClock } = modules;
  return async function authenticateCaller(c, next) {
    c.set("startMs", clock.monotonicMs());
    const asked = askedOf(c);
    const wire = wireOf(wires, asked.headers);
    c.set("wire", wire);
    const { caller, body } = await authenticate(asked, wire);
    c.set("caller", caller);
    c.set("body", body);
    await next();
  };
}

/**
 * Lets pass only callers that `authorize` allows; stands after {@link authenticated}.
 *
 * @param timeoutMs how long the decision may take (504); 5 s by default.
 * @returns a middleware that refuses with 403, or 429 where the caller may come again.
 * @example
 * app.use("/weights", authorized({}, { authorize: () => ({ allowed: false, reason: "not registered" }) }));
 * (await app.request("/weights", { headers })).status; // 403
 */
export function authorized(
  { timeoutMs = 5_000 }: { readonly timeoutMs?: number },
  { authorize }: { readonly authorize: Authorize },
): MiddlewareHandler<AuthenticatedEnv> {
  return async function checkPermission(c, next) {
    assertAllowed(await runBounded(() => authorize(c.get("caller")), { timeoutMs, what: "The policy" }));
    await next();
  };
}

/** One request, when it is over. */
export interface RequestReport {
  readonly method: string;
  /** One of the routes given, else `"other"`: never the caller's own text. */
  readonly route: string;
  readonly status: number;
  /** `"OK"`, or the code of the refusal. */
  readonly outcome: string;
  readonly durationMs: number;
  /** Name of the format in which it was signed; undefined where none is asked for. */
  readonly wire: string | undefined;
  /** Known once the signature held. */
  readonly hotkey: string | undefined;
}

/**
 * Calls `onRequest` after each request: for counters, histograms and logs. Times are in milliseconds; a path that is none of `routes` is
 * told as "other".
 *
 * @example
 * app.use(reportRequests({ routes: ["/weights"] }, { onRequest: ({ route, outcome }) => seen.push([route, outcome]) }));
 * await app.request("/nothing");
 * seen; // [["other", "404"]]
 */
export function reportRequests(
  { routes }: { readonly routes: readonly string[] },
  {
    onRequest,
    clock = systemClock,
  }: { readonly onRequest: (report: RequestReport) => void; readonly clock?: Clock | undefined },
): MiddlewareHandler<AuthenticatedEnv> {
  return async function report(c, next) {
    const startMs = clock.monotonicMs();
    await next();
    const { status } = c.res;
    const outcome = c.get("outcome") ?? (status < 400 ? "OK" : String(status));
    const durationMs = clock.monotonicMs() - startMs;
    const route = routes.includes(c.req.path) ? c.req.path : "other";
    const [wire, hotkey] = [c.get("wire")?.name, c.get("caller")?.hotkey];
    onRequest({ method: c.req.method, route, status, outcome, durationMs, wire, hotkey });
  };
}
