import type { EnumVar, LookupEntry } from "@polkadot-api/metadata-builders";
import { array, option, struct, tuple, variants, vector } from "./composites.ts";
import { type Cursor, fail, readLength, skip } from "./cursor.ts";
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
} from "./primitives.ts";

/** Deepest nesting of a type that holds itself, such as a batch of batches. */
const MAX_DEPTH = 32;

const isByte = (entry: LookupEntry) => entry.type === "primitive" && entry.value === "u8";
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
