import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { blake2b } from "@noble/hashes/blake2.js";
import { assertBytes, concatBytes, toHex, utf8 } from "../core/index.ts";

// RFC 8410: what stands before the 32 bytes in a PKCS#8 private key and an SPKI public key.
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** y of the points whose order divides 8, canonical or not: with them one signature fits many messages. */
const SMALL_ORDER = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

const privateKeyOf = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([PKCS8, assertBytes("seed", seed, 32)]), format: "der", type: "pkcs8" });

export function ed25519Public(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyOf(seed)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(SPKI.length));
}

/** A function that signs as RFC 8032 says: the same message gives the same signature. */
export function ed25519Sign(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = privateKeyOf(seed);
  return (message) => new Uint8Array(sign(null, message, key));
}

/** The seed behind a hard junction: BLAKE2b-256 of the SCALE text `Ed25519HDKD`, the seed and the chain code. */
export function ed25519HardSeed(seed: Uint8Array, chainCode: Uint8Array): Uint8Array {
  const label = utf8("Ed25519HDKD");
  return blake2b(concatBytes(Uint8Array.of(label.length << 2), label, seed, chainCode), { dkLen: 32 });
}

export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const y = publicKey.slice();
  y[31] = (y[31] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(toHex(y))) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" });
    return verify(null, message, key, signature);
  } catch {
    return false; // OpenSSL throws on a key that it cannot decode
  }
}
