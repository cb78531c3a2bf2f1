import { getLookupFn, type LookupEntry } from "@polkadot-api/metadata-builders";
import { type UnifiedMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import { createAddresses } from "./addresses.ts";
import { guarded } from "./cursor.ts";
import { ChainDecodeError, RuntimeLacksError } from "./errors.ts";
import { readMetadata } from "./metadata-shape.ts";
import type { Scale } from "./primitives.ts";
import { createScales, type EnumCase } from "./scale.ts";

/** "meta", little-endian. */
const MAGIC = [0x6d, 0x65, 0x74, 0x61];
/** Option, then a compact length of at most 4 bytes. */
const MAX_WRAPPING = 5;

type Pallet = UnifiedMetadata["pallets"][number];

/** A runtime's metadata, with readers and writers of its types. */
export interface Runtime {
  readonly metadata: UnifiedMetadata;
  /** The normalised shape of a type. */
  readonly lookup: (type: number) => LookupEntry;
  readonly scale: (type: number) => Scale;
  /** What follows the index of a case. */
  readonly scaleOfCase: (type: EnumCase) => Scale;
  /** The cases of an enumeration, such as a pallet's calls; of anything else, and of none, there are none. */
  readonly cases: (type: number | undefined) => Readonly<Record<string, EnumCase>>;
  readonly addressOf: (publicKey: Uint8Array) => string;
  /** Undefined = the runtime has no such pallet. */
  readonly findPallet: (name: string) => Pallet | undefined;
  /** @throws {RuntimeLacksError} when there is none. */
  readonly pallet: (name: string) => Pallet;
}

/** Where the metadata begins: an answer of `state_call` is wrapped as bytes, and perhaps as an option. */
function unwrapped(bytes: Uint8Array): Uint8Array {
  for (let start = 0; start <= MAX_WRAPPING; start++)
    if (MAGIC.every((byte, i) => bytes[start + i] === byte)) return bytes.subarray(start);
  const problem =
    bytes.length === 1 && bytes[0] === 0 ? "the runtime has no such version of it" : "it does not begin so";
  throw new ChainDecodeError({ what: "metadata", problem });
}

function decoded(bytes: Uint8Array): UnifiedMetadata {
  const metadata = readMetadata(unwrapped(bytes));
  return guarded("metadata", () => unifyMetadata(metadata));
}

/**
 * Reads a runtime's metadata, V14 to V16, as `state_getMetadata` gives it or as `Metadata_metadata_at_version` does.
 *
 * @throws {ChainDecodeError} when it is not metadata.
 */
export function openRuntime(bytes: Uint8Array): Runtime {
  const metadata = decoded(bytes);
  const find = guarded("metadata", () => getLookupFn(metadata));
  // A type that is not there, or that only leads to itself, is found when it is first asked for.
  const lookup = (type: number) => guarded("metadata", () => find(type));
  const addressOf = createAddresses();
  const pallets = new Map(metadata.pallets.map((pallet) => [pallet.name, pallet]));
  const scales = createScales(lookup, addressOf);
  return {
    metadata,
    lookup,
    scale: (type) => guarded("metadata", () => scales.ofType(type)),
    scaleOfCase: (type) => guarded("metadata", () => scales.ofCase(type)),
    cases: (type) => {
      const entry = type === undefined ? undefined : lookup(type);
      return entry?.type === "enum" ? entry.value : {};
    },
    addressOf,
    findPallet: (name) => pallets.get(name),
    pallet: (name) => {
      const found = pallets.get(name);
      if (found === undefined) throw new RuntimeLacksError({ kind: "pallet", item: name });
      return found;
    },
  };
}
