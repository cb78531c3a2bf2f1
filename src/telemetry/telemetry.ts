import type { Metrics } from "../core/index.ts";
import { createMeters } from "./meters.ts";

/** What a node counts, and the page that a Prometheus server reads. */
export interface Telemetry {
  /** For nodes and rooms. */
  readonly metrics: Metrics;
  /** The page for `GET /metrics`, as of now. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** All of it as plain data, to be merged with that of other processes of the node. */
  snapshot(): Promise<MetricsSnapshot>;
  /** The page of several processes as one: counts are added up, as are gauges of what is going on; of others it is the largest. */
  renderMerged(snapshots: readonly MetricsSnapshot[]): Promise<{ readonly contentType: string; readonly text: string }>;
  /** What is left of processes that have ended: what was counted. */
  merge(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot>;
}
/** Metrics of one process, as plain data. */
export type MetricsSnapshot = readonly object[];

/**
 * Opens telemetry on prom-client, which is loaded here and nowhere else.
 *
 * @param process false leaves out what prom-client tells of the process: event loop, memory, garbage collection, file handles.
 * @example
 * const telemetry = await openTelemetry({ version: "0.1.0" });
 * telemetry.metrics.counter("conversion_subnet_questions_total")();
 * (await telemetry.render()).text; // "# HELP conversion_subnet_questions_total ..."
 */
export async function openTelemetry({
  version,
  process = true,
}: {
  readonly version: string;
  readonly process?: boolean;
}): Promise<Telemetry> {
  const { default: prom } = await import("prom-client");
  const registry = new prom.Registry();
  const { metrics, scrape } = createMeters(prom, registry);
  metrics.gauge("conversion_subnet_build_info", { version })(1);
  if (process) prom.collectDefaultMetrics({ register: registry });
  const snapshot = async (): Promise<MetricsSnapshot> => {
    scrape();
    return registry.getMetricsAsJSON();
  };
  const merged = (snapshots: readonly MetricsSnapshot[]) => prom.AggregatorRegistry.aggregate([...snapshots]);
  return {
    metrics,
    async render() {
      scrape();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    snapshot,
    async renderMerged(snapshots) {
      const text = await merged([await snapshot(), ...snapshots]).metrics();
      return { contentType: registry.contentType, text };
    },
    async merge(snapshots) {
      const all = await merged(snapshots).getMetricsAsJSON();
      return all.filter(({ type }) => String(type) === "counter" || String(type) === "histogram");
    },
  };
}
