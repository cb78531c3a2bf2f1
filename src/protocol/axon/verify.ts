import { andThen, type Clock, fromHex, utf8 } from "../../core/index.ts";
import { BodyHashMismatchError, MalformedAuthError, StaleRequestError, WrongReceiverError } from "../errors.ts";
import { assertFresh } from "../freshness.ts";
import { assertNew, assertSignature } from "../proof.ts";
import type { Claim, HeaderReader, ReceiverContext } from "../wire.ts";
import { bodyHash } from "./body-hash.ts";
import { signsMonotonicClock } from "./version.ts";

/** What a request claims of itself. */
export interface AxonClaim {
  readonly hotkey: string;
  readonly nonce: bigint;
  readonly uuid: string;
  readonly bodyHash: string;
  readonly signature: Uint8Array;
}

/**
 * The text that is signed on the axon wire. Method, path and body are not in it; the body's hash is, and it is a constant unless the
 * class names fields.
 *
 * @example
 * axonMessage({ nonce: 1n, sender: "5Grw", receiver: "5FHn", uuid: "u", bodyHash: "a7ff" }); // "1.5Grw.5FHn.u.a7ff"
 */
export function axonMessage(parts: {
  readonly nonce: bigint;
  readonly sender: string;
  readonly receiver: string;
  readonly uuid: string;
  readonly bodyHash: string;
}): string {
  return `${parts.nonce}.${parts.sender}.${parts.receiver}.${parts.uuid}.${parts.bodyHash}`;
}

/** A header of the dendrite's, empty ones being absent, as Python sees them. */
const dendrite = (headers: HeaderReader, field: string) => headers.get(`bt_header_dendrite_${field}`) || null;
const malformed = (problem: string) => new MalformedAuthError({ problem });

/** Which SDK a caller says it is; it is not signed, so nothing but words may hang on it. */
function isOld(headers: HeaderReader): boolean {
  const version = dendrite(headers, "version");
  return version !== null && /^\d{1,9}$/.test(version) && signsMonotonicClock(Number(version));
}

function assertTime(headers: HeaderReader, nonce: bigint, clock: Clock): void {
  try {
    assertFresh(nonce, clock);
  } catch (error) {
    // Its freshness cannot be judged, and a restart of ours would forget the last one: it could be replayed.
    const problem =
      "nonce is a monotonic clock, as SDKs below 7.2 sign it, so a replay cannot be told: upgrade the sender to 7.2 or later";
    throw error instanceof StaleRequestError && isOld(headers) ? new StaleRequestError({ problem }) : error;
  }
}

/** All that can be refused by the headers alone. Unknown ones, and those that are not signed, say nothing here. */
export function readAxonHeaders(
  headers: HeaderReader,
  { self, clock }: { readonly self: string; readonly clock: Clock },
): AxonClaim {
  const hotkey = dendrite(headers, "hotkey");
  if (hotkey === null) throw malformed("No SS58 formatted address or public key provided.");
  const nonceText = dendrite(headers, "nonce");
  if (nonceText === null) throw malformed("Missing Nonce");
  if (!/^[0-9]{1,20}$/.test(nonceText)) throw malformed("bt_header_dendrite_nonce is not a decimal integer");
  const nonce = BigInt(nonceText);
  // Without dots: else one signed text could be read as two different requests.
  const uuid = dendrite(headers, "uuid") ?? "None";
  if (!/^[\x21-\x2d\x2f-\x7e]{1,64}$/.test(uuid)) throw malformed("bt_header_dendrite_uuid cannot be read");
  const signatureText = dendrite(headers, "signature");
  if (signatureText === null) throw malformed("Missing Signature");
  if (!/^0x[0-9a-fA-F]{128}$/.test(signatureText))
    throw malformed("bt_header_dendrite_signature is not 0x and 128 hex digits");
  const hash = headers.get("computed_body_hash");
  if (hash === null || !/^[0-9a-f]{64}$/.test(hash)) throw malformed("computed_body_hash is not 64 hex digits");
  const receiver = headers.get("bt_header_axon_hotkey") || self;
  if (receiver !== self)
    throw new WrongReceiverError({ problem: "request was signed for a different receiving hotkey" });
  assertTime(headers, nonce, clock);
  return { hotkey, nonce, uuid, bodyHash: hash, signature: fromHex("signature", signatureText) };
}

/** Whether the hash in the headers, which is signed, is that of the body, by one of the lists of fields that count. */
function assertBody(claim: AxonClaim, body: Uint8Array, hashFields: readonly (readonly string[])[]): void {
  let json: string;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    json = "";
  }
  if (!hashFields.some((fields) => bodyHash(json, fields) === claim.bodyHash)) throw new BodyHashMismatchError();
}

/**
 * What a request on the axon wire claims, and its proof.
 *
 * @param hashFields lists of fields, one of which must give the hash that is signed.
 * @throws {SubnetError} with status 401, as btauth's does, here and from `prove`; there 503 too, when the nonce store is full.
 */
export function readAxonClaim(
  headers: HeaderReader,
  context: ReceiverContext,
  hashFields: readonly (readonly string[])[],
): Claim {
  const claim = readAxonHeaders(headers, context);
  const { hotkey, nonce, uuid } = claim;
  const { self, nonceStore, checkSignature, clock } = context;
  return {
    hotkey,
    prove({ body }) {
      const message = utf8(axonMessage({ nonce, sender: hotkey, receiver: self, uuid, bodyHash: claim.bodyHash }));
      return andThen(assertSignature({ ...claim, scheme: "sr25519" }, message, checkSignature), () => {
        assertBody(claim, body, hashFields);
        // A set, not a last value: Python's own refuses whatever arrives out of order. No address holds a colon.
        return andThen(assertNew(nonceStore, `${hotkey}:${uuid}`, nonce, clock), () => ({
          ...{ hotkey, nonce },
          scheme: "sr25519",
        }));
      });
    },
  };
}
