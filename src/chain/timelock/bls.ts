import { bls12_381 } from "@noble/curves/bls12-381.js";
import { assertBytes, InvalidArgumentError } from "../../core/index.ts";
import { roundIdentity } from "./beacon.ts";

const { G1, G2, fields, pairing } = bls12_381;
export type G1Point = ReturnType<typeof G1.Point.fromBytes>;
export type G2Point = ReturnType<typeof G2.Point.fromBytes>;
export const G2_BASE = G2.Point.BASE;
const DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/** What `read` gives when the point is on the curve, in the subgroup and not the identity; else null. */
function soundPoint<P extends { assertValidity(): void; is0(): boolean }>(read: () => P): P | null {
  try {
    const point = read();
    point.assertValidity();
    // noble takes the identity for valid; as a key or signature it would open everything.
    return point.is0() ? null : point;
  } catch {
    return null;
  }
}

function assertPoint<P>(argument: string, group: string, point: P | null): P {
  if (point === null) throw new InvalidArgumentError({ argument, problem: `is no point of BLS12-381's ${group}` });
  return point;
}

/** A sound point of G2, or null. */
export function readG2(bytes: Uint8Array): G2Point | null {
  return soundPoint(() => G2.Point.fromBytes(bytes));
}

/** A public key: 96 bytes. @throws {InvalidArgumentError} unless it is a sound point of G2. */
export function publicKeyPoint(bytes: Uint8Array): G2Point {
  return assertPoint("publicKey", "G2", readG2(assertBytes("publicKey", bytes, 96)));
}

/** A pulse's signature: 48 bytes. @throws {InvalidArgumentError} unless it is a sound point of G1. */
export function signaturePoint(bytes: Uint8Array): G1Point {
  assertBytes("pulseSignature", bytes, 48);
  return assertPoint(
    "pulseSignature",
    "G1",
    soundPoint(() => G1.Point.fromBytes(bytes)),
  );
}

/** The point of G1 that a beacon multiplies by its secret to sign a round: RFC 9380 hash-to-curve of the round's identity. */
export function roundPoint(round: number): G1Point {
  return bls12_381.shortSignatures.hash(roundIdentity(round), DST);
}

/** 32 bytes, big-endian, modulo the order of the groups. */
export function scalarOf(bytes: Uint8Array): bigint {
  return fields.Fr.create(bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
}

/** Whether `signature` is the signature of `message` by `publicKey`: e(signature, G2) = e(message, publicKey). */
export function isSignature({
  signature,
  message,
  publicKey,
}: {
  signature: G1Point;
  message: G1Point;
  publicKey: G2Point;
}): boolean {
  return bls12_381.shortSignatures.verify(signature, message, publicKey);
}

/**
 * e(p, q) in arkworks' uncompressed form: twelve 48-byte little-endian numbers, c0.c0.c0 first, c1.c2.c1 last. The bytes depend on
 * the exponent of the final exponentiation; noble's is arkworks' (checked against ciphertexts of bittensor-core).
 *
 * @returns 576 bytes.
 */
export function pairingBytes(p: G1Point, q: G2Point): Uint8Array {
  const { c0, c1 } = pairing(p, q);
  const numbers = [c0, c1].flatMap((six) => [six.c0, six.c1, six.c2]).flatMap((two) => [two.c0, two.c1]);
  const bytes = new Uint8Array(576);
  numbers.forEach((number, i) => {
    bytes.set(fields.Fp.toBytes(number).reverse(), 48 * i);
  });
  return bytes;
}
