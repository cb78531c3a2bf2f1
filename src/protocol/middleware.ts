import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import {
  type Clock,
  createAbortController,
  SubnetError,
  systemClock,
  withDeadline,
  withTimeout,
} from "../core/index.ts";
import { assertDeclaredLength, readBody } from "./body.ts";
import { btauth } from "./btauth-wire.ts";
import { RequestRefusedError } from "./errors.ts";
import { assertRetention } from "./freshness.ts";
import { nodeHeaders } from "./headers.ts";
import type { NonceStore } from "./nonce-store.ts";
import {
  type Caller,
  type CheckSignature,
  type HeaderReader,
  type WireFormat,
  type WireFormats,
  wireOf,
} from "./wire.ts";

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

/** The request's headers, by the shortest way. */
export function headersOf(c: Context<AuthenticatedEnv>): HeaderReader {
  const { incoming } = c.env ?? {};
  return incoming === undefined ? c.req.raw.headers : nodeHeaders(incoming);
}

/** Path and query as the client wrote them. The URL of a Request is normalised, and its text is not what was signed. */
export function requestTarget(c: Context<AuthenticatedEnv>): string {
  const raw = c.env?.incoming?.url;
  if (raw !== undefined) return raw;
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
}

const asError = (error: unknown, what: string): Error =>
  error instanceof Error ? error : new SubnetError(`${what} threw: ${error}.`, { code: "INTERNAL_ERROR" });

const gone = () => new RequestRefusedError({ code: "CLIENT_GONE", problem: "the caller went away" });

/** For work that declares no signal, should it look for one all the same. */
const NO_SIGNAL = createAbortController().signal;

/**
 * Runs what others wrote, under a deadline and until the caller goes away. It throws errors only: Hono passes anything else
 * that is thrown, an abort's text for one, straight through to Node.
 *
 * @param takesSignal false when the work does not look at its signal, which costs a tenth of a request: it gets one that is never aborted.
 */
export async function runGuarded<T>(
  c: Context<AuthenticatedEnv>,
  work: (signal: AbortSignal) => Promise<T> | T,
  {
    timeoutMs,
    what,
    takesSignal = true,
  }: { readonly timeoutMs: number; readonly what: string; readonly takesSignal?: boolean },
): Promise<T> {
  const { outgoing } = c.env ?? {};
  try {
    if (outgoing === undefined) return await withTimeout(work, { timeoutMs, what, signal: c.req.raw.signal });
    if (outgoing.destroyed) throw gone();
    // Node's own event: a signal, which the adaptor would make for it, costs as much as reading the question.
    const until = (interrupt: (reason: unknown) => void) => {
      const onClose = () => interrupt(gone());
      outgoing.once("close", onClose);
      return () => outgoing.off("close", onClose);
    };
    const bounds = { timeoutMs, what, until };
    return await (takesSignal ? withTimeout(work, bounds) : withDeadline(() => work(NO_SIGNAL), bounds));
  } catch (error) {
    if (outgoing === undefined && c.req.raw.signal.aborted) throw gone();
    throw asError(error, what);
  }
}

/** The same for work that takes no signal: when the caller goes away, whatever comes after it will find out. */
async function runBounded<T>(
  work: () => Promise<T> | T,
  { timeoutMs, what }: { readonly timeoutMs: number; readonly what: string },
): Promise<T> {
  try {
    return await withDeadline(work, { timeoutMs, what });
  } catch (error) {
    throw asError(error, what);
  }
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
 */
export function authenticated(
  {
    self,
    wires = [btauth],
    requireReceiver = true,
    bodyLimitBytes = 65_536,
    bodyTimeoutMs = 5_000,
  }: {
    readonly self: string;
    readonly wires?: WireFormats;
    readonly requireReceiver?: boolean;
    readonly bodyLimitBytes?: number;
    readonly bodyTimeoutMs?: number;
  },
  {
    nonceStore,
    clock = systemClock,
    checkSignature,
    screen,
  }: {
    readonly nonceStore: NonceStore;
    readonly clock?: Clock;
    readonly checkSignature?: CheckSignature | undefined;
    readonly screen?: Screen | undefined;
  },
): MiddlewareHandler<AuthenticatedEnv> {
  assertRetention(nonceStore);
  const context = { self, nonceStore, clock, requireReceiver, checkSignature };
  return async function authenticate(c, next) {
    const { method } = c.req.raw;
    const headers = headersOf(c);
    c.set("startMs", clock.monotonicMs());
    const wire = wireOf(wires, headers);
    c.set("wire", wire);
    assertDeclaredLength(headers, bodyLimitBytes);
    const claimed = wire.request.precheck(headers, context);
    if (screen !== undefined) {
      const permission = await runBounded(() => screen(claimed), { timeoutMs: bodyTimeoutMs, what: "The policy" });
      if (!permission.allowed) throw refusalOf(permission);
    }
    const body = await readBody(c.req.raw, { limitBytes: bodyLimitBytes, timeoutMs: bodyTimeoutMs, headers });
    const parts = { headers, method, target: requestTarget(c), body };
    const caller = await runBounded(() => wire.request.read(parts, context), {
      timeoutMs: bodyTimeoutMs,
      what: "Verifying the request",
    });
    c.set("caller", caller);
    c.set("body", body);
    await next();
  };
}

/** A caller's welcome. */
export type Permission =
  | { readonly allowed: true }
  /** With `retryAfterSeconds` it is 429, and the caller may come again; without it is 403. */
  | { readonly allowed: false; readonly reason: string; readonly retryAfterSeconds?: number };
/** Decides about a proven caller: is it registered, does it hold a permit. */
export type Authorize = (caller: Caller) => Permission | Promise<Permission>;
/**
 * Whether a hotkey could be welcome at all, before its signature is checked: a stranger then costs no signature and no body. It is
 * asked of a claim that anybody can make, so it must count and remember nothing.
 */
export type Screen = (hotkey: string) => Permission | Promise<Permission>;

function refusalOf({ reason: problem, retryAfterSeconds }: Permission & { allowed: false }): RequestRefusedError {
  if (retryAfterSeconds === undefined) return new RequestRefusedError({ code: "FORBIDDEN", problem });
  const headers = { "Retry-After": String(retryAfterSeconds) };
  return new RequestRefusedError({ code: "RATE_LIMITED", problem, headers });
}

/** Lets pass only callers that `authorize` allows; stands after {@link authenticated}. */
export function authorized(
  { timeoutMs = 5_000 }: { readonly timeoutMs?: number },
  { authorize }: { readonly authorize: Authorize },
): MiddlewareHandler<AuthenticatedEnv> {
  return async function checkPermission(c, next) {
    const permission = await runBounded(() => authorize(c.get("caller")), { timeoutMs, what: "The policy" });
    if (!permission.allowed) throw refusalOf(permission);
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

/** Calls `onRequest` after each request: for counters, histograms and logs. */
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
