import { hash } from "node:crypto";
import { andThen, type Clock, systemClock, toHex, utf8 } from "../core/index.ts";
import type { Scheme, Signer } from "../wallet/index.ts";
import { MalformedAuthError, WrongReceiverError } from "./errors.ts";
import { assertFresh } from "./freshness.ts";
import { type HeaderSource, headerReader } from "./headers.ts";
import { nextNonce } from "./nonce.ts";
import type { NonceStore } from "./nonce-store.ts";
import { assertNew, assertSignature, malformed } from "./proof.ts";
import type { Caller, CheckSignature, Claim, HeaderReader, ReceiverContext, RequestParts } from "./wire.ts";

const SCHEMES: Readonly<Record<string, Scheme>> = {
  sr25519: "sr25519",
  "1": "sr25519",
  ed25519: "ed25519",
  "0": "ed25519",
};

/**
 * The text that is signed in btauth/1: eight lines, no newline at the end.
 *
 * @param scheme its canonical name, whatever the header says.
 * @param receiver null for a request that is bound to nobody.
 * @example
 * const parts = { scheme: "sr25519", method: "GET", target: "/", body: new Uint8Array(), nonce: 1n, sender, receiver: null } as const;
 * new TextDecoder().decode(signingPayload(parts)).split("\n").slice(0, 4); // ["btauth/1", "sr25519", "GET", "/"]
 */
export function signingPayload({
  scheme,
  method,
  target,
  body,
  nonce,
  sender,
  receiver,
}: RequestParts & {
  readonly scheme: Scheme;
  readonly nonce: bigint;
  readonly sender: string;
  readonly receiver: string | null;
}): Uint8Array {
  const head = `btauth/1\n${scheme}\n${method.toUpperCase()}\n${target}`;
  return utf8(`${head}\n${hash("sha256", body)}\n${nonce}\n${sender}\n${receiver ?? "-"}`);
}

/**
 * The headers of a signed request (btauth/1). Sign again for every attempt: a nonce is accepted once.
 *
 * @param receiver the other side's SS58 address; null leaves the request unbound.
 * @param nonce nanoseconds since 1970; by default the clock's time, unique and increasing.
 * @example
 * await signRequest({ method: "POST", target: "/x", body }, { signer, receiver: null }); // { "X-Bittensor-Version": "1", ... }
 */
export async function signRequest(
  { method, target, body }: RequestParts,
  {
    signer,
    receiver,
    clock = systemClock,
    nonce = nextNonce(clock),
  }: { readonly signer: Signer; readonly receiver: string | null; readonly clock?: Clock; readonly nonce?: bigint },
): Promise<Record<string, string>> {
  const { address: sender, scheme } = signer;
  const signature = await signer.sign(signingPayload({ scheme, method, target, body, nonce, sender, receiver }));
  return {
    "X-Bittensor-Version": "1",
    "X-Bittensor-Hotkey": sender,
    ...(receiver === null ? {} : { "X-Bittensor-Receiver": receiver }),
    "X-Bittensor-Nonce": String(nonce),
    ...(scheme === "sr25519" ? {} : { "X-Bittensor-Crypto": scheme }),
    "X-Bittensor-Signature": `0x${toHex(signature)}`,
  };
}

interface BtauthClaim extends Caller {
  readonly receiver: string | null;
  readonly signature: Uint8Array;
}

/** Like Python's `bytes.fromhex`: no prefix needed, any case, spaces between bytes. */
function parseSignature(text: string): Uint8Array {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (/^[0-9a-fA-F]{128}$/.test(digits)) return Buffer.from(digits, "hex");
  if (!/^\s*(?:[0-9a-fA-F]{2}\s*)*$/.test(digits)) {
    throw new MalformedAuthError({ problem: "X-Bittensor-Signature is not hex" });
  }
  return new Uint8Array(Buffer.from(digits.replace(/\s/g, ""), "hex"));
}

function required(headers: HeaderReader, name: string): string {
  const value = headers.get(name.toLowerCase());
  if (!value) throw new MalformedAuthError({ problem: `missing ${name}` });
  return value;
}

/** Steps 1 to 7, for which the headers are enough. */
function checkHeaders(
  headers: HeaderReader,
  { self, clock, requireReceiver }: { readonly self: string; readonly clock: Clock; readonly requireReceiver: boolean },
): BtauthClaim {
  if (headers.get("x-bittensor-version") !== "1") {
    throw new MalformedAuthError({ problem: "missing or unsupported X-Bittensor-Version (expected '1')" });
  }
  const hotkey = required(headers, "X-Bittensor-Hotkey");
  const nonceText = required(headers, "X-Bittensor-Nonce");
  if (!/^[0-9]{1,20}$/.test(nonceText)) {
    throw new MalformedAuthError({ problem: "X-Bittensor-Nonce is not a decimal integer" });
  }
  const nonce = BigInt(nonceText);
  const cryptoName = (headers.get("x-bittensor-crypto") ?? "sr25519").toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, cryptoName) ? SCHEMES[cryptoName] : undefined;
  if (!scheme) throw new MalformedAuthError({ problem: "unsupported X-Bittensor-Crypto" });
  const signature = parseSignature(required(headers, "X-Bittensor-Signature"));
  const receiver = headers.get("x-bittensor-receiver") || null;
  if (receiver === null && requireReceiver) {
    const problem = "missing X-Bittensor-Receiver: this server requires receiver-bound requests";
    throw new WrongReceiverError({ problem });
  }
  if (receiver !== null && receiver !== self) {
    throw new WrongReceiverError({ problem: "request was signed for a different receiving hotkey" });
  }
  assertFresh(nonce, clock);
  // So that no byte of a body is waited for in its name.
  if (signature.length !== 64) throw malformed();
  return { hotkey, nonce, scheme, receiver, signature };
}

/** What a request claims in its headers, and its proof. */
export function readClaim(headers: HeaderReader, context: ReceiverContext): Claim {
  const claim = checkHeaders(headers, context);
  const { hotkey: sender, nonce, scheme, receiver } = claim;
  const { nonceStore, checkSignature, clock } = context;
  return {
    hotkey: sender,
    prove({ method, target, body }) {
      const message = signingPayload({ scheme, method, target, body, nonce, sender, receiver });
      return andThen(assertSignature(claim, message, checkSignature), () =>
        andThen(assertNew(nonceStore, sender, nonce, clock), () => ({ hotkey: sender, nonce, scheme })),
      );
    },
  };
}

/**
 * Who signed a request (btauth/1), or an error with `status` 401 and a text that is safe to return. The checks run in the order
 * of the specification; the nonce is remembered only after the signature held. Whether a proven caller is welcome is another
 * question, whose answer is 403.
 *
 * @param headers the platform's `Headers`, or the plain object of `node:http`, Express or Fastify.
 * @param target path and query exactly as on the wire: `request.url` of `node:http`, `req.originalUrl` of Express.
 * @param body the bytes as they came, before any parsing.
 * @throws {MalformedAuthError | WrongReceiverError | StaleRequestError | BadSignatureError | ReplayedRequestError}
 * @throws {NonceStoreFullError} status 503, from the store.
 * @throws {InvalidArgumentError} when the store forgets sooner than a request goes stale.
 * @example
 * const caller = await verifyRequest({ headers, method: "POST", target: "/x?y=1", body }, { self, nonceStore });
 * caller.hotkey; // "5Grw..."
 */
export async function verifyRequest(
  { headers, method, target, body }: RequestParts & { readonly headers: HeaderSource },
  {
    self,
    nonceStore,
    clock = systemClock,
    requireReceiver = true,
    checkSignature,
  }: {
    readonly self: string;
    readonly nonceStore: NonceStore;
    readonly clock?: Clock;
    readonly requireReceiver?: boolean;
    readonly checkSignature?: CheckSignature | undefined;
  },
): Promise<Caller> {
  const context = { self, nonceStore, clock, requireReceiver, checkSignature };
  return readClaim(headerReader(headers), context).prove({ method, target, body });
}
