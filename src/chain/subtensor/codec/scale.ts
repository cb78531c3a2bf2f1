import type { EnumVar, LookupEntry } from "@polkadot-api/metadata-builders";
import { type Cursor, fail, readLength, readUint, skip } from "./cursor.ts";
import {
  account,
  byteArray,
  byteVector,
  compact,
  nothing,
  primitive,
  refuse,
  type Scale,
  type Writer,
  writeCompact,
} from "./primitives.ts";

/** Deepest nesting of a type that holds itself, such as a batch of batches. */
const MAX_DEPTH = 32;

const isByte = (entry: LookupEntry) => entry.type === "primitive" && entry.value === "u8";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
const listOf = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? value : refuse(path, "must be a list", value);

/** Fields by name. What is given and has no place is refused: a runtime that dropped an argument means another call. */
export function struct(fields: Readonly<Record<string, Scale>>): Scale {
  const entries = Object.entries(fields);
  return {
    minBytes: entries.reduce((sum, [, { minBytes }]) => sum + minBytes, 0),
    read: (cursor) => {
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.read(cursor);
      return value;
    },
    skip: (cursor) => {
      for (const [, field] of entries) field.skip(cursor);
    },
    write: (writer, value, path) => {
      const given = isRecord(value) ? value : refuse(path, "must be an object", value);
      for (const name of Object.keys(given))
        if (!Object.hasOwn(fields, name)) refuse(`${path}.${name}`, "is not known to this runtime");
      for (const [name, field] of entries) field.write(writer, given[name], `${path}.${name}`);
    },
  };
}

/** Values by position. */
export function tuple(parts: readonly Scale[]): Scale {
  return {
    minBytes: parts.reduce((sum, { minBytes }) => sum + minBytes, 0),
    read: (cursor) => parts.map((part) => part.read(cursor)),
    skip: (cursor) => {
      for (const part of parts) part.skip(cursor);
    },
    write: (writer, value, path) => {
      const values = listOf(value, path);
      if (values.length !== parts.length) refuse(path, `must have ${parts.length} values, not ${values.length}`);
      for (const [i, part] of parts.entries()) part.write(writer, values[i], `${path}[${i}]`);
    },
  };
}

function readMany(cursor: Cursor, inner: Scale, count: number): unknown[] {
  const values: unknown[] = [];
  for (let i = 0; i < count; i++) values.push(inner.read(cursor));
  return values;
}

function array(inner: Scale, length: number): Scale {
  return {
    minBytes: inner.minBytes * length,
    read: (cursor) => readMany(cursor, inner, length),
    skip: (cursor) => {
      for (let i = 0; i < length; i++) inner.skip(cursor);
    },
    write: (writer, value, path) => {
      const values = listOf(value, path);
      if (values.length !== length) refuse(path, `must have ${length} values, not ${values.length}`);
      for (const [i, each] of values.entries()) inner.write(writer, each, `${path}[${i}]`);
    },
  };
}

function vector(inner: Scale): Scale {
  return {
    minBytes: 1,
    read: (cursor) => readMany(cursor, inner, readLength(cursor, inner.minBytes)),
    skip: (cursor) => {
      const count = readLength(cursor, inner.minBytes);
      for (let i = 0; i < count; i++) inner.skip(cursor);
    },
    write: (writer, value, path) => {
      const values = listOf(value, path);
      writeCompact(writer, BigInt(values.length));
      for (const [i, each] of values.entries()) inner.write(writer, each, `${path}[${i}]`);
    },
  };
}

function flag(cursor: Cursor): boolean {
  const byte = readUint(cursor, 1);
  return byte < 2 ? byte === 1 : fail(cursor, `${byte} where 0 or 1 is wanted`);
}

/** None is `null`, and may be left out where it is written. */
function option(inner: Scale): Scale {
  return {
    minBytes: 1,
    read: (cursor) => (flag(cursor) ? inner.read(cursor) : null),
    skip: (cursor) => {
      if (flag(cursor)) inner.skip(cursor);
    },
    write: (writer, value, path) => {
      const none = value === null || value === undefined;
      writer.push(none ? 0 : 1);
      if (!none) inner.write(writer, value, path);
    },
  };
}

/** What a variant with its value looks like here; without a value, `value` is absent. */
export interface Variant {
  readonly type: string;
  readonly value?: unknown;
}
type Case = readonly [type: string, index: number, inner: Scale];

/** `{type, value}`; a case without a value may be written as its name alone. */
function variants(cases: readonly Case[]): Scale {
  const byIndex = new Map(cases.map((each) => [each[1], each]));
  const byName = new Map(cases.map((each) => [each[0], each]));
  const caseAt = (cursor: Cursor): Case => {
    const index = readUint(cursor, 1);
    return byIndex.get(index) ?? fail(cursor, `variant ${index}, which the metadata does not know`);
  };
  return {
    minBytes: 1 + Math.min(...cases.map(([, , { minBytes }]) => minBytes)),
    read: (cursor) => {
      const [type, , inner] = caseAt(cursor);
      return inner === nothing ? { type } : { type, value: inner.read(cursor) };
    },
    skip: (cursor) => caseAt(cursor)[2].skip(cursor),
    write: (writer, value, path) => {
      const given = isRecord(value) ? value : { type: value };
      const [, index, inner] =
        byName.get(String(given.type)) ?? refuse(path, `must be one of ${[...byName.keys()].slice(0, 20).join(", ")}`);
      writer.push(index);
      inner.write(writer, given.value, `${path}.${String(given.type)}`);
    },
  };
}

/** A pallet's index and its four error bytes, whatever pallets there are: an error is never a reason not to be read. */
function moduleError(length: number): Scale {
  return struct({ index: primitive("u8"), error: byteArray(length - 1) });
}

function bits(): Scale {
  const bytesFor = (cursor: Cursor) => Math.ceil(readLength(cursor, 1 / 8) / 8);
  return {
    minBytes: 1,
    read: (cursor) => byteArray(bytesFor(cursor)).read(cursor),
    skip: (cursor) => skip(cursor, bytesFor(cursor)),
    write: (_: Writer, __: unknown, path: string) => refuse(path, "is a bit sequence, which this version cannot write"),
  };
}

/** One case of an enumeration, as the metadata has it. */
export type EnumCase = EnumVar["value"][string];

/** Readers and writers of a runtime's types. */
export interface Scales {
  readonly ofType: (id: number) => Scale;
  /** Of one call, event or error: what follows its index. */
  readonly ofCase: (type: EnumCase) => Scale;
}

/**
 * Turns types of the metadata into readers and writers, each made when it is first asked for. Newtypes are transparent, bytes are
 * `0x` and hex, accounts SS58, integers of 64 bits and more bigints, None null, variants `{type, value}`.
 *
 * @param lookup of `getLookupFn`.
 */
export function createScales(
  lookup: (id: number) => LookupEntry,
  addressOf: (publicKey: Uint8Array) => string,
): Scales {
  const made = new Map<number, Scale>();
  const making = new Set<number>();
  const accounts = account(addressOf);

  /** A type inside itself: looked up when it is needed, and counted. */
  function again(id: number): Scale {
    const of = () => made.get(id) ?? nothing;
    const deeper = <T>(cursor: Cursor, go: () => T): T => {
      if (++cursor.depth > MAX_DEPTH) fail(cursor, `a value more than ${MAX_DEPTH} deep in itself`);
      const value = go();
      cursor.depth -= 1;
      return value;
    };
    return {
      minBytes: 1,
      read: (cursor) => deeper(cursor, () => of().read(cursor)),
      skip: (cursor) => deeper(cursor, () => of().skip(cursor)),
      write: (writer, value, path) => of().write(writer, value, path),
    };
  }

  function caseOf(type: EnumCase): Scale {
    if (type.type === "void") return nothing;
    if (type.type === "lookupEntry") return scaleOf(type.value);
    return make(type);
  }

  function make(entry: LookupEntry | Exclude<EnumCase, { type: "lookupEntry" | "void" }>): Scale {
    switch (entry.type) {
      case "primitive":
        return primitive(entry.value);
      case "compact":
        return compact(Number(entry.size.slice(1)));
      case "AccountId32":
        return accounts;
      case "AccountId20":
        return byteArray(20);
      case "bitSequence":
        return bits();
      case "sequence":
        return isByte(entry.value) ? byteVector : vector(scaleOf(entry.value));
      case "array":
        return isByte(entry.value) ? byteArray(entry.len) : array(scaleOf(entry.value), entry.len);
      case "option":
        return option(scaleOf(entry.value));
      case "result":
        return variants([
          ["Ok", 0, scaleOf(entry.value.ok)],
          ["Err", 1, scaleOf(entry.value.ko)],
        ]);
      case "tuple":
        return tuple(entry.value.map(scaleOf));
      case "struct":
        return struct(Object.fromEntries(Object.entries(entry.value).map(([name, type]) => [name, scaleOf(type)])));
      case "enum":
        if (entry.byteLength !== undefined) return moduleError(entry.byteLength);
        return variants(Object.entries(entry.value).map(([name, type]) => [name, type.idx, caseOf(type)]));
      default:
        return nothing;
    }
  }

  function scaleOf(entry: LookupEntry): Scale {
    const found = made.get(entry.id);
    if (found !== undefined) return found;
    if (making.has(entry.id)) return again(entry.id);
    making.add(entry.id);
    const scale = make(entry);
    making.delete(entry.id);
    made.set(entry.id, scale);
    return scale;
  }
  return { ofType: (id) => scaleOf(lookup(id)), ofCase: caseOf };
}
