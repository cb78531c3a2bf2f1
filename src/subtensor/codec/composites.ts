import { type Cursor, fail, readLength, readUint, spend } from "./cursor.ts";
import { nothing, refuse, type Scale, writeCompact } from "./primitives.ts";

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
      spend(cursor, entries.length);
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.read(cursor);
      return value;
    },
    skip: (cursor) => {
      spend(cursor, entries.length);
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
    read: (cursor) => {
      spend(cursor, parts.length);
      return parts.map((part) => part.read(cursor));
    },
    skip: (cursor) => {
      spend(cursor, parts.length);
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
  spend(cursor, count);
  const values: unknown[] = [];
  for (let i = 0; i < count; i++) values.push(inner.read(cursor));
  return values;
}

/** Always the same count of one type. */
export function array(inner: Scale, length: number): Scale {
  return {
    minBytes: inner.minBytes * length,
    read: (cursor) => readMany(cursor, inner, length),
    skip: (cursor) => {
      spend(cursor, length);
      for (let i = 0; i < length; i++) inner.skip(cursor);
    },
    write: (writer, value, path) => {
      const values = listOf(value, path);
      if (values.length !== length) refuse(path, `must have ${length} values, not ${values.length}`);
      for (const [i, each] of values.entries()) inner.write(writer, each, `${path}[${i}]`);
    },
  };
}

/** Any count of one type. */
export function vector(inner: Scale): Scale {
  return {
    minBytes: 1,
    read: (cursor) => readMany(cursor, inner, readLength(cursor, inner.minBytes)),
    skip: (cursor) => {
      const count = readLength(cursor, inner.minBytes);
      spend(cursor, count);
      for (let i = 0; i < count; i++) inner.skip(cursor);
    },
    write: (writer, value, path) => {
      const values = listOf(value, path);
      writeCompact(writer, BigInt(values.length));
      for (const [i, each] of values.entries()) inner.write(writer, each, `${path}[${i}]`);
    },
  };
}

/** Whether an option is there. */
export function readFlag(cursor: Cursor): boolean {
  const byte = readUint(cursor, 1);
  return byte < 2 ? byte === 1 : fail(cursor, `${byte} where 0 or 1 is wanted`);
}

/** None is `null`, and may be left out where it is written. */
export function option(inner: Scale): Scale {
  return {
    minBytes: 1,
    read: (cursor) => (readFlag(cursor) ? inner.read(cursor) : null),
    skip: (cursor) => {
      if (readFlag(cursor)) inner.skip(cursor);
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
/** One case: its name, its index on the wire, and what follows. */
export type Case = readonly [type: string, index: number, inner: Scale];

/** `{type, value}`; a case without a value may be written as its name alone. */
export function variants(cases: readonly Case[]): Scale {
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
