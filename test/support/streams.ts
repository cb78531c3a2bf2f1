/** What tests of events over Redis Streams share. */
import { onTestFinished } from "vitest";
import { createAbortController, silentLogger, systemClock } from "../../src/core/index.ts";
import {
  createEventProducer,
  createIngestConsumer,
  type EventProducerOptions,
  type IngestConsumerModules,
  type IngestConsumerOptions,
} from "../../src/redis/index.ts";
import type { EventResult, IngestEvent, Live } from "../../src/sources/index.ts";
import { startRedis } from "./servers.ts";

const modules = { clock: systemClock, logger: silentLogger };

/** Redis that loses nothing that it has acknowledged. */
export const startSafeRedis = () => startRedis(["--appendonly", "yes", "--appendfsync", "always"]);

export const message = (id: string, conversationId = "c-1"): IngestEvent => ({
  ...{ id, conversationId, atMs: Date.now(), sequence: null, type: "message", role: "user" },
  ...{ text: "Hello, a table for two at eight, please?", entities: null },
});
export const messages = (from: number, count: number): IngestEvent[] =>
  Array.from({ length: count }, (_, i) => message(`e-${from + i}`, `c-${(from + i) % 1_000}`));

/** Knows events by source and id, as every sink must. */
export function createSetSink() {
  const seen = new Set<string>();
  let calls = 0;
  const accept = async (source: string, events: readonly IngestEvent[]): Promise<EventResult[]> => {
    calls += 1;
    return events.map(({ id }) => {
      const known = seen.has(`${source}/${id}`);
      seen.add(`${source}/${id}`);
      return { status: known ? "duplicate" : "accepted" };
    });
  };
  return {
    accept,
    has: (id: string) => seen.has(`shop/${id}`),
    get size() {
      return seen.size;
    },
    get calls() {
      return calls;
    },
  };
}

export async function openProducer(options: EventProducerOptions) {
  const producer = await createEventProducer(options, modules);
  onTestFinished(() => producer.close());
  return producer;
}

/** A worker that runs until its test ends, or is stopped. */
export async function startConsumer(
  options: IngestConsumerOptions,
  sink: Pick<Live, "accept">,
  more: Partial<IngestConsumerModules> = {},
) {
  const consumer = await createIngestConsumer({ blockMs: 50, ...options }, { sink, ...modules, ...more });
  const controller = createAbortController();
  const running = consumer.run(controller.signal);
  const stop = async () => {
    controller.abort(new Error("The test is over."));
    await running;
    consumer.close();
  };
  onTestFinished(stop);
  return { status: consumer.status, stop, vanish: () => consumer.close() };
}
