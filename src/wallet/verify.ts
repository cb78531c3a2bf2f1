import { concatBytes, utf8 } from "../core/index.ts";
import { ed25519Verify } from "./ed25519.ts";
import type { Scheme } from "./keypair.ts";
import { sr25519Verify } from "./sr25519.ts";

const OPEN = utf8("<Bytes>");
const CLOSE = utf8("</Bytes>");

/**
 * Whether a signature holds. Hostile bytes of any kind and length give `false`; it never throws.
 *
 * @param allowWrapped also accept a signature over `<Bytes>message</Bytes>`, as browser extensions make it. Never produce one.
 * @example
 * const { scheme, publicKey, signer } = keypairFromUri("//Alice");
 * verifySignature({ scheme, publicKey, message, signature: await signer.sign(message) }); // true
 */
export function verifySignature({
  scheme,
  publicKey,
  message,
  signature,
  allowWrapped = false,
}: {
  readonly scheme: Scheme;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly allowWrapped?: boolean;
}): boolean {
  const verify = scheme === "ed25519" ? ed25519Verify : sr25519Verify;
  if (verify(publicKey, message, signature)) return true;
  return allowWrapped && verify(publicKey, concatBytes(OPEN, message, CLOSE), signature);
}
