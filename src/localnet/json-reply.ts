import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { ChainRefusedError } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";
import { RequestRefusedError } from "../protocol/index.ts";
import { firstIssue } from "../schema.ts";
import { toJson } from "./calls.ts";

export const jsonReply = (value: unknown, status = 200): Response =>
  new Response(toJson(value), { status, headers: { "content-type": "application/json" } });

/** A refusal or a bad argument as an answer; any other error goes on. */
export function refusalReply(error: unknown): Response {
  if (error instanceof ChainRefusedError) {
    const { refusal, values, shortMessage } = error;
    return jsonReply({ error: { code: "CHAIN_REFUSED", message: shortMessage, refusal, values } }, 409);
  }
  if (error instanceof InvalidArgumentError) {
    const { code, shortMessage: message, argument } = error;
    const problem = message.slice(argument.length + 1).replace(/\.$/, "");
    return jsonReply({ error: { code, message, argument, problem } }, 400);
  }
  throw error;
}

/** What the work gives, or its refusal. */
export async function replyOf(work: () => unknown): Promise<Response> {
  try {
    return jsonReply(await work());
  } catch (error) {
    return refusalReply(error);
  }
}

/** What a body holds, or what is said to a body that holds something else. */
export function bodyOf<T>(body: Uint8Array, schema: z.ZodType<T>): T | Response {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return jsonReply({ error: { code: "BAD_REQUEST", message: "the body is not JSON" } }, 400);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  const message = `${field}: ${problem}`;
  return jsonReply(
    { error: { code: "BAD_REQUEST", message, argument: field, problem: `is refused: ${problem}` } },
    400,
  );
}

/** Refuses a larger body, declared or chunked, with 413. */
export function bodyAtMost(limitBytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: limitBytes,
    onError() {
      throw new RequestRefusedError({
        code: "BODY_TOO_LARGE",
        problem: `the body is larger than ${limitBytes} bytes`,
      });
    },
  });
}
