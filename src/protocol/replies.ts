import { randomUUID } from "node:crypto";
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from "hono";
import { type Clock, errorText, SubnetError, systemClock, TimedOutError } from "../core/index.ts";
import { btauth } from "./btauth-wire.ts";
import { REFUSALS, RequestRefusedError } from "./errors.ts";
import { type AuthenticatedEnv, headersOf, requestTarget } from "./middleware.ts";
import { PlainResponse } from "./plain-response.ts";
import { type Reply, type WireFormats, wireOf } from "./wire.ts";

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

function refusalOf(error: unknown, onInternalError: (error: unknown, id: string) => void): Refusal {
  if (error instanceof RequestRefusedError) {
    return { status: error.status, code: error.code, message: error.shortMessage, headers: error.headers };
  }
  if (error instanceof SubnetError && "status" in error && typeof error.status === "number") {
    return { status: error.status, code: error.code, message: error.shortMessage, headers: {} };
  }
  if (error instanceof TimedOutError) {
    return { status: REFUSALS.ANSWER_TIMEOUT, code: "ANSWER_TIMEOUT", message: errorText(error), headers: {} };
  }
  const id = randomUUID();
  onInternalError(error, id);
  const message = `internal error ${id}`;
  return { status: REFUSALS.INTERNAL_ERROR, code: "INTERNAL_ERROR", message, headers: {} };
}

/** How replies are written: the formats spoken, and what may be asked. */
export interface ReplyOptions {
  /** Default btauth/1. */
  readonly wires?: WireFormats;
  /** Names, for callers of formats that list them. */
  readonly available?: readonly string[];
}

const NOTHING = new Uint8Array();

/** A reply in the format of its request. */
export function writeReply(
  c: Context<AuthenticatedEnv>,
  reply: Reply,
  { wires = [btauth], available = [] }: ReplyOptions,
  clock: Clock,
  more: Readonly<Record<string, string>> = {},
): Response {
  const asked = headersOf(c);
  const wire = c.get("wire") ?? wireOf(wires, asked);
  const nowMs = clock.monotonicMs();
  const seconds = Math.round((nowMs - (c.get("startMs") ?? nowMs)) * 1_000) / 1_000_000;
  const request = { headers: asked, target: requestTarget(c), body: c.get("body") ?? NOTHING, seconds, available };
  const { status, headers, body } = wire.response.write(reply, request);
  return new PlainResponse(body, { status, headers: { ...headers, ...more } });
}

/**
 * An app's `onError`: errors with a `status` are answered with it, their code and their text; all others with 500 and an id,
 * under which `onInternalError` is told the error itself. Each in the format of its request.
 *
 * @example
 * app.onError(answerErrors({}, { onInternalError: (error, id) => logger.error("Failed", { id, error: errorText(error) }) }));
 */
export function answerErrors(
  options: ReplyOptions,
  {
    onInternalError,
    clock = systemClock,
  }: { readonly onInternalError: (error: unknown, id: string) => void; readonly clock?: Clock },
): ErrorHandler<AuthenticatedEnv> {
  return (error, c) => {
    const { headers, ...refusal } = refusalOf(error, onInternalError);
    c.set("outcome", refusal.code);
    return writeReply(c, { ok: false, ...refusal }, options, clock, headers);
  };
}

/** An app's `notFound`: 404 in the same form as every other refusal. */
export function answerNotFound(options: ReplyOptions = {}): NotFoundHandler<AuthenticatedEnv> {
  const reply = { ok: false, status: 404, code: "NOT_FOUND", message: "there is nothing here" } as const;
  return (c) => writeReply(c, reply, options, systemClock);
}

/** Answers 405 with the methods that are there. */
export function onlyMethods(...methods: readonly string[]): MiddlewareHandler<AuthenticatedEnv> {
  return async function refuseMethod() {
    const headers = { Allow: methods.join(", ") };
    throw new RequestRefusedError({ code: "METHOD_NOT_ALLOWED", problem: `use ${headers.Allow}`, headers });
  };
}
