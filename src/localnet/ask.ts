import type { z } from "zod";
import { ChainRefusedError, ChainUnreachableError } from "../chain/index.ts";
import { errorText, InvalidArgumentError } from "../core/index.ts";
import { firstIssue } from "../schema.ts";
import { errorSchema } from "./remote-schemas.ts";

/** A served ledger to be asked. */
export interface Asked {
  /** `http://127.0.0.1:9944` */
  readonly endpoint: string;
  readonly timeoutMs: number;
}

/** Nobody, or somebody else, answers there. */
export function unreachable({ endpoint }: Asked, error: unknown): ChainUnreachableError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text = error instanceof SyntaxError ? "something answers there that is no ledger: not JSON" : errorText(cause);
  return new ChainUnreachableError({
    endpoint,
    problem: typeof error === "string" ? error : text,
    cause: error,
  });
}

/** What a ledger said, parsed; its refusals and complaints as the errors they were there. */
export function parseAnswer<T>(asked: Asked, schema: z.ZodType<T>, status: number, body: unknown): T {
  if (status === 200) {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const { field, problem } = firstIssue(parsed.error);
    throw unreachable(asked, `unexpected answer: ${field}: ${problem}`);
  }
  const refused = errorSchema.safeParse(body);
  if (!refused.success) throw unreachable(asked, `HTTP status ${status}`);
  const { message, refusal, values, argument, problem } = refused.data.error;
  if (refusal !== undefined) throw new ChainRefusedError({ refusal, values: values ?? {} });
  if (argument !== undefined && problem !== undefined) throw new InvalidArgumentError({ argument, problem });
  throw unreachable(asked, message);
}

/** Asks what needs no signature: a read, or a body as JSON. */
export async function ask<T>(
  asked: Asked,
  path: string,
  schema: z.ZodType<T>,
  { signal, body = null }: { readonly signal?: AbortSignal | undefined; readonly body?: string | null } = {},
): Promise<T> {
  const deadline = AbortSignal.timeout(asked.timeoutMs);
  let status: number;
  let answer: unknown;
  try {
    const response = await fetch(asked.endpoint + path, {
      ...(body === null ? {} : { method: "POST", body, headers: { "content-type": "application/json" } }),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      redirect: "error",
    });
    status = response.status;
    answer = await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(asked, error);
  }
  return parseAnswer(asked, schema, status, answer);
}
