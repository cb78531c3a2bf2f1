import { errorText, SubnetError } from "../../core/index.ts";
import { ChainDecodeError } from "./errors.ts";

/** Longest answer that is looked at; a list of all metagraphs is some 5 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Most values that are read out of one answer, and how many each of its bytes allows: parts of no size cost a stranger nothing. */
const MAX_VALUES = 16 * 1024 * 1024;
const VALUES_PER_BYTE = 8;
const VALUES_AT_LEAST = 65_536;

/** A place in bytes that came from a chain. Every step past their end is one typed error. */
export interface Cursor {
  /** Whose bytes, for the error. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** Types that hold themselves, so far. */
  depth: number;
  /** Values that may still be read. */
  valuesLeft: number;
}

/** @throws {ChainDecodeError} always. */
export function fail({ what, at, bytes }: Cursor, problem: string): never {
  throw new ChainDecodeError({ what, problem: `${problem} at byte ${at} of ${bytes.length}` });
}

function open(what: string, bytes: Uint8Array): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const valuesLeft = Math.min(MAX_VALUES, VALUES_AT_LEAST + VALUES_PER_BYTE * bytes.length);
  const cursor: Cursor = { what, bytes, view, at: 0, depth: 0, valuesLeft };
  if (bytes.length > MAX_BYTES) fail(cursor, `more than ${MAX_BYTES} bytes`);
  return cursor;
}

/** Runs what may fail in other people's words, and says it in ours. */
export function guarded<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SubnetError) throw error;
    throw new ChainDecodeError({ what, problem: errorText(error) || "not understood", cause: error });
  }
}

/**
 * Reads all of some bytes: what is left over is an error too, since then they are of another type.
 *
 * @throws {ChainDecodeError}
 * @example
 * readAll("Tempo", Uint8Array.of(104, 1), (cursor) => readUint(cursor, 2)); // 360
 */
export function readAll<T>(what: string, bytes: Uint8Array, read: (cursor: Cursor) => T): T {
  return guarded(what, () => {
    const cursor = open(what, bytes);
    const value = read(cursor);
    if (cursor.at !== bytes.length) fail(cursor, `${bytes.length - cursor.at} bytes too many`);
    return value;
  });
}

/** The next bytes, as a view of the answer. */
export function take(cursor: Cursor, count: number): Uint8Array {
  const from = cursor.at;
  skip(cursor, count);
  return cursor.bytes.subarray(from, cursor.at);
}

/** Steps over bytes. */
export function skip(cursor: Cursor, count: number): void {
  if (count > cursor.bytes.length - cursor.at) fail(cursor, `${count} bytes wanted, and too few left`);
  cursor.at += count;
}

/** Before so many values are read or stepped over: metadata may claim arrays and structs that no bytes are needed for. */
export function spend(cursor: Cursor, values: number): void {
  cursor.valuesLeft -= values;
  if (cursor.valuesLeft < 0) fail(cursor, "more values than so few bytes hold");
}

/** An unsigned integer of 1, 2 or 4 bytes, little-endian. */
export function readUint(cursor: Cursor, width: 1 | 2 | 4): number {
  const from = cursor.at;
  skip(cursor, width);
  if (width === 1) return cursor.bytes[from];
  return width === 2 ? cursor.view.getUint16(from, true) : cursor.view.getUint32(from, true);
}

/** An unsigned integer of 8, 16 or 32 bytes, little-endian. */
export function readBigUint(cursor: Cursor, width: number): bigint {
  const from = cursor.at;
  skip(cursor, width);
  let value = cursor.view.getBigUint64(from, true);
  for (let word = 8; word < width; word += 8) value |= cursor.view.getBigUint64(from + word, true) << BigInt(word * 8);
  return value;
}

/** SCALE's compact integer: small ones come as a number, those above 2^30 as a bigint. */
export function readCompact(cursor: Cursor): number | bigint {
  const first = readUint(cursor, 1);
  const mode = first & 3;
  if (mode === 0) return first >> 2;
  cursor.at -= 1;
  if (mode === 1) return readUint(cursor, 2) >> 2;
  if (mode === 2) return readUint(cursor, 4) >>> 2;
  cursor.at += 1;
  const width = (first >> 2) + 4;
  if (width > 16) fail(cursor, `a compact integer of ${width} bytes`);
  const bytes = take(cursor, width);
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

/** Steps over a compact integer. */
export function skipCompact(cursor: Cursor): void {
  const first = readUint(cursor, 1);
  const mode = first & 3;
  skip(cursor, mode === 3 ? (first >> 2) + 4 : (1 << mode) - 1);
}

/** Zero-sized elements cost a stranger nothing, so there may not be many. */
const MAX_EMPTY = 4096;

/** How many elements follow, believed only when the bytes that are left can hold so many. */
export function readLength(cursor: Cursor, minBytes: number): number {
  const count = readCompact(cursor);
  const most = minBytes === 0 ? MAX_EMPTY : (cursor.bytes.length - cursor.at) / minBytes;
  if (typeof count === "bigint" || count > most) fail(cursor, `a length of ${count}, and too few bytes for it`);
  return count;
}
