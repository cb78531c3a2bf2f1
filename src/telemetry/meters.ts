import type prom from "prom-client";
import type { Counter, Gauge, Histogram, MetricLabels, Metrics } from "../core/index.ts";
import type { MetricRow } from "./row.ts";
import { createSeries, type Series, type SeriesOf } from "./series.ts";
import { METRICS } from "./table.ts";

/** One line of the page. */
interface Line {
  readonly metricName?: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

function linesOf(name: string, { type, buckets = [] }: MetricRow, { labels, value, count, counts }: Series): Line[] {
  if (type !== "histogram") return [{ labels, value }];
  let below = 0;
  const lines: Line[] = buckets.map((le, i) => {
    below += counts[i] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...lines,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/**
 * The port on a registry of prom-client. The registry writes the page; the numbers are our own, for its observations look their
 * labels up anew each time: a histogram of theirs costs some thirty of ours (`npm run bench -- metrics`).
 */
export function createMeters(
  { Counter, Gauge, Histogram }: typeof prom,
  registry: prom.Registry,
): { readonly metrics: Metrics; scrape(): void } {
  const table: Readonly<Record<string, MetricRow>> = METRICS;
  const opened = new Map<string, { readonly row: MetricRow; readonly series: SeriesOf }>();
  const readers = new Set<() => void>();

  const open = (name: string, type: MetricRow["type"]) => {
    const before = opened.get(name);
    const row = before?.row ?? table[name];
    if (row?.type !== type) throw new TypeError(`${name} is no ${type} of the table of metrics.`);
    if (before !== undefined) return before;
    const series = createSeries(name, row);
    const config = { name, help: row.help, labelNames: Object.keys(row.labels ?? {}), registers: [] };
    const made = { counter: Counter, gauge: Gauge, histogram: Histogram }[type];
    const page = async () => ({
      ...{ name, help: row.help, type, aggregator: type !== "gauge" || row.sums === true ? "sum" : "max" },
      values: [...series.all()].flatMap((one) => linesOf(name, row, one)),
    });
    registry.registerMetric(Object.assign(new made(config), { get: page, getForPromString: page }));
    opened.set(name, { row, series });
    return { row, series };
  };

  const counter = (name: string, labels: MetricLabels = {}): Counter => {
    const series = open(name, "counter").series.at(labels);
    return (by = 1) => {
      if (by > 0 && by < Number.POSITIVE_INFINITY) series.value += by;
    };
  };
  const gauge = (name: string, labels: MetricLabels = {}): Gauge => {
    const { series } = open(name, "gauge");
    return (value) => {
      if (value === null || !Number.isFinite(value)) series.drop(labels);
      else series.at(labels).value = value;
    };
  };
  const histogram = (name: string, labels: MetricLabels = {}): Histogram => {
    const { row, series } = open(name, "histogram");
    const { buckets = [] } = row;
    const one = series.at(labels);
    return (value) => {
      if (!Number.isFinite(value)) return;
      one.count += 1;
      one.value += value;
      for (let i = 0; i < buckets.length; i += 1) {
        if (value <= (buckets[i] ?? 0)) {
          one.counts[i] = (one.counts[i] ?? 0) + 1;
          return;
        }
      }
    };
  };
  const family: Metrics["family"] = (name) => {
    const { series } = open(name, "gauge");
    return (rows) => {
      series.clear();
      for (const [labels, value] of rows) {
        if (value !== null && Number.isFinite(value)) series.at(labels).value = value;
      }
    };
  };
  const failures = counter("conversion_subnet_scrape_failures_total");
  return {
    metrics: {
      ...{ counter, gauge, histogram, family },
      onScrape(read) {
        readers.add(read);
        return () => void readers.delete(read);
      },
    },
    scrape() {
      for (const read of readers) {
        try {
          read();
        } catch {
          // One that is broken hides nothing of the others.
          failures();
        }
      }
    },
  };
}
