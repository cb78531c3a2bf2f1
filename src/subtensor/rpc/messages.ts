import { z } from "zod";

/** What a node may say. */
export type Message =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: RpcProblem }
  | { readonly kind: "item"; readonly subscription: string; readonly result: unknown }
  /** JSON-RPC that concerns no request of ours. */
  | { readonly kind: "other" };

/** The error object of JSON-RPC. */
export type RpcProblem = z.infer<typeof problemSchema>;

const problemSchema = z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() });
const refusal = z.object({ id: z.union([z.number(), z.string(), z.null()]).optional(), error: problemSchema });
const answer = z.object({ id: z.number(), result: z.unknown() });
const item = z.object({
  method: z.string(),
  params: z.object({ subscription: z.union([z.string(), z.number()]), result: z.unknown() }),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A node's message, or null for what is no JSON-RPC at all.
 *
 * @example
 * parseMessage('{"jsonrpc":"2.0","id":1,"result":"0x00"}'); // { kind: "answer", id: 1, result: "0x00" }
 */
export function parseMessage(text: string): Message | null {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return null;
  if ("error" in value) {
    const { success, data } = refusal.safeParse(value);
    if (!success) return null;
    return typeof data.id === "number" ? { kind: "refusal", id: data.id, error: data.error } : { kind: "other" };
  }
  if ("id" in value && "result" in value) {
    const { success, data } = answer.safeParse(value);
    return success ? { kind: "answer", id: data.id, result: data.result } : null;
  }
  if (!("method" in value)) return null;
  const { success, data } = item.safeParse(value);
  // A subscription may be ended by the node with an error in place of a result; nobody of ours is told by one.
  return success
    ? { kind: "item", subscription: String(data.params.subscription), result: data.params.result }
    : { kind: "other" };
}

/** A request as JSON-RPC writes it. */
export function requestText(id: number, method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}
