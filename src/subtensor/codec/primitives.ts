import { fromHex, InvalidArgumentError, toHex, utf8 } from "../../core/index.ts";
import { decodeAddress } from "../../wallet/index.ts";
import {
  type Cursor,
  fail,
  readBigUint,
  readCompact,
  readLength,
  readUint,
  skip,
  skipCompact,
  take,
} from "./cursor.ts";

/** Bytes in the making. */
export type Writer = number[];

/** How one type is read, stepped over and written. */
export interface Scale {
  /** Least bytes of a value: a length that the rest cannot hold is refused before anything is made. */
  readonly minBytes: number;
  readonly read: (cursor: Cursor) => unknown;
  readonly skip: (cursor: Cursor) => void;
  /** @param path names the value in an error, e.g. `set_weights.dests[2]`. */
  readonly write: (writer: Writer, value: unknown, path: string) => void;
}

/** @throws {InvalidArgumentError} always. */
export function refuse(argument: string, problem: string, value?: unknown): never {
  throw new InvalidArgumentError({ argument, problem, value });
}

/** A type of always the same size. */
function fixed(bytes: number, read: Scale["read"], write: Scale["write"]): Scale {
  return { minBytes: bytes, read, skip: (cursor) => skip(cursor, bytes), write };
}

function integerOf(value: unknown, path: string, bits: number, signed: boolean): bigint {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isSafeInteger(value)))
    refuse(path, "must be a whole number, safe as a number or a bigint", value);
  const integer = BigInt(value);
  const fits = signed ? BigInt.asIntN(bits, integer) === integer : BigInt.asUintN(bits, integer) === integer;
  return fits ? integer : refuse(path, `must fit into ${signed ? "i" : "u"}${bits}`, value);
}

function writeInteger(writer: Writer, value: bigint, bytes: number): void {
  for (let i = 0, rest = BigInt.asUintN(bytes * 8, value); i < bytes; i++, rest >>= 8n)
    writer.push(Number(rest & 255n));
}

function integer(bits: number, signed: boolean): Scale {
  const bytes = bits / 8;
  const unsigned = (cursor: Cursor): number | bigint =>
    bytes === 1 || bytes === 2 || bytes === 4 ? readUint(cursor, bytes) : readBigUint(cursor, bytes);
  const read = (cursor: Cursor) => {
    const value = unsigned(cursor);
    if (!signed) return value;
    return typeof value === "number" ? (value << (32 - bits)) >> (32 - bits) : BigInt.asIntN(bits, value);
  };
  return fixed(bytes, read, (writer, value, path) => writeInteger(writer, integerOf(value, path, bits, signed), bytes));
}

/** Writes SCALE's compact integer. */
export function writeCompact(writer: Writer, value: bigint): void {
  if (value < 64n) writer.push(Number(value) << 2);
  else if (value < 16384n) writeInteger(writer, (value << 2n) | 1n, 2);
  else if (value < 1_073_741_824n) writeInteger(writer, (value << 2n) | 2n, 4);
  else {
    const bytes = Math.ceil(value.toString(16).length / 2);
    writer.push(((bytes - 4) << 2) | 3);
    writeInteger(writer, value, bytes);
  }
}

/** `Compact<u8>` to `Compact<u32>` are numbers, wider ones bigints: by the type, never by the value. */
export function compact(bits: number): Scale {
  const most = 2n ** BigInt(bits) - 1n;
  return {
    minBytes: 1,
    read: (cursor) => {
      const value = readCompact(cursor);
      if (value > most) fail(cursor, `${value} where u${bits} is wanted`);
      return bits > 32 ? BigInt(value) : Number(value);
    },
    skip: skipCompact,
    write: (writer, value, path) => writeCompact(writer, integerOf(value, path, bits, false)),
  };
}

const bool = fixed(
  1,
  (cursor) => {
    const byte = readUint(cursor, 1);
    return byte < 2 ? byte === 1 : fail(cursor, `${byte} where a bool is wanted`);
  },
  (writer, value, path) => {
    writer.push(typeof value === "boolean" ? Number(value) : refuse(path, "must be true or false", value));
  },
);

const decoder = new TextDecoder();
const str: Scale = {
  minBytes: 1,
  read: (cursor) => decoder.decode(take(cursor, readLength(cursor, 1))),
  skip: (cursor) => skip(cursor, readLength(cursor, 1)),
  write: (writer, value, path) => {
    const bytes = utf8(typeof value === "string" ? value : refuse(path, "must be a text", value));
    writeCompact(writer, BigInt(bytes.length));
    writer.push(...bytes);
  },
};

/** Nothing at all. */
export const nothing: Scale = fixed(
  0,
  () => undefined,
  () => undefined,
);

const char = integer(32, false);
const PRIMITIVES: Readonly<Record<string, Scale>> = {
  bool,
  str,
  char,
  ...Object.fromEntries(
    [8, 16, 32, 64, 128, 256].flatMap((bits) => [
      [`u${bits}`, integer(bits, false)],
      [`i${bits}`, integer(bits, true)],
    ]),
  ),
};

/** How a primitive of the metadata is read and written; `u64` and wider are bigints. */
export function primitive(name: string): Scale {
  return PRIMITIVES[name] ?? refuse("metadata", `names a primitive that is unknown: ${name}`);
}

function bytesOf(value: unknown, path: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string" && value.startsWith("0x")) return fromHex(path, value);
  return refuse(path, "must be bytes, or hexadecimal behind 0x", value);
}

function writeBytes(writer: Writer, bytes: Uint8Array): void {
  for (const byte of bytes) writer.push(byte);
}

/** `[u8; N]`: `0x` and hex. */
export function byteArray(length: number): Scale {
  return fixed(
    length,
    (cursor) => `0x${toHex(take(cursor, length))}`,
    (writer, value, path) => {
      const bytes = bytesOf(value, path);
      if (bytes.length !== length) refuse(path, `must be ${length} bytes long, not ${bytes.length}`);
      writeBytes(writer, bytes);
    },
  );
}

/** `Vec<u8>`: `0x` and hex. */
export const byteVector: Scale = {
  minBytes: 1,
  read: (cursor) => `0x${toHex(take(cursor, readLength(cursor, 1)))}`,
  skip: (cursor) => skip(cursor, readLength(cursor, 1)),
  write: (writer, value, path) => {
    const bytes = bytesOf(value, path);
    writeCompact(writer, BigInt(bytes.length));
    writeBytes(writer, bytes);
  },
};

/** A public key: read as an SS58 address of format 42, written from one, or from 32 bytes. */
export function account(addressOf: (publicKey: Uint8Array) => string): Scale {
  const raw = byteArray(32);
  return fixed(
    32,
    (cursor) => addressOf(take(cursor, 32)),
    (writer, value, path) =>
      raw.write(writer, typeof value === "string" && !value.startsWith("0x") ? decodeAddress(value) : value, path),
  );
}
