import { createHash } from "node:crypto";
import { fromHex, InvalidArgumentError } from "../../core/index.ts";
import { scaleU64 } from "./scale.ts";

/** A source of signed rounds, one every period: drand's scheme `bls-unchained-g1-rfc9380`. Round 1 comes at genesis. */
export interface Beacon {
  /** A point of BLS12-381's G2, 96 bytes compressed. */
  readonly publicKey: Uint8Array;
  readonly genesisSeconds: number;
  readonly periodSeconds: number;
}

/** drand's quicknet, which Subtensor takes its pulses from (chain hash 52db9ba7…84e971). */
export const QUICKNET: Beacon = {
  publicKey: fromHex(
    "publicKey",
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  ),
  genesisSeconds: 1_692_803_367,
  periodSeconds: 3,
};

/**
 * The time at which a round is published.
 *
 * @returns milliseconds since 1970.
 * @example
 * roundTimeMs(QUICKNET, 1000); // 1692806364000
 */
export function roundTimeMs({ genesisSeconds, periodSeconds }: Beacon, round: number): number {
  return (genesisSeconds + (round - 1) * periodSeconds) * 1000;
}

/**
 * The newest round that is published at a time; 0 before genesis.
 *
 * @example
 * latestRound(QUICKNET, 1_692_806_364_000); // 1000
 */
export function latestRound({ genesisSeconds, periodSeconds }: Beacon, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs / 1000 - genesisSeconds) / periodSeconds) + 1);
}

/**
 * What a beacon signs, and what a ciphertext is addressed to: SHA-256 of the round as a big-endian u64.
 *
 * @returns 32 bytes.
 * @throws {InvalidArgumentError} for a round that is no whole number of at least 1.
 * @example
 * toHex(roundIdentity(1000)).slice(0, 8); // "f652498d"
 */
export function roundIdentity(round: number): Uint8Array {
  if (!Number.isSafeInteger(round) || round < 1) {
    throw new InvalidArgumentError({
      argument: "round",
      problem: "must be a whole number of at least 1",
      value: round,
    });
  }
  return new Uint8Array(createHash("sha256").update(scaleU64("round", round).reverse()).digest());
}
