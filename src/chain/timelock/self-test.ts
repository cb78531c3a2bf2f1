import { fromHex, utf8 } from "../../core/index.ts";
import { type Beacon, QUICKNET } from "./beacon.ts";
import { TimelockSelfTestError } from "./errors.ts";
import { verifyPulse } from "./pulse.ts";
import { decryptTimelocked, encryptTimelocked } from "./timelock.ts";

/** A published pulse of quicknet. */
const PULSE = {
  round: 1000,
  signature: fromHex(
    "signature",
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
  ),
};

/**
 * Encrypts to a round of drand that is long past and opens it with the published pulse. A validator does this once before its first
 * commit: on the chain a broken ciphertext is dropped without a word.
 *
 * @param beacon another public key must fail; for tests.
 * @throws {TimelockSelfTestError} when the pulse does not verify or does not open what was encrypted.
 * @example
 * testTimelock(); // undefined
 */
export function testTimelock(beacon: Beacon = QUICKNET): void {
  const text = utf8("opened");
  let opened: Uint8Array;
  try {
    if (!verifyPulse(beacon, PULSE))
      throw new TimelockSelfTestError({ problem: "the published pulse does not verify" });
    opened = decryptTimelocked(encryptTimelocked({ plaintext: text, round: PULSE.round, beacon }), PULSE.signature);
  } catch (cause) {
    if (cause instanceof TimelockSelfTestError) throw cause;
    throw new TimelockSelfTestError({ problem: "a ciphertext cannot be opened", cause });
  }
  if (Buffer.compare(opened, text) !== 0)
    throw new TimelockSelfTestError({ problem: "a ciphertext opens to something else" });
}
