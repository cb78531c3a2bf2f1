import { followTotal, type Histogram, type Metrics } from "../../core/index.ts";
import type { LiveStatus } from "./live.ts";

/**
 * Counts events of live conversations.
 *
 * @returns notes how old an event was when it was stored, seconds.
 */
export function followLive(metrics: Metrics, status: () => LiveStatus): Histogram {
  const total = (result: string) => followTotal(metrics.counter("conversion_subnet_ingest_events_total", { result }));
  const [accepted, duplicate, refused] = [total("accepted"), total("duplicate"), total("refused")];
  const [late, stale, forgotten] = [total("late"), total("stale"), total("forgotten")];
  const open = metrics.gauge("conversion_subnet_ingest_open_conversations");
  const held = metrics.gauge("conversion_subnet_ingest_held_chars");
  metrics.onScrape(() => {
    const now = status();
    accepted(now.accepted);
    duplicate(now.duplicates);
    refused(now.refused);
    late(now.late);
    stale(now.stale);
    forgotten(now.forgotten);
    open(now.open);
    held(now.heldChars);
  });
  return metrics.histogram("conversion_subnet_ingest_lag_seconds");
}
