import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/index.ts";
import { EventRefusedError } from "./errors.ts";

/** Where headers are read. */
export interface HeaderLookup {
  get(name: string): string | null;
}

/** A scheme of signed webhooks as a value: how the header looks and what is signed. */
export interface SignatureScheme {
  readonly header: string;
  /** Null = the scheme signs no time, so a copy cannot be told from a second delivery. */
  readonly timestampHeader: string | null;
  readonly algorithm: "sha1" | "sha256";
  /** What stands before the hexadecimal digits. */
  readonly prefix: string;
}

/** Our own: `X-Signature: v1=HEX` over `TIMESTAMP.BODY`, with `X-Timestamp` in seconds since 1970. */
export const OWN_SCHEME: SignatureScheme = {
  header: "x-signature",
  timestampHeader: "x-timestamp",
  algorithm: "sha256",
  prefix: "v1=",
};

/** Checks webhooks, each once; see {@link createSignatureCheck}. */
export interface SignatureCheck {
  /** @throws {EventRefusedError} 401, or 409 for one that was taken before. */
  check(scheme: SignatureScheme, keyId: string, secret: string, headers: HeaderLookup, body: Uint8Array): () => void;
}

const refuse = (problem: string) => new EventRefusedError({ code: "UNAUTHENTICATED", problem });

/**
 * The signature of a body: what a sender puts into the header, in hex behind the scheme's prefix.
 *
 * @param timestamp seconds since 1970, signed too where the scheme has a header for it.
 * @example
 * signBody(OWN_SCHEME, "secret", "{}", 1_767_603_600);
 * // "v1=65bddcefa4a706066fbb2e6ba36254f64f0a0719859ec6c3a48d850f766c5d84"
 */
export function signBody(
  scheme: SignatureScheme,
  secret: string,
  body: string | Uint8Array,
  timestamp?: number,
): string {
  const hmac = createHmac(scheme.algorithm, secret);
  if (scheme.timestampHeader !== null) hmac.update(`${timestamp}.`);
  return scheme.prefix + hmac.update(body).digest("hex");
}

function same(a: string, b: string): boolean {
  // Hashes of equal length, so that the comparison takes no longer for one that is nearly right.
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Signatures remembered; beyond them requests are refused, for forgetting one would let it be sent again. */
const MAX_REMEMBERED = 200_000;

/**
 * Checks signatures of webhooks: the time within the tolerance, the body as it was signed, and none twice within that time.
 * After a restart an old one would pass again; the events in it are known by their ids then, and change nothing.
 */
export function createSignatureCheck(
  { toleranceSeconds = 300 }: { readonly toleranceSeconds?: number },
  { clock }: { readonly clock: Clock },
): SignatureCheck {
  const seen = new Map<string, number>();
  const forgetOld = () => {
    const nowMs = clock.nowMs();
    for (const [signature, untilMs] of seen) {
      if (untilMs > nowMs) return;
      seen.delete(signature);
    }
  };
  return {
    check(scheme, keyId, secret, headers, body) {
      const given = headers.get(scheme.header);
      if (given === null) throw refuse(`the header ${scheme.header} is missing`);
      let timestamp: number | undefined;
      if (scheme.timestampHeader !== null) {
        const text = headers.get(scheme.timestampHeader);
        if (text === null || !/^\d{1,12}$/.test(text)) {
          throw refuse(`the header ${scheme.timestampHeader} must hold seconds since 1970`);
        }
        timestamp = Number(text);
        if (Math.abs(timestamp * 1_000 - clock.nowMs()) > toleranceSeconds * 1_000) {
          throw refuse(`the header ${scheme.timestampHeader} is more than ${toleranceSeconds} s from this clock`);
        }
      }
      if (!same(given, signBody(scheme, secret, body, timestamp))) throw refuse("the signature does not fit the body");
      if (timestamp === undefined) return () => undefined;
      forgetOld();
      const name = `${keyId} ${given}`;
      if (seen.has(name)) {
        throw new EventRefusedError({ code: "WEBHOOK_REPLAYED", problem: "this webhook was taken before" });
      }
      if (seen.size >= MAX_REMEMBERED) {
        throw new EventRefusedError({ code: "OVERLOADED", problem: "too many webhooks", retryAfterSeconds: 1 });
      }
      seen.set(name, clock.nowMs() + 2 * toleranceSeconds * 1_000);
      // When its events could not be stored it may come again.
      return () => void seen.delete(name);
    },
  };
}
