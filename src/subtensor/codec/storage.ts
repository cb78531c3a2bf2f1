import {
  Blake2128,
  Blake2128Concat,
  Blake2256,
  Identity,
  Twox64Concat,
  Twox128,
  Twox256,
} from "@polkadot-api/substrate-bindings";
import { concatBytes, fromHex, InvalidArgumentError, toHex, utf8 } from "../../core/index.ts";
import { type Cursor, fail, readAll, skip, take } from "./cursor.ts";
import { RuntimeLacksError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import type { Scale, Writer } from "./primitives.ts";

/** Each hasher with the bytes that it puts before a key; a negative count = in its place. */
const HASHERS = {
  Identity: [Identity, 0],
  Twox64Concat: [Twox64Concat, 8],
  Blake2128Concat: [Blake2128Concat, 16],
  Twox128: [Twox128, -16],
  Twox256: [Twox256, -32],
  Blake2128: [Blake2128, -16],
  Blake2256: [Blake2256, -32],
} as const;
/** An item that must be there: absence means its default. */
const HAS_DEFAULT = 1;

interface Item {
  readonly prefix: Uint8Array;
  readonly hashers: readonly (typeof HASHERS)[keyof typeof HASHERS][];
  readonly keys: readonly Scale[];
  readonly value: Scale;
  /** Null = absence means nothing. */
  readonly fallback: Uint8Array | null;
}

/** Keys and values of a runtime's storage. */
export interface StorageCodec {
  /** Whether the runtime has an item. */
  has(pallet: string, item: string): boolean;
  key(pallet: string, item: string, ...args: readonly unknown[]): string;
  decode(pallet: string, item: string, bytes: Uint8Array | null): unknown;
  decodeKey(pallet: string, item: string, key: string): readonly unknown[];
}

function keyScales(runtime: Runtime, type: number, count: number): Scale[] {
  if (count === 1) return [runtime.scale(type)];
  const shape = runtime.lookup(type);
  if (shape.type === "tuple") return shape.value.map(({ id }) => runtime.scale(id));
  if (shape.type === "array") return new Array<Scale>(count).fill(runtime.scale(shape.value.id));
  throw new RuntimeLacksError({ kind: "storage", item: `a map of ${count} keys, which are no tuple` });
}

function readKey(cursor: Cursor, scale: Scale, hashed: number): unknown {
  if (hashed < 0) return `0x${toHex(take(cursor, -hashed))}`;
  skip(cursor, hashed);
  return scale.read(cursor);
}

/** Makes the storage part of a codec; an item's types are read when it is first asked for. */
export function createStorage(runtime: Runtime): StorageCodec {
  const items = new Map<string, Item>();

  const find = (palletName: string, itemName: string) =>
    runtime.findPallet(palletName)?.storage?.items.find(({ name }) => name === itemName);

  function make(palletName: string, itemName: string): Item {
    const prefix = runtime.pallet(palletName).storage?.prefix ?? palletName;
    const found = find(palletName, itemName);
    if (found === undefined) throw new RuntimeLacksError({ kind: "storage", item: `${palletName}.${itemName}` });
    const map = found.type.tag === "map" ? found.type.value : { hashers: [], key: 0, value: found.type.value };
    return {
      prefix: concatBytes(Twox128(utf8(prefix)), Twox128(utf8(itemName))),
      hashers: map.hashers.map(({ tag }) => HASHERS[tag]),
      keys: map.hashers.length === 0 ? [] : keyScales(runtime, map.key, map.hashers.length),
      value: runtime.scale(map.value),
      fallback: found.modifier === HAS_DEFAULT ? fromHex("fallback", found.fallback) : null,
    };
  }

  function itemOf(pallet: string, item: string): Item {
    const name = `${pallet}.${item}`;
    const known = items.get(name);
    if (known !== undefined) return known;
    const made = make(pallet, item);
    items.set(name, made);
    return made;
  }

  return {
    has: (pallet, item) => find(pallet, item) !== undefined,
    key: (pallet, item, ...args) => {
      const { prefix, hashers, keys } = itemOf(pallet, item);
      const argument = `${pallet}.${item}`;
      if (args.length > keys.length)
        throw new InvalidArgumentError({ argument, problem: `takes ${keys.length} keys, not ${args.length}` });
      const parts = args.map((value, i) => {
        const writer: Writer = [];
        keys[i].write(writer, value, `${argument}[${i}]`);
        return hashers[i][0](Uint8Array.from(writer));
      });
      return `0x${toHex(concatBytes(prefix, ...parts))}`;
    },
    decode: (pallet, item, bytes) => {
      const { value, fallback } = itemOf(pallet, item);
      const present = bytes ?? fallback;
      return present === null ? null : readAll(`${pallet}.${item}`, present, value.read);
    },
    decodeKey: (pallet, item, key) => {
      const { prefix, hashers, keys } = itemOf(pallet, item);
      return readAll(`a key of ${pallet}.${item}`, fromHex("key", key), (cursor) => {
        if (toHex(take(cursor, prefix.length)) !== toHex(prefix)) fail(cursor, "a key of another item");
        return keys.map((scale, i) => readKey(cursor, scale, hashers[i][1]));
      });
    },
  };
}
