import { checkHeaders, signRequest, verifyRequest } from "./btauth.ts";
import type { WireFormat } from "./wire.ts";

/** The words of a refusal, made safe to print: one line of printable characters, 200 at most. */
function cleanText(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, " ")
    .trim()
    .slice(0, 200);
}

function errorMessage(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const inner = "error" in value ? value.error : value;
  if (typeof inner === "string") return cleanText(inner);
  if (typeof inner !== "object" || inner === null) return "";
  return "message" in inner && typeof inner.message === "string" ? cleanText(inner.message) : "";
}

/**
 * btauth/1 as a wire format: the signature in headers, plain JSON bodies, refusals as `{"error": {"code", "message"}}`.
 *
 * @example
 * btauth.response.write({ ok: true, value: { a: 1 } }).body; // '{"a":1}'
 */
export const btauth: WireFormat = {
  name: "btauth/1",
  request: {
    async write(parts, context) {
      const headers = await signRequest(parts, context);
      return { headers: { ...headers, "Content-Type": "application/json" }, body: parts.body };
    },
    precheck(headers, context) {
      checkHeaders(headers, context);
    },
    read: verifyRequest,
  },
  response: {
    write(reply) {
      const headers = { "content-type": "application/json" };
      if (reply.ok) return { status: 200, headers, body: JSON.stringify(reply.value) };
      const { status, code, message } = reply;
      return { status, headers, body: JSON.stringify({ error: { code, message } }) };
    },
    read({ status, body }) {
      let value: unknown;
      try {
        value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
      } catch {
        if (status === 200) return { ok: false, reason: "invalid", message: "the answer is not JSON" };
      }
      if (status === 200) return { ok: true, value };
      return { ok: false, reason: "refused", message: errorMessage(value) || `status ${status}` };
    },
  },
};
