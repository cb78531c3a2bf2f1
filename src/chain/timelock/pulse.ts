import { assertBytes, InvalidArgumentError } from "../../core/index.ts";
import { type Beacon, QUICKNET } from "./beacon.ts";
import { G2_BASE, isSignature, publicKeyPoint, roundPoint, scalarOf, signaturePoint } from "./bls.ts";

/**
 * Whether a signature is the beacon's for a round. Anybody may hand in a pulse: it proves itself.
 *
 * @param signature 48 bytes, a point of G1 compressed.
 * @returns false for a signature by another key or of another round.
 * @throws {InvalidArgumentError} for what is no point, or no round.
 * @example
 * verifyPulse(QUICKNET, { round: 1000, signature: fromHex("signature", "b44679b9…ed5e39") }); // true
 */
export function verifyPulse(beacon: Beacon, { round, signature }: { round: number; signature: Uint8Array }): boolean {
  return isSignature({
    signature: signaturePoint(signature),
    message: roundPoint(round),
    publicKey: publicKeyPoint(beacon.publicKey),
  });
}

/** A beacon of one's own, for ledgers that run without drand. */
export interface OwnBeacon extends Beacon {
  /** The pulse's signature of any round, 48 bytes: whoever holds the secret can look into the future. */
  sign(round: number): Uint8Array;
}

/**
 * A development beacon: same curve, same bytes as drand's, so what works with it works with drand. The secret gives all rounds away; it
 * protects nothing.
 *
 * @param secret 32 bytes, big-endian, taken modulo the groups' order.
 * @param schedule defaults to quicknet's. With fast blocks choose a period no longer than a block, else rounds come before
 * the epoch they are for.
 * @throws {InvalidArgumentError} when the secret is not 32 bytes, or is zero.
 * @example
 * const beacon = createBeacon(new Uint8Array(32).fill(7));
 * verifyPulse(beacon, { round: 5, signature: beacon.sign(5) }); // true
 */
export function createBeacon(
  secret: Uint8Array,
  {
    genesisSeconds = QUICKNET.genesisSeconds,
    periodSeconds = QUICKNET.periodSeconds,
  }: Partial<Omit<Beacon, "publicKey">> = {},
): OwnBeacon {
  const scalar = scalarOf(assertBytes("secret", secret, 32));
  if (scalar === 0n) throw new InvalidArgumentError({ argument: "secret", problem: "must not be zero" });
  return {
    publicKey: G2_BASE.multiply(scalar).toBytes(),
    genesisSeconds,
    periodSeconds,
    sign: (round) => roundPoint(round).multiply(scalar).toBytes(),
  };
}
