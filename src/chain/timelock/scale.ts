import { assertBytes, concatBytes, InvalidArgumentError } from "../../core/index.ts";

const U64_MAX = 2n ** 64n - 1n;

function assertInteger(argument: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new InvalidArgumentError({ argument, problem: `must be a whole number from 0 to ${max}`, value });
  }
}

/**
 * A SCALE `u16`: two bytes, the lower first.
 *
 * @throws {InvalidArgumentError} naming `argument`, for what is no whole number from 0 to 65535.
 * @example
 * scaleU16("netuid", 258); // Uint8Array [2, 1]
 */
export function scaleU16(argument: string, value: number): Uint8Array {
  assertInteger(argument, value, 65_535);
  return Uint8Array.of(value & 255, value >> 8);
}

/** A SCALE `u64`: eight bytes, the lowest first. @throws {InvalidArgumentError} outside 0 to 2^64 - 1. */
export function scaleU64(argument: string, value: bigint | number): Uint8Array {
  const whole = typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value) : -1n;
  if (whole < 0n || whole > U64_MAX) {
    throw new InvalidArgumentError({ argument, problem: "must be a whole number from 0 to 2^64 - 1", value });
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, whole, true);
  return bytes;
}

/** A SCALE compact number below 2^30, as lengths are. */
export function scaleCompact(value: number): Uint8Array {
  assertInteger("length", value, 2 ** 30 - 1);
  if (value < 64) return Uint8Array.of(value << 2);
  if (value < 16_384) return Uint8Array.of(((value << 2) | 1) & 255, value >> 6);
  return Uint8Array.of(((value << 2) | 2) & 255, (value >> 6) & 255, (value >> 14) & 255, (value >> 22) & 255);
}

/** A SCALE `Vec<u8>`. */
export function scaleBytes(bytes: Uint8Array): Uint8Array {
  return concatBytes(scaleCompact(bytes.length), bytes);
}

/** A SCALE `Vec<u16>`. @throws {InvalidArgumentError} for an item that is no u16. */
export function scaleU16s(argument: string, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  values.forEach((value, i) => {
    bytes.set(scaleU16(`${argument}[${i}]`, value), 2 * i);
  });
  return concatBytes(scaleCompact(values.length), bytes);
}

/** An account's 32 bytes, checked. */
export function scaleAccount(argument: string, publicKey: Uint8Array): Uint8Array {
  return assertBytes(argument, publicKey, 32);
}

/** Reads SCALE values one after another; every method throws what `fail` makes when the bytes run out or are not canonical. */
export interface ScaleReader {
  readonly left: number;
  take(part: string, length: number): Uint8Array;
  u64(part: string): bigint;
  compact(part: string): number;
  bytes(part: string): Uint8Array;
  u16s(part: string): number[];
}

/**
 * A reader over `bytes`. It never allocates more than the bytes hold, whatever the lengths in them claim.
 *
 * @param fail makes the error that is thrown.
 */
export function createScaleReader(bytes: Uint8Array, fail: (part: string, problem: string) => Error): ScaleReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (part: string, length: number) => {
    if (length > bytes.length - offset)
      throw fail(part, `wants ${length} bytes where ${bytes.length - offset} are left`);
    offset += length;
    // A copy, also of a Buffer, whose own slice() shares its memory.
    return new Uint8Array(bytes.subarray(offset - length, offset));
  };
  const compact = (part: string) => {
    const mode = (take(part, 1)[0] ?? 0) & 3;
    offset -= 1;
    if (mode === 3) throw fail(part, "has a length beyond 2^30");
    const length = [1, 2, 4][mode] ?? 1;
    const value = take(part, length).reduceRight((sum, byte) => sum * 256 + byte, 0);
    const number = Math.floor(value / 4);
    // The chain's codec takes the shortest form only.
    if (number < ([0, 64, 16_384][mode] ?? 0)) throw fail(part, "has a length that is not in its shortest form");
    return number;
  };
  return {
    get left() {
      return bytes.length - offset;
    },
    take,
    u64(part) {
      take(part, 8);
      return view.getBigUint64(offset - 8, true);
    },
    compact,
    bytes: (part) => take(part, compact(part)),
    u16s(part) {
      const count = compact(part);
      const data = take(part, 2 * count);
      return Array.from({ length: count }, (_, i) => (data[2 * i] ?? 0) + 256 * (data[2 * i + 1] ?? 0));
    },
  };
}
