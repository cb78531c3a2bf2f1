/**
 * NaCl's secretbox (XSalsa20-Poly1305, the tag first). Loaded when first needed: a miner with a plain hotkey never does.
 */
const load = () => import("@noble/ciphers/salsa.js");

/** Bytes of the number used once. */
export const NONCE_BYTES = 24;

/** Null when the key is not the one, or a bit was changed. */
export async function openSecretbox(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Promise<Uint8Array | null> {
  const { xsalsa20poly1305 } = await load();
  if (nonce.length !== NONCE_BYTES || box.length < 16) return null;
  try {
    return xsalsa20poly1305(key, nonce).decrypt(box);
  } catch {
    return null; // the library has one error, "invalid tag", and no other on inputs of these lengths
  }
}

export async function sealSecretbox(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  const { xsalsa20poly1305 } = await load();
  return xsalsa20poly1305(key, nonce).encrypt(plain);
}
