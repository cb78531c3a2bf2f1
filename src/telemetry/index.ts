/**
 * @module telemetry
 * Row 1: what stands behind the metrics port of `core/`: one table of all metrics, and a page for Prometheus, written by prom-client, which is
 * loaded when telemetry is opened and not before. It knows no node: nodes count by name, and the table says what may be counted.
 *
 * @example
 * const telemetry = await openTelemetry({ version: "0.1.0" });
 * (await telemetry.render()).contentType; // "text/plain; version=0.0.4; charset=utf-8"
 */
export { metricsMarkdown } from "./markdown.ts";
export { MAX_HOTKEYS, type MetricRow } from "./row.ts";
export { METRICS, type MetricName } from "./table.ts";
export { type MetricsSnapshot, openTelemetry, type Telemetry } from "./telemetry.ts";
export { openTracing } from "./traces.ts";
