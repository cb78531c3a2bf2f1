/**
 * @module redis
 * What processes share where one is not enough, in Redis: the nonces that a miner accepted, events on their way from several doors to
 * whoever takes them, and pieces of work that workers on other machines do. Nonces and events fail closed: where Redis cannot be asked, has
 * forgotten, or would lose what it is given, nothing is accepted. The packages `ioredis` and `bullmq` are loaded when this is used, and
 * by nothing else.
 *
 * @example
 * const store = await createRedisNonceStore({ url: "redis://127.0.0.1:6379", owner: signer.address }, { clock, logger });
 * [await store.accept("5Grw", nonce), await store.accept("5Grw", nonce)]; // [true, false]
 */
export {
  JobDataError,
  RedisUnavailableError,
  RedisUnfitError,
  RunForgottenError,
  WorkerRefusedError,
} from "./errors.ts";
export { createQueueJobs, type QueueJobs, type QueueJobsOptions } from "./jobs/queue-jobs.ts";
export { createQueueWorker, type QueueWorker, type QueueWorkerOptions, type WorkerTask } from "./jobs/worker.ts";
export { createRedisNonceStore, type RedisNonceStore, type RedisNonceStoreOptions } from "./nonce-store.ts";
export {
  createEventProducer,
  createIngestConsumer,
  type DeadLetter,
  type DeadLetters,
  type EventProducer,
  type EventProducerOptions,
  type EventProducerStatus,
  type IngestConsumer,
  type IngestConsumerModules,
  type IngestConsumerOptions,
  type IngestConsumerStatus,
  openDeadLetters,
  type StreamStatus,
} from "./streams/index.ts";
