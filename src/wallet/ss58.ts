import { createHash, timingSafeEqual } from "node:crypto";
import { assertBytes, concatBytes, utf8 } from "../core/index.ts";
import { InvalidAddressError } from "./errors.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** SS58 format 42: "generic Substrate", the one of Bittensor. */
const PREFIX = Uint8Array.of(42);
const CONTEXT = utf8("SS58PRE");

function checksum(prefixed: Uint8Array): Uint8Array {
  const hash = createHash("blake2b512").update(CONTEXT).update(prefixed).digest();
  return new Uint8Array(hash.subarray(0, 2));
}

/**
 * The SS58 address (format 42) of a 32-byte public key.
 *
 * @throws {InvalidArgumentError} when the key is not 32 bytes long.
 * @example
 * encodeAddress(keypairFromUri("//Alice").publicKey); // "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
 */
export function encodeAddress(publicKey: Uint8Array): string {
  const prefixed = concatBytes(PREFIX, assertBytes("publicKey", publicKey, 32));
  let value = BigInt(`0x${Buffer.from(concatBytes(prefixed, checksum(prefixed))).toString("hex")}`);
  let address = "";
  for (; value > 0n; value /= 58n) address = ALPHABET.charAt(Number(value % 58n)) + address;
  return address;
}

/**
 * The 32-byte public key of an SS58 address of format 42.
 *
 * @throws {InvalidAddressError} when the length, the alphabet, the format or the checksum is wrong.
 * @example
 * decodeAddress("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY").length; // 32
 */
export function decodeAddress(address: string): Uint8Array {
  if (address.length < 46 || address.length > 48) {
    throw new InvalidAddressError({ address, problem: `has ${address.length} characters instead of 48` });
  }
  let value = 0n;
  for (const character of address) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) throw new InvalidAddressError({ address, problem: "has a character that base58 does not have" });
    value = value * 58n + BigInt(digit);
  }
  // 35 bytes of which the first is 42 make exactly 48 characters; other formats come out shorter or with another first byte.
  const bytes = new Uint8Array(Buffer.from(value.toString(16).padStart(70, "0"), "hex"));
  if (address.length !== 48 || bytes.length !== 35 || bytes[0] !== 42) {
    throw new InvalidAddressError({ address, problem: "is of another network (not SS58 format 42)" });
  }
  if (!timingSafeEqual(checksum(bytes.subarray(0, 33)), bytes.subarray(33))) {
    throw new InvalidAddressError({ address, problem: "has a wrong checksum: a character is mistyped" });
  }
  return bytes.slice(1, 33);
}

/**
 * Whether a text is an SS58 address of format 42. Never throws.
 *
 * @example
 * isAddress("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"); // true
 */
export function isAddress(address: string): boolean {
  try {
    decodeAddress(address);
    return true;
  } catch {
    return false;
  }
}
