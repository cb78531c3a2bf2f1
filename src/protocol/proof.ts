import { SubnetError } from "../core/index.ts";
import { decodeAddress, type Scheme, verifySignature } from "../wallet/index.ts";
import { BadSignatureError, MalformedAuthError } from "./errors.ts";
import type { CheckSignature } from "./wire.ts";

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
    publicKey = decodeAddress(claim.hotkey);
  } catch (error) {
    if (error instanceof SubnetError) throw malformed();
    throw error;
  }
  const { scheme, signature } = claim;
  // Python's verifiers take the wrapped form that browser extensions sign, too.
  if (!(await check({ scheme, publicKey, message, signature, allowWrapped: true }))) throw new BadSignatureError();
}
