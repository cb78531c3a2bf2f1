import { followTotal, type Metrics } from "../../core/index.ts";
import type { IngestConsumerStatus } from "./consumer-options.ts";
import type { EventProducerStatus } from "./producer.ts";

/** Counts what a producer adds. @returns takes it back. */
export function followProducer(metrics: Metrics, status: () => EventProducerStatus): () => void {
  const total = (result: string) => followTotal(metrics.counter("conversion_subnet_stream_added_total", { result }));
  const [added, full, unavailable] = [total("added"), total("full"), total("unavailable")];
  return metrics.onScrape(() => {
    const now = status();
    added(now.added);
    full(now.full);
    unavailable(now.unavailable);
  });
}

/** Counts what a consumer takes, and says how far behind its group is. @returns takes it back. */
export function followConsumer(metrics: Metrics, status: () => IngestConsumerStatus): () => void {
  const total = (result: string) => followTotal(metrics.counter("conversion_subnet_stream_taken_total", { result }));
  const [accepted, duplicate, dead] = [total("accepted"), total("duplicate"), total("dead")];
  const [failed, claimed] = [total("failed"), total("claimed")];
  const entries = metrics.gauge("conversion_subnet_stream_entries");
  const unread = metrics.gauge("conversion_subnet_stream_unread");
  const pending = metrics.gauge("conversion_subnet_stream_pending");
  const letters = metrics.gauge("conversion_subnet_stream_dead_letters");
  const oldest = metrics.gauge("conversion_subnet_stream_oldest_seconds");
  const connected = metrics.gauge("conversion_subnet_stream_connected");
  return metrics.onScrape(() => {
    const now = status();
    accepted(now.accepted);
    duplicate(now.duplicates);
    dead(now.dead);
    failed(now.failed);
    claimed(now.claimed);
    connected(now.ready ? 1 : 0);
    entries(now.stream?.entries ?? null);
    unread(now.stream?.unread ?? null);
    pending(now.stream?.pending ?? null);
    letters(now.stream?.deadLetters ?? null);
    oldest(now.stream?.oldestSeconds ?? null);
  });
}
