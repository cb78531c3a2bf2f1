import { fromHex } from "../core/index.ts";
import { ChainDecodeError } from "./codec/errors.ts";

/** What is decoded is of the shape that the chain's metadata says, which a new runtime may have changed. */
function unexpected(what: string, wanted: string): never {
  throw new ChainDecodeError({ what, problem: `something else than ${wanted}` });
}

/** A whole number that a double holds. */
export function numberOf(what: string, value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : unexpected(what, "a whole number");
}

/** A text, an address, or bytes as hex. */
export function textOf(what: string, value: unknown): string {
  return typeof value === "string" ? value : unexpected(what, "a text");
}

/** Bytes as nodes write them. */
export function bytesOf(what: string, value: unknown): Uint8Array {
  const good = typeof value === "string" && value.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(value);
  return good ? fromHex(what, value) : unexpected(what, "bytes in hex");
}

/** Named fields. */
export function recordOf(what: string, value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : unexpected(what, "named fields");
}

/** A list of tuples; absent = empty. */
export function rowsOf(what: string, value: unknown): readonly (readonly unknown[])[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return unexpected(what, "a list");
  return value.map((row: unknown) => (Array.isArray(row) ? row : unexpected(what, "a list of tuples")));
}

/** A list of pairs of numbers; absent = empty. */
export function pairsOf(what: string, value: unknown): readonly (readonly [number, number])[] {
  return rowsOf(what, value).map(([a, b]) => [numberOf(what, a), numberOf(what, b)]);
}
