import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes, InvalidArgumentError, toHex } from "../core/index.ts";
import { scaleAccount, scaleU16, scaleU16s, scaleU64 } from "./timelock/scale.ts";

/** Mechanism n of a subnet stores its weights under n times this and the netuid. */
const MECHANISM_STRIDE = 4096;

/**
 * The index that weights, commits and last updates of one of a subnet's mechanisms are stored under (`NetUidStorageIndex`).
 *
 * @param netuid 0 to 4095.
 * @param mechanismId 0 to 15; 0 is the one every subnet has, and its index is the netuid.
 * @throws {InvalidArgumentError} outside these.
 * @example
 * storageIndex({ netuid: 1, mechanismId: 1 }); // 4097
 */
export function storageIndex({ netuid, mechanismId = 0 }: { netuid: number; mechanismId?: number }): number {
  for (const [argument, value, most] of [
    ["netuid", netuid, 4095] as const,
    ["mechanismId", mechanismId, 15] as const,
  ]) {
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new InvalidArgumentError({ argument, problem: `must be a whole number from 0 to ${most}`, value });
  }
  return netuid + MECHANISM_STRIDE * mechanismId;
}

/** What a hash commit commits to; to reveal it, exactly these are sent. */
export interface HashedWeights {
  /** Public key of the hotkey, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly netuid: number;
  readonly mechanismId?: number;
  readonly uids: readonly number[];
  /** u16, one per uid: the very numbers that are revealed later, not shares. */
  readonly values: readonly number[];
  /** u16s of the committer's choice, kept secret until the reveal; 8 random ones are 128 bits. */
  readonly salt: readonly number[];
  readonly versionKey: bigint | number;
}

/**
 * The bytes that are hashed: `account | storage index u16 | uids Vec<u16> | values Vec<u16> | salt Vec<u16> | version_key u64` in SCALE.
 *
 * @throws {InvalidArgumentError} for what does not fit, or lists of different lengths.
 * @example
 * commitPreimage({ publicKey: alice, netuid: 1, uids: [0], values: [65535], salt: [7], versionKey: 0 }).length; // 51
 */
export function commitPreimage({
  publicKey,
  netuid,
  mechanismId = 0,
  uids,
  values,
  salt,
  versionKey,
}: HashedWeights): Uint8Array {
  if (values.length !== uids.length) {
    throw new InvalidArgumentError({ argument: "values", problem: `must be as many as the uids (${uids.length})` });
  }
  return concatBytes(
    scaleAccount("publicKey", publicKey),
    scaleU16("storage index", storageIndex({ netuid, mechanismId })),
    scaleU16s("uids", uids),
    scaleU16s("values", values),
    scaleU16s("salt", salt),
    scaleU64("versionKey", versionKey),
  );
}

/**
 * The hash of `commit_weights` and `commit_mechanism_weights`: BLAKE2b-256 of the preimage (pallet subtensor, `get_commit_hash`).
 *
 * @returns 32 bytes.
 * @throws {InvalidArgumentError} as `commitPreimage`.
 * @example
 * toHex(commitHash({ publicKey: alice, netuid: 1, uids: [0, 1, 2], values: [21845, 43690, 65535], salt: [1, 2, 3, 4, 5, 6, 7, 8], versionKey: 0 }));
 * // "2942d84ad5e5b77abe6723b5ed8f31f9aefc98b17e71e56963f9b4c3c0ece7ad"
 */
export function commitHash(weights: HashedWeights): Uint8Array {
  return blake2b(commitPreimage(weights), { dkLen: 32 });
}

/**
 * {@link commitHash} as it stands among pending commits.
 *
 * @returns `0x` and 64 hex digits.
 */
export function commitHashHex(weights: HashedWeights): string {
  return `0x${toHex(commitHash(weights))}`;
}

/**
 * How a timelocked commit is called among pending commits: BLAKE2b-256 of its bytes.
 *
 * @returns `0x` and 64 hex digits.
 * @example
 * timelockedHash(new Uint8Array()); // "0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
 */
export function timelockedHash(commit: Uint8Array): string {
  return `0x${toHex(blake2b(commit, { dkLen: 32 }))}`;
}
