import prom from "prom-client";
import { silentMetrics } from "../src/core/index.ts";
import { openTelemetry } from "../src/telemetry/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const TIMES = 200_000;
const LABELS = { wire: "btauth/1", outcome: "OK" };

/** So many calls, their values spread over the buckets. */
const many = (observe: (value: number) => void) => () => {
  for (let i = 0; i < TIMES; i += 1) observe((i % 97) / 1_000);
  return TIMES;
};

/** `npm run bench -- metrics` */
export const metrics: Bench = {
  name: "metrics",
  about: "observations a second, beside prom-client's own (a million is 1 us each)",
  async run(): Promise<Row[]> {
    const ours = (await openTelemetry({ version: "0", process: false })).metrics;
    const histogram = new prom.Histogram({ name: "h", help: "h", labelNames: ["wire", "outcome"], registers: [] });
    const counter = new prom.Counter({ name: "c", help: "c", labelNames: ["wire", "outcome"], registers: [] });
    const theirs = { histogram: histogram.labels(LABELS), counter: counter.labels(LABELS) };
    const name = "conversion_subnet_request_duration_seconds";
    const total = ours.counter("conversion_subnet_requests_total", { ...LABELS, route: "/ConversionSynapse" });
    const one = { bench: "metrics", unit: "calls/s", rounds: 9, asked: "> 1000000" };
    return [
      await measure(
        { ...one, row: "histogram" },
        { ours: many(ours.histogram(name, LABELS)), peer: many((value) => theirs.histogram.observe(value)) },
      ),
      await measure({ ...one, row: "counter" }, { ours: many(() => total()), peer: many(() => theirs.counter.inc()) }),
      await measure({ ...one, row: "silent" }, { ours: many(silentMetrics.histogram(name, LABELS)) }),
    ];
  },
};
