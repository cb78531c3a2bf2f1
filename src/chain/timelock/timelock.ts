import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from "node:crypto";
import { concatBytes, cryptoRandom, InvalidArgumentError, type Random, utf8 } from "../../core/index.ts";
import type { Beacon } from "./beacon.ts";
import { G2_BASE, pairingBytes, publicKeyPoint, readG2, roundPoint, scalarOf, signaturePoint } from "./bls.ts";
import { TimelockInvalidError, TimelockSealedError } from "./errors.ts";
import { createScaleReader, scaleU64 } from "./scale.ts";

/** The chain's limit on one commit. */
export const MAX_TIMELOCKED_BYTES = 5000;
/** What the encryption adds to the plaintext. */
export const TIMELOCK_OVERHEAD_BYTES = 244;
const TAG_BYTES = 16;
const SUITE = utf8("AES_GCM_");

/** The parts of a timelocked ciphertext, in their order. */
export interface Timelocked {
  /** U: the sender's one-time point of G2, 96 bytes. */
  readonly oneTimeKey: Uint8Array;
  /** V: sigma under the pairing, 32 bytes. */
  readonly maskedSigma: Uint8Array;
  /** W: the AES key under sigma, 32 bytes. */
  readonly maskedKey: Uint8Array;
  /** AES-256-GCM's ciphertext and its 16-byte tag. */
  readonly sealed: Uint8Array;
  readonly nonce: Uint8Array;
}

const sha256 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ (b[i] ?? 0));
/** arkworks' `Vec<u8>`: its length is a u64. */
const withLength = (bytes: Uint8Array) => concatBytes(scaleU64("length", bytes.length), bytes);

/**
 * Encrypts so that a beacon's signature of `round`, and nothing earlier, opens it: the `tle` of ideal-lab5/timelock
 * (Boneh and Franklin's FullIdent over BLS12-381, signatures in G1, and AES-256-GCM), in arkworks' compressed bytes, which the
 * chain's commit-reveal version 4 decrypts.
 *
 * @param plaintext at most 4756 bytes.
 * @param round see `revealRound`; at least 1.
 * @param random 76 bytes are taken: AES key, sigma, nonce.
 * @returns 244 bytes more than the plaintext: `U 96 | u64 32, V | u64 32, W | u64 L, {u64, sealed | u64 12, nonce} | u64 8, "AES_GCM_"`.
 * @throws {InvalidArgumentError} for a public key that is no point of G2, a round below 1, or a plaintext too long for the chain.
 * @example
 * encryptTimelocked({ plaintext: new Uint8Array(55), round: 1000, beacon: QUICKNET }).length; // 299
 */
export function encryptTimelocked({
  plaintext,
  round,
  beacon,
  random = cryptoRandom,
}: {
  plaintext: Uint8Array;
  round: number;
  beacon: Beacon;
  random?: Pick<Random, "bytes">;
}): Uint8Array {
  const longest = MAX_TIMELOCKED_BYTES - TIMELOCK_OVERHEAD_BYTES;
  if (plaintext.length > longest) {
    const problem = `must be at most ${longest} bytes long, not ${plaintext.length}`;
    throw new InvalidArgumentError({ argument: "plaintext", problem });
  }
  const identity = roundPoint(round);
  const publicKey = publicKeyPoint(beacon.publicKey);
  const key = random.bytes(32);
  const sigma = random.bytes(32);
  const nonce = random.bytes(12);
  const scalar = scalarOf(sha256(sigma, key));
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  const shared = pairingBytes(identity, publicKey.multiply(scalar));
  return concatBytes(
    G2_BASE.multiply(scalar).toBytes(),
    withLength(xor(sigma, sha256(shared))),
    withLength(xor(key, sha256(sigma))),
    withLength(concatBytes(withLength(sealed), withLength(nonce))),
    withLength(SUITE),
  );
}

/**
 * Takes a ciphertext apart and checks all that can be checked without a pulse: sizes, suite, and that U is a point of G2's subgroup.
 *
 * @param ciphertext at most 5000 bytes.
 * @throws {TimelockInvalidError} naming the part.
 * @example
 * parseTimelocked(encryptTimelocked({ plaintext: new Uint8Array(55), round: 1000, beacon: QUICKNET })).sealed.length; // 71
 */
export function parseTimelocked(ciphertext: Uint8Array): Timelocked {
  const invalid = (part: string, problem: string) => new TimelockInvalidError({ part, problem });
  if (ciphertext.length > MAX_TIMELOCKED_BYTES)
    throw invalid("ciphertext", `is longer than ${MAX_TIMELOCKED_BYTES} bytes`);
  const reader = createScaleReader(ciphertext, invalid);
  const vector = (part: string, expected?: number) => {
    const length = reader.u64(part);
    if (length > BigInt(reader.left)) throw invalid(part, `wants ${length} bytes where ${reader.left} are left`);
    if (expected !== undefined && length !== BigInt(expected))
      throw invalid(part, `has ${length} bytes and not ${expected}`);
    return reader.take(part, Number(length));
  };
  const oneTimeKey = reader.take("U", 96);
  const maskedSigma = vector("V", 32);
  const maskedKey = vector("W", 32);
  const bodyBytes = reader.u64("body");
  const before = reader.left;
  const sealed = vector("sealed text");
  const nonce = vector("nonce", 12);
  if (bodyBytes !== BigInt(before - reader.left)) throw invalid("body", "has another length than its parts");
  const suite = vector("cipher suite", SUITE.length);
  if (!timingSafeEqual(suite, SUITE)) throw invalid("cipher suite", "is not AES_GCM_");
  if (reader.left > 0) throw invalid("ciphertext", `has ${reader.left} bytes too many`);
  if (sealed.length < TAG_BYTES) throw invalid("sealed text", "is shorter than its tag");
  if (readG2(oneTimeKey) === null) throw invalid("U", "is no point of BLS12-381's G2");
  return { oneTimeKey, maskedSigma, maskedKey, sealed, nonce };
}

/**
 * Opens a ciphertext with the pulse of its round, as the chain does. Whether the pulse is genuine is not asked (`verifyPulse` does): no
 * other pulse opens anything.
 *
 * @param pulseSignature 48 bytes, a point of G1 compressed.
 * @returns the plaintext.
 * @throws {TimelockInvalidError} for bytes that are no ciphertext.
 * @throws {TimelockSealedError} when the pulse is of another round, or the ciphertext was changed.
 * @throws {InvalidArgumentError} when the signature is no point of G1.
 * @example
 * const beacon = createBeacon(new Uint8Array(32).fill(7));
 * decryptTimelocked(encryptTimelocked({ plaintext: utf8("hello"), round: 5, beacon }), beacon.sign(5)); // utf8("hello")
 */
export function decryptTimelocked(ciphertext: Uint8Array, pulseSignature: Uint8Array): Uint8Array {
  const signature = signaturePoint(pulseSignature);
  const { oneTimeKey, maskedSigma, maskedKey, sealed, nonce } = parseTimelocked(ciphertext);
  const point = readG2(oneTimeKey);
  if (point === null) throw new TimelockSealedError();
  const sigma = xor(maskedSigma, sha256(pairingBytes(signature, point)));
  const key = xor(maskedKey, sha256(sigma));
  const scalar = scalarOf(sha256(sigma, key));
  if (scalar === 0n || !G2_BASE.multiply(scalar).equals(point)) throw new TimelockSealedError();
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return concatBytes(cipher.update(sealed.subarray(0, -TAG_BYTES)), cipher.final());
  } catch {
    throw new TimelockSealedError();
  }
}
