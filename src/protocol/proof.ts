import { SubnetError } from "../core/index.ts";
import { decodeAddress, type Scheme, verifySignature } from "../wallet/index.ts";
import { BadSignatureError, MalformedAuthError } from "./errors.ts";
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

/**
 * Whether a claimed hotkey signed a message, on either wire.
 *
 * @throws {MalformedAuthError | BadSignatureError}
 */
export async function assertSignature(
  claim: { readonly hotkey: string; readonly scheme: Scheme; readonly signature: Uint8Array },
  message: Uint8Array,
  check: CheckSignature = verifySignature,
): Promise<void> {
  const malformed = () => new MalformedAuthError({ problem: "invalid hotkey address or signature encoding" });
  if (claim.signature.length !== 64) throw malformed();
  let publicKey: Uint8Array;
  try {
    publicKey = publicKeyOf(claim.hotkey);
  } catch (error) {
    if (error instanceof SubnetError) throw malformed();
    throw error;
  }
  const { scheme, signature } = claim;
  // Python's verifiers take the wrapped form that browser extensions sign, too.
  if (!(await check({ scheme, publicKey, message, signature, allowWrapped: true }))) throw new BadSignatureError();
}
