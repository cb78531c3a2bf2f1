/** Events over a Redis stream: doors put them in, workers take them out, and what nobody can take is kept apart. */
export { createIngestConsumer, type IngestConsumer, type IngestConsumerModules } from "./consumer.ts";
export type { IngestConsumerOptions, IngestConsumerStatus, StreamStatus } from "./consumer-options.ts";
export { type DeadLetter, type DeadLetters, openDeadLetters } from "./dead-letters.ts";
export {
  createEventProducer,
  type EventProducer,
  type EventProducerOptions,
  type EventProducerStatus,
} from "./producer.ts";
