import { readFileSync } from "node:fs";
import fc from "fast-check";
import { xxhash64 } from "hash-wasm";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../core/index.ts";
import { type StorageHasher, storageKey, storagePrefix } from "./storage-keys.ts";

interface Vectors {
  readonly pallets: readonly (readonly [pallet: string, hash: string])[];
  readonly items: readonly (readonly [pallet: string, item: string, hash: string])[];
  readonly keys: readonly (readonly [
    pallet: string,
    item: string,
    keys: readonly (readonly [hasher: StorageHasher, key: string])[],
    storageKey: string,
  ])[];
}
const v: Vectors = JSON.parse(readFileSync(new URL("../../test/vectors/chain-storage.json", import.meta.url), "utf8"));

describe("storage keys", () => {
  it.each(v.items)("%s.%s has its prefix", (pallet, item, hash) => {
    const prefix = new Map(v.pallets).get(pallet);
    expect(toHex(storagePrefix(pallet, item))).toBe(`${prefix}${hash}`);
  });

  it.each(v.keys)("%s.%s", (pallet, item, keys, expected) => {
    const parts = keys.map(([hasher, key]) => [hasher, fromHex("key", key)] as const);
    expect(storageKey(pallet, item, ...parts)).toBe(expected);
  });

  it("of a value that is no map are the prefix alone", () => {
    expect(storageKey("Drand", "LastStoredRound")).toBe(`0x${toHex(storagePrefix("Drand", "LastStoredRound"))}`);
  });

  it("hash as a second library does, for any names", async () => {
    const twox128 = async (text: string) =>
      (await Promise.all([0, 1].map((seed) => xxhash64(utf8(text), seed)))).map((hash) =>
        toHex(fromHex("hash", hash).reverse()),
      );
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 70 }), fc.string({ maxLength: 70 }), async (pallet, item) => {
        const expected = [await twox128(pallet), await twox128(item)].flat().join("");
        expect(toHex(storagePrefix(pallet, item))).toBe(expected);
      }),
    );
  });
});
