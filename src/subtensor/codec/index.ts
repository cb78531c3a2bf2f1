/**
 * @module subtensor/codec
 * What Subtensor's bytes mean, by name from live metadata: calls, extrinsics, storage, runtime APIs, events and refusals. Pure; the
 * connection is somebody else's. It loads two libraries and some 100 ms with them, so it is imported when a chain is reached and
 * not before (`await import`).
 *
 * @example
 * createCodec(metadata).storageKey("SubtensorModule", "Tempo", 1); // "0x658faa38...0100"
 */
export type { EncodedCall } from "./calls.ts";
export { createCodec, type SubtensorCodec } from "./codec.ts";
export { ChainDecodeError, RuntimeLacksError, UnknownExtensionError } from "./errors.ts";
export { type ChainEvent, type DispatchFailure, type ExtrinsicOutcome, refusalOf } from "./events.ts";
export {
  extrinsicHash,
  type Mortality,
  type SignedExtrinsic,
  type SigningOptions,
  type UnsignedExtrinsic,
} from "./extrinsic.ts";
export { METAGRAPH_INDEXES, type MetagraphAnswer, type MetagraphMethod } from "./metagraph.ts";
export { type PoolAnswer, poolAnswer, type RpcFailure } from "./pool.ts";
export { type Answers, type ChainRead, runRead, type Taken } from "./reads.ts";
export type { RuntimeCall } from "./runtime-calls.ts";
