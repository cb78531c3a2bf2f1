import { ChainDecodeError } from "./errors.ts";

/** A record out of decoded bytes, and whose bytes they were. */
export interface Fields {
  readonly what: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const decoder = new TextDecoder();

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws {ChainDecodeError} when it is not an object. */
export function fieldsOf(what: string, value: unknown): Fields {
  return isRecord(value) ? { what, record: value } : wrong(what, "is not a record");
}

function wrong(what: string, problem: string): never {
  throw new ChainDecodeError({ what, problem });
}

/** An integer as a number. The chain's u64 may be above 2^53, where its neighbours look the same. */
export function numberAt({ what, record }: Fields, name: string): number {
  const value = record[name];
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : wrong(what, `has no number ${name}`);
}

/** An integer as a bigint. */
export function bigintAt({ what, record }: Fields, name: string): bigint {
  const value = record[name];
  return typeof value === "number" || typeof value === "bigint" ? BigInt(value) : wrong(what, `has no number ${name}`);
}

/** True or false. */
export function booleanAt({ what, record }: Fields, name: string): boolean {
  const value = record[name];
  return typeof value === "boolean" ? value : wrong(what, `has no flag ${name}`);
}

/** A text, such as an address. */
export function stringAt({ what, record }: Fields, name: string): string {
  const value = record[name];
  return typeof value === "string" ? value : wrong(what, `has no text ${name}`);
}

/** A list. */
export function listAt({ what, record }: Fields, name: string): readonly unknown[] {
  const value = record[name];
  return Array.isArray(value) ? value : wrong(what, `has no list ${name}`);
}

/** A name that a runtime keeps as bytes: hex of a `Vec<u8>`, or a list of `Compact<u8>`. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return decoder.decode(Buffer.from(value.replace(/^0x/, ""), "hex"));
  return Array.isArray(value) ? decoder.decode(Uint8Array.from(value.map(Number))) : "";
}
