import { Blake2128Concat, Identity, Twox64Concat, Twox128 } from "@polkadot-api/substrate-bindings";
import { concatBytes, toHex, utf8 } from "../core/index.ts";

/** How the chain turns one key of a map into bytes; the keys themselves are SCALE. */
const HASHERS = { Identity, Twox64Concat, Blake2_128Concat: Blake2128Concat } as const;
export type StorageHasher = keyof typeof HASHERS;

/**
 * What all keys of a storage item begin with: twox128 of the pallet's name, twox128 of the item's.
 *
 * @returns 32 bytes.
 * @example
 * toHex(storagePrefix("SubtensorModule", "Tempo")); // "658faa385070e074c85bf6b568cf05557641384bb339f3758acddfd7053d3317"
 */
export function storagePrefix(pallet: string, item: string): Uint8Array {
  return concatBytes(Twox128(utf8(pallet)), Twox128(utf8(item)));
}

/**
 * The storage key of an item by names alone, for tests and tools; the adapter takes its keys from the runtime's metadata.
 *
 * @param keys of a map, in order: the hasher and the SCALE bytes.
 * @returns hex with `0x`, as `state_getStorage` takes it.
 * @example
 * storageKey("SubtensorModule", "RevealPeriodEpochs", ["Twox64Concat", Uint8Array.of(7, 0)]);
 * // "0x658faa385070e074c85bf6b568cf05558f232bcbac768c1d6201850c60f161edbc57c078260bbd3c0700"
 */
export function storageKey(
  pallet: string,
  item: string,
  ...keys: readonly (readonly [hasher: StorageHasher, key: Uint8Array])[]
): string {
  const parts = keys.map(([hasher, key]) => HASHERS[hasher](key));
  return `0x${toHex(concatBytes(storagePrefix(pallet, item), ...parts))}`;
}
