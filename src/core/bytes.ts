import { InvalidArgumentError } from "./errors.ts";

/**
 * Lower-case hex without a prefix.
 *
 * @example
 * toHex(new Uint8Array([1, 255])); // "01ff"
 */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/**
 * Bytes of a hex string, with or without `0x`.
 *
 * @throws {InvalidArgumentError} naming `argument` when the text is not hex or not of `length` bytes.
 * @example
 * fromHex("seed", "0x01ff"); // Uint8Array [1, 255]
 */
export function fromHex(argument: string, text: string, length?: number): Uint8Array {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new InvalidArgumentError({ argument, problem: "is not hexadecimal" });
  }
  const bytes = new Uint8Array(Buffer.from(digits, "hex"));
  return length === undefined ? bytes : assertBytes(argument, bytes, length);
}

/**
 * Checks a byte string once, at the door, by name.
 *
 * @throws {InvalidArgumentError} when it is not a Uint8Array of that length. The bytes themselves are never echoed.
 */
export function assertBytes(argument: string, bytes: unknown, length: number): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new InvalidArgumentError({ argument, problem: "must be a Uint8Array" });
  if (bytes.length !== length) {
    throw new InvalidArgumentError({ argument, problem: `must be ${length} bytes long, not ${bytes.length}` });
  }
  return bytes;
}

const encoder = new TextEncoder();

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The parts, one after another. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
