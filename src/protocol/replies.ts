import { randomUUID } from "node:crypto";
import type { ErrorHandler, MiddlewareHandler, NotFoundHandler } from "hono";
import { errorText, SubnetError, TimedOutError } from "../core/index.ts";
import { btauth } from "./btauth-wire.ts";
import { REFUSALS, RequestRefusedError } from "./errors.ts";
import type { AuthenticatedEnv } from "./middleware.ts";
import type { WireFormat } from "./wire.ts";

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

/**
 * An app's `onError`: errors with a `status` are answered with it, their code and their text; all others with 500 and an id,
 * under which `onInternalError` is told the error itself.
 *
 * @example
 * app.onError(answerErrors({}, { onInternalError: (error, id) => logger.error("Failed", { id, error: errorText(error) }) }));
 */
export function answerErrors(
  { wire = btauth }: { readonly wire?: WireFormat },
  { onInternalError }: { readonly onInternalError: (error: unknown, id: string) => void },
): ErrorHandler<AuthenticatedEnv> {
  return (error, c) => {
    const { headers, ...refusal } = refusalOf(error, onInternalError);
    c.set("outcome", refusal.code);
    const reply = wire.response.write({ ok: false, ...refusal });
    return new Response(reply.body, { status: reply.status, headers: { ...reply.headers, ...headers } });
  };
}

/** An app's `notFound`: 404 in the same form as every other refusal. */
export function answerNotFound({
  wire = btauth,
}: {
  readonly wire?: WireFormat;
} = {}): NotFoundHandler<AuthenticatedEnv> {
  return () => {
    const reply = wire.response.write({ ok: false, status: 404, code: "NOT_FOUND", message: "there is nothing here" });
    return new Response(reply.body, { status: reply.status, headers: reply.headers });
  };
}

/** Answers 405 with the methods that are there. */
export function onlyMethods(...methods: readonly string[]): MiddlewareHandler<AuthenticatedEnv> {
  return async function refuseMethod() {
    const headers = { Allow: methods.join(", ") };
    throw new RequestRefusedError({ code: "METHOD_NOT_ALLOWED", problem: `use ${headers.Allow}`, headers });
  };
}
