import { randomUUID } from "node:crypto";
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from "hono";
import { type Clock, errorText, SubnetError, systemClock, TimedOutError } from "../core/index.ts";
import type { Asked } from "./asked.ts";
import { btauth } from "./btauth-wire.ts";
import { REFUSALS, RequestRefusedError } from "./errors.ts";
import { type AuthenticatedEnv, askedOf } from "./middleware.ts";
import { PlainResponse } from "./plain-response.ts";
import { type Reply, type WireFormat, type WireFormats, wireOf } from "./wire.ts";

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Is told an error that is nobody's business but ours, and the id under which its caller was told of it. */
export type OnInternalError = (error: unknown, id: string) => void;

const TRY_AGAIN = { "retry-after": "1" };

function refusalOf(error: unknown, onInternalError: OnInternalError): Refusal {
  if (error instanceof RequestRefusedError) {
    return { status: error.status, code: error.code, message: error.shortMessage, headers: error.headers };
  }
  if (error instanceof SubnetError && "status" in error && typeof error.status === "number") {
    const headers = error.status === 503 ? TRY_AGAIN : {};
    return { status: error.status, code: error.code, message: error.shortMessage, headers };
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

/** A reply as it goes out. */
export interface WrittenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const NOTHING = new Uint8Array();

/** What is known of a request when it is answered. */
export interface Answered {
  readonly asked: Asked;
  readonly wire: WireFormat;
  /** When its headers were there, on the clock's monotonic side. */
  readonly startMs: number;
  /** Absent when it was not read. */
  readonly body?: Uint8Array | undefined;
}

/** A reply in the format of its request. */
export function writeReply(
  { asked, wire, startMs, body = NOTHING }: Answered,
  reply: Reply,
  { available = [] }: ReplyOptions,
  clock: Clock,
): WrittenReply {
  const { headers, target } = asked;
  const seconds = Math.round((clock.monotonicMs() - startMs) * 1_000) / 1_000_000;
  return wire.response.write(reply, { headers, target, body, seconds, available });
}

/** The refusal that an error is, and its code. */
export function writeRefusal(
  answered: Answered,
  error: unknown,
  options: ReplyOptions,
  { onInternalError, clock }: { readonly onInternalError: OnInternalError; readonly clock: Clock },
): { readonly outcome: string; readonly written: WrittenReply } {
  const { headers: more, ...refusal } = refusalOf(error, onInternalError);
  const { status, headers, body } = writeReply(answered, { ok: false, ...refusal }, options, clock);
  return { outcome: refusal.code, written: { status, headers: { ...headers, ...more }, body } };
}

const responseOf = ({ status, headers, body }: WrittenReply): Response => new PlainResponse(body, { status, headers });

/** A context's request, as far as it is known. */
function answeredIn(c: Context<AuthenticatedEnv>, wires: WireFormats, clock: Clock): Answered {
  const asked = askedOf(c);
  const wire = c.get("wire") ?? wireOf(wires, asked.headers);
  return { asked, wire, startMs: c.get("startMs") ?? clock.monotonicMs(), body: c.get("body") };
}

/**
 * An app's `onError`: errors with a `status` are answered with it, their code and their text; all others with 500 and an id,
 * under which `onInternalError` is told the error itself. Each in the format of its request.
 *
 * @example
 * app.onError(answerErrors({}, { onInternalError: (error, id) => logger.error("Failed", { id, error: errorText(error) }) }));
 * (await app.request("/fails")).status; // 500
 */
export function answerErrors(
  options: ReplyOptions,
  { onInternalError, clock = systemClock }: { readonly onInternalError: OnInternalError; readonly clock?: Clock },
): ErrorHandler<AuthenticatedEnv> {
  return (error, c) => {
    const answered = answeredIn(c, options.wires ?? [btauth], clock);
    const { outcome, written } = writeRefusal(answered, error, options, { onInternalError, clock });
    c.set("outcome", outcome);
    return responseOf(written);
  };
}

/**
 * An app's `notFound`: 404 in the same form as every other refusal.
 *
 * @example
 * app.notFound(answerNotFound());
 * (await app.request("/nothing")).status; // 404
 */
export function answerNotFound(options: ReplyOptions = {}): NotFoundHandler<AuthenticatedEnv> {
  const reply = { ok: false, status: 404, code: "NOT_FOUND", message: "there is nothing here" } as const;
  return (c) =>
    responseOf(writeReply(answeredIn(c, options.wires ?? [btauth], systemClock), reply, options, systemClock));
}

/**
 * Answers 405 with the methods that are there; stands after the routes that have them, and needs {@link answerErrors}.
 *
 * @example
 * app.all("/weights", onlyMethods("POST"));
 * (await app.request("/weights")).headers.get("allow"); // "POST"
 */
export function onlyMethods(...methods: readonly string[]): MiddlewareHandler<AuthenticatedEnv> {
  return async function refuseMethod() {
    const headers = { Allow: methods.join(", ") };
    throw new RequestRefusedError({ code: "METHOD_NOT_ALLOWED", problem: `use ${headers.Allow}`, headers });
  };
}
