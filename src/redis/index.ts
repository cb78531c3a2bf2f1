/**
 * @module redis
 * What processes of one node share where one process is not enough, in Redis: the nonces that were accepted. It fails closed: where
 * Redis cannot be asked, or has forgotten, nothing is accepted. The package `ioredis` is loaded when this is used, and by nothing else.
 *
 * @example
 * const store = await createRedisNonceStore({ url: "redis://127.0.0.1:6379", owner: signer.address }, { clock, logger });
 * [await store.accept("5Grw", nonce), await store.accept("5Grw", nonce)]; // [true, false]
 */
export { RedisUnavailableError, RedisUnfitError } from "./errors.ts";
export { createRedisNonceStore, type RedisNonceStore, type RedisNonceStoreOptions } from "./nonce-store.ts";
