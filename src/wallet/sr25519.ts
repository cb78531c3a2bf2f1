import {
  sr25519_derive_keypair_hard,
  sr25519_derive_keypair_soft,
  sr25519_derive_seed_hard,
  sr25519_pubkey,
  sr25519_secret_from_seed,
  sr25519_sign,
  sr25519_verify,
} from "@polkadot-labs/schnorrkel-wasm";
import { assertBytes, concatBytes, InvalidArgumentError } from "../core/index.ts";
import { GROUP_ORDER, isRistrettoPoint, numberFromBytes, numberToBytes } from "./ristretto.ts";

/**
 * Keyfiles hold the canonical scalar, the library wants the ed25519-expanded one, which is the same times the cofactor 8
 * (found out with the vectors of //Alice and //Bob; both are 32 bytes and both "work" with a wrong key).
 */
function toExpanded(secretKey: Uint8Array): Uint8Array {
  return concatBytes(numberToBytes(numberFromBytes(secretKey.subarray(0, 32)) * 8n), secretKey.subarray(32));
}
function toCanonical(expanded: Uint8Array): Uint8Array {
  return concatBytes(numberToBytes(numberFromBytes(expanded.subarray(0, 32)) / 8n), expanded.subarray(32, 64));
}

/** Whether 64 bytes begin with a canonical scalar that is not 0: on any other the library would panic. */
export function isCanonical(secretKey: Uint8Array): boolean {
  const scalar = numberFromBytes(secretKey.subarray(0, 32));
  return scalar !== 0n && scalar < GROUP_ORDER;
}

/** Refuses a secret key whose scalar is 0 or not below the group's order. */
export function assertSecretKey(argument: string, secretKey: Uint8Array): Uint8Array {
  if (isCanonical(assertBytes(argument, secretKey, 64))) return secretKey;
  throw new InvalidArgumentError({ argument, problem: "does not begin with a canonical sr25519 scalar" });
}

/** A secret key of polkadot.js, whose scalar is multiplied by 8, as keyfiles have it; undefined when it cannot be one. */
export function canonicalFromExpanded(secretKey: Uint8Array): Uint8Array | undefined {
  if (((secretKey[0] ?? 0) & 7) !== 0) return undefined;
  const canonical = toCanonical(secretKey);
  return isCanonical(canonical) ? canonical : undefined;
}

/** 64 bytes, canonical scalar then nonce, of a 32-byte mini-secret. */
export function secretFromSeed(seed: Uint8Array): Uint8Array {
  return toCanonical(sr25519_secret_from_seed(assertBytes("seed", seed, 32)));
}

export function publicFromSecret(secretKey: Uint8Array): Uint8Array {
  return sr25519_pubkey(toExpanded(secretKey));
}

/** The mini-secret behind a hard junction, where the parent's is known. */
export function hardSeed(seed: Uint8Array, chainCode: Uint8Array): Uint8Array {
  return sr25519_derive_seed_hard(assertBytes("seed", seed, 32), chainCode);
}

/** The secret key behind one junction. A soft one gets a new random nonce half each time; its scalar is always the same. */
export function deriveSecret(secretKey: Uint8Array, chainCode: Uint8Array, hard: boolean): Uint8Array {
  const keypair = concatBytes(toExpanded(secretKey), publicFromSecret(secretKey));
  return toCanonical((hard ? sr25519_derive_keypair_hard : sr25519_derive_keypair_soft)(keypair, chainCode));
}

/** A function that signs with this key, context `substrate`. */
export function sr25519Sign(secretKey: Uint8Array, publicKey: Uint8Array): (message: Uint8Array) => Uint8Array {
  const expanded = toExpanded(secretKey);
  return (message) => sr25519_sign(publicKey, expanded, message);
}

/** Keys found valid, newest last. A subnet has 256 peers; more only costs the 0.1 ms of a check again. */
const knownKeys = new Set<string>();
const KNOWN_KEYS_LIMIT = 1024;

function isKey(publicKey: Uint8Array): boolean {
  const name = Buffer.from(publicKey).toString("latin1");
  if (knownKeys.has(name)) return true;
  if (!isRistrettoPoint(publicKey)) return false;
  if (knownKeys.size >= KNOWN_KEYS_LIMIT) for (const oldest of knownKeys) if (knownKeys.delete(oldest)) break;
  knownKeys.add(name);
  return true;
}

/** Whether a signature holds. Everything on which the library would panic is refused here, before it. */
export function sr25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  // Copied: a Buffer's own slice is a view, and the bit below would be cleared in what is checked.
  const scalar = new Uint8Array(signature.subarray(32));
  const last = scalar[31] ?? 0;
  if ((last & 0x80) === 0) return false;
  scalar[31] = last & 0x7f;
  return numberFromBytes(scalar) < GROUP_ORDER && isKey(publicKey) && sr25519_verify(publicKey, message, signature);
}
