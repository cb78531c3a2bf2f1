import type { Metrics } from "../core/index.ts";
import { createMeters } from "./meters.ts";

/** What a node counts, and the page that a Prometheus server reads. */
export interface Telemetry {
  /** For nodes and rooms. */
  readonly metrics: Metrics;
  /** The page for `GET /metrics`, as of now. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

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
  return {
    metrics,
    async render() {
      scrape();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
