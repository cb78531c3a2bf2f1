import { readClaim, signRequest } from "./btauth.ts";
import { cleanText, jsonOf } from "./texts.ts";
import type { WireFormat } from "./wire.ts";

const HEADERS = ["version", "hotkey", "nonce", "signature"].map((name) => `x-bittensor-${name}`);

const hasKey = <K extends string>(value: unknown, key: K): value is { readonly [_ in K]: unknown } =>
  typeof value === "object" && value !== null && key in value;

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
 * btauth.name; // "btauth/1"
 */
export const btauth: WireFormat = {
  name: "btauth/1",
  schemes: ["sr25519", "ed25519"],
  request: {
    recognises: (headers) => HEADERS.some((name) => headers.get(name) !== null),
    async write(parts, context) {
      const headers = await signRequest(parts, context);
      return { headers: { ...headers, "Content-Type": "application/json" }, body: parts.body };
    },
    claim: readClaim,
  },
  response: {
    write(reply) {
      const headers = { "content-type": "application/json" };
      if (reply.ok) return { status: 200, headers, body: JSON.stringify(reply.value) };
      const { status, code, message } = reply;
      return { status, headers, body: JSON.stringify({ error: { code, message } }) };
    },
    recognises({ body }) {
      const value = jsonOf(body);
      return hasKey(value, "error") && hasKey(value.error, "code") && typeof value.error.code === "string";
    },
    read({ status, body }) {
      const value = jsonOf(body);
      if (status === 200 && value === undefined)
        return { ok: false, reason: "invalid", message: "the answer is not JSON" };
      if (status === 200) return { ok: true, value };
      return { ok: false, reason: "refused", message: errorMessage(value) || `status ${status}` };
    },
  },
};
