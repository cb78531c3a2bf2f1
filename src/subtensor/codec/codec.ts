import type { ChainCall, Hyperparameters, Metagraph, SubnetSummary } from "../../chain/index.ts";
import { decodeNamed, type EncodedCall, encodeChainCall, encodeNamed, hasCall } from "./calls.ts";
import { blockTimeMs, constantOf, runtimeVersion } from "./constants.ts";
import {
  type ChainEvent,
  type DispatchFailure,
  decodeEvents,
  type ExtrinsicOutcome,
  moduleError,
  outcomeOf,
} from "./events.ts";
import { prepareExtrinsic, type SigningOptions, type UnsignedExtrinsic } from "./extrinsic.ts";
import { readHyperparameters } from "./hyperparameters.ts";
import { openRuntime } from "./metadata.ts";
import { createMetagraphs, type MetagraphAnswer, SUBNET_API } from "./metagraph.ts";
import type { ChainRead } from "./reads.ts";
import { decodeRuntimeResult, encodeRuntimeCall, hasMethod, type RuntimeCall } from "./runtime-calls.ts";
import { createStorage } from "./storage.ts";
import { readSubnets } from "./subnets.ts";

type Args = Readonly<Record<string, unknown>>;

/** Everything that is known of a runtime by its metadata; a new runtime needs a new one. */
export interface SubtensorCodec {
  /** Of the metadata, to be held against the chain's. */
  readonly specVersion: number;
  readonly transactionVersion: number;
  readonly blockTimeMs: number;

  hasCall(pallet: string, name: string): boolean;
  /** A call of the port. @throws {RuntimeLacksError} when the runtime has none for it. */
  encodeCall(call: ChainCall): EncodedCall;
  /** Any call. @throws {RuntimeLacksError} and {InvalidArgumentError} naming the argument. */
  encode(pallet: string, name: string, args: Args): Uint8Array;
  /** What a call's bytes mean. @throws {ChainDecodeError} */
  decodeCall(bytes: Uint8Array): { pallet: string; name: string; args: Args };
  /** @throws {UnknownExtensionError} when the runtime wants more signed than we know of. */
  signingPayload(options: SigningOptions): UnsignedExtrinsic;

  hasStorage(pallet: string, item: string): boolean;
  /** `0x` and hex; with fewer arguments than the item has, the beginning of all keys that have these. */
  storageKey(pallet: string, item: string, ...args: readonly unknown[]): string;
  /** Null bytes give the item's default, or null where it has none. @throws {ChainDecodeError} */
  decodeStorage(pallet: string, item: string, bytes: Uint8Array | null): unknown;
  /** The arguments of a key; those that were only hashed come as `0x` and hex. @throws {ChainDecodeError} */
  decodeStorageKey(pallet: string, item: string, key: string): readonly unknown[];

  has(api: string, method: string): boolean;
  encodeRuntimeCall(api: string, method: string, args: readonly unknown[]): RuntimeCall;
  /** @throws {ChainDecodeError} */
  decodeRuntimeResult(api: string, method: string, bytes: Uint8Array): unknown;
  /** @throws {RuntimeLacksError} */
  constant(pallet: string, name: string): unknown;

  /** Null = no such subnet. @throws {ChainDecodeError} */
  metagraph(answer: MetagraphAnswer): Metagraph | null;
  decodeEvents(bytes: Uint8Array | null): readonly ChainEvent[];
  /** Null = the events say nothing of this extrinsic. */
  outcome(events: readonly ChainEvent[], extrinsic: number): ExtrinsicOutcome | null;
  moduleError(error: { readonly index: number; readonly error: Uint8Array | string }): DispatchFailure;
  readonly reads: {
    /** Null = no such subnet, or no such mechanism. */
    metagraph(query: { netuid: number; mechanism?: number | undefined }): ChainRead<Metagraph | null>;
    /** Null = no such subnet. */
    hyperparameters(query: { netuid: number }): ChainRead<Hyperparameters | null>;
    subnets(): ChainRead<readonly SubnetSummary[]>;
  };
}

/**
 * What a runtime's calls, storage, answers and events look like in bytes, all of it by name from its metadata. Pure: no network, no
 * clock. Integers of 64 bits and more are bigints, bytes `0x` and hex, accounts SS58 of format 42, None null, variants `{type, value}`.
 *
 * @param metadata V14 to V16: `state_getMetadata`, or `state_call` of `Metadata_metadata_at_version` as it comes.
 * @throws {ChainDecodeError} when it is not metadata.
 * @example
 * const codec = createCodec(metadata);
 * codec.encodeCall({ type: "register", netuid: 1, hotkey, maxBurnRao: null }).description.name; // "burned_register"
 */
export function createCodec(metadata: Uint8Array): SubtensorCodec {
  const runtime = openRuntime(metadata);
  const storage = createStorage(runtime);
  const metagraph = createMetagraphs(runtime);

  function readMetagraph(netuid: number, mechanism: number): ChainRead<Metagraph | null> {
    const method = hasMethod(runtime, SUBNET_API, "get_mechagraph") ? "get_mechagraph" : "get_metagraph";
    const args = method === "get_mechagraph" ? [netuid, mechanism] : [netuid];
    const item = ["SubtensorModule", "ValidatorTrust"] as const;
    const keys = storage.has(...item) ? [storage.key(...item, netuid)] : [];
    return {
      calls:
        mechanism !== 0 && method === "get_metagraph" ? [] : [encodeRuntimeCall(runtime, SUBNET_API, method, args)],
      keys,
      take: ({ calls: [bytes], values }) => {
        if (bytes === undefined) return { value: null };
        const validatorTrust = keys.length === 0 ? [] : storage.decode(...item, values[0] ?? null);
        return { value: metagraph({ method, bytes, validatorTrust }) };
      },
    };
  }

  return {
    ...runtimeVersion(runtime),
    blockTimeMs: blockTimeMs(runtime),
    hasCall: (pallet, name) => hasCall(runtime, pallet, name),
    encodeCall: (call) => encodeChainCall(runtime, call),
    encode: (pallet, name, args) => encodeNamed(runtime, pallet, name, args),
    decodeCall: (bytes) => decodeNamed(runtime, bytes),
    signingPayload: (options) => prepareExtrinsic(runtime, options),
    hasStorage: storage.has,
    storageKey: storage.key,
    decodeStorage: storage.decode,
    decodeStorageKey: storage.decodeKey,
    has: (api, method) => hasMethod(runtime, api, method),
    encodeRuntimeCall: (api, method, args) => encodeRuntimeCall(runtime, api, method, args),
    decodeRuntimeResult: (api, method, bytes) => decodeRuntimeResult(runtime, api, method, bytes),
    constant: (pallet, name) => constantOf(runtime, pallet, name),
    metagraph,
    decodeEvents: (bytes) => decodeEvents(storage, bytes),
    outcome: (events, extrinsic) => outcomeOf(runtime, events, extrinsic),
    moduleError: (error) => moduleError(runtime, error),
    reads: {
      metagraph: ({ netuid, mechanism = 0 }) => readMetagraph(netuid, mechanism),
      hyperparameters: ({ netuid }) => readHyperparameters(runtime, storage, netuid),
      subnets: () => readSubnets(runtime, storage),
    },
  };
}
