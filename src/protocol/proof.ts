import { andThen, type Clock, type Maybe, SubnetError } from "../core/index.ts";
import { decodeAddress, type Scheme, verifySignature } from "../wallet/index.ts";
import { BadSignatureError, MalformedAuthError, ReplayedRequestError } from "./errors.ts";
import { assertFresh, assertRetention } from "./freshness.ts";
import type { NonceStore } from "./nonce-store.ts";
import type { CheckSignature } from "./wire.ts";

/** What addresses lately decoded to: a look-up, and no trust in whoever names one. A subnet has 256 peers. */
const publicKeys = new Map<string, Uint8Array>();
const PUBLIC_KEYS_LIMIT = 1_024;

function publicKeyOf(address: string): Uint8Array {
  const known = publicKeys.get(address);
  if (known !== undefined) return known;
  const publicKey = decodeAddress(address);
  if (publicKeys.size >= PUBLIC_KEYS_LIMIT)
    for (const oldest of publicKeys.keys()) if (publicKeys.delete(oldest)) break;
  publicKeys.set(address, publicKey);
  return publicKey;
}

/** An address, or a signature, that is none. */
export const malformed = (): MalformedAuthError =>
  new MalformedAuthError({ problem: "invalid hotkey address or signature encoding" });

/**
 * Whether a claimed hotkey signed a message, on either wire.
 *
 * @throws {MalformedAuthError | BadSignatureError}
 */
export function assertSignature(
  { hotkey, scheme, signature }: { readonly hotkey: string; readonly scheme: Scheme; readonly signature: Uint8Array },
  message: Uint8Array,
  check: CheckSignature = verifySignature,
): Maybe<void> {
  if (signature.length !== 64) throw malformed();
  let publicKey: Uint8Array;
  try {
    publicKey = publicKeyOf(hotkey);
  } catch (error) {
    throw error instanceof SubnetError ? malformed() : error;
  }
  // Python's verifiers take the wrapped form that browser extensions sign, too.
  return andThen(check({ scheme, publicKey, message, signature, allowWrapped: true }), (good) => {
    if (good !== true) throw new BadSignatureError();
  });
}

/**
 * Whether a nonce is new, on either wire. It stands after the signature: nobody can use up the nonces of another. And it must be fresh
 * still: a body that came slowly would else be asked about when its first sending is forgotten.
 *
 * @throws {ReplayedRequestError | StaleRequestError}; what the store throws; {InvalidArgumentError} when it forgets too soon.
 */
export function assertNew(store: NonceStore, sender: string, nonce: bigint, clock: Clock): Maybe<void> {
  assertRetention(store);
  assertFresh(nonce, clock);
  return andThen(store.accept(sender, nonce), (accepted) => {
    if (accepted !== true) throw new ReplayedRequestError();
  });
}
