import { describe, expect, it } from "vitest";
import { MAX_HOTKEYS } from "./row.ts";
import { openTelemetry } from "./telemetry.ts";

const REQUESTS = "conversion_subnet_requests_total";
const SECONDS = "conversion_subnet_request_duration_seconds";
const BUILD = "conversion_subnet_build_info";
const ok = { route: "/ConversionSynapse", wire: "btauth/1", outcome: "OK" };
const quiet = () => openTelemetry({ version: "1.2.3", process: false });

describe("telemetry", () => {
  it("writes the page that Prometheus reads", async () => {
    const { metrics, render } = await quiet();
    const count = metrics.counter(REQUESTS, ok);
    count();
    count(2);
    const observe = metrics.histogram(SECONDS, { wire: "axon", outcome: "FORBIDDEN" });
    for (const value of [0.0004, 0.002, 60]) observe(value);
    const { contentType, text } = await render();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toMatchInlineSnapshot(`
      "# HELP conversion_subnet_scrape_failures_total Parts of this page that could not be read.
      # TYPE conversion_subnet_scrape_failures_total counter
      conversion_subnet_scrape_failures_total 0

      # HELP conversion_subnet_build_info 1; the version is in the label.
      # TYPE conversion_subnet_build_info gauge
      conversion_subnet_build_info{version="1.2.3"} 1

      # HELP conversion_subnet_requests_total Requests, by what became of them.
      # TYPE conversion_subnet_requests_total counter
      conversion_subnet_requests_total{route="/ConversionSynapse",wire="btauth/1",outcome="OK"} 3

      # HELP conversion_subnet_request_duration_seconds From a question's headers to its reply.
      # TYPE conversion_subnet_request_duration_seconds histogram
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.0005"} 1
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.001"} 1
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.0025"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.005"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.01"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.025"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.05"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.1"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.25"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="0.5"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="1"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="2.5"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="5"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="10"} 2
      conversion_subnet_request_duration_seconds_bucket{wire="axon",outcome="FORBIDDEN",le="+Inf"} 3
      conversion_subnet_request_duration_seconds_sum{wire="axon",outcome="FORBIDDEN"} 60.0024
      conversion_subnet_request_duration_seconds_count{wire="axon",outcome="FORBIDDEN"} 3
      "
    `);
  });

  it("tells of the process: event loop, memory, garbage collection", async () => {
    const { text } = await (await openTelemetry({ version: "1.2.3" })).render();
    for (const name of [
      "nodejs_eventloop_lag_p99_seconds",
      "process_resident_memory_bytes",
      "nodejs_gc_duration_seconds",
    ]) {
      expect(text).toContain(`# TYPE ${name}`);
    }
  });

  it("tells two nodes of one process apart", async () => {
    const [one, other] = [await quiet(), await quiet()];
    one.metrics.counter(REQUESTS, ok)();
    expect((await one.render()).text).toContain("requests_total");
    expect((await other.render()).text).not.toContain("requests_total");
  });

  it("counts a value that is not in the table as other: a stranger's text makes no series", async () => {
    const { metrics, render } = await quiet();
    for (const outcome of ['x"} 1\nevil 1', "FOO", "__proto__"]) metrics.counter(REQUESTS, { ...ok, outcome })();
    const lines = (await render()).text.split("\n").filter((line) => line.startsWith(REQUESTS));
    expect(lines).toEqual([`${REQUESTS}{route="/ConversionSynapse",wire="btauth/1",outcome="other"} 3`]);
  });

  it("leaves out what is no number, and never goes back", async () => {
    const { metrics, render } = await quiet();
    const count = metrics.counter(REQUESTS, ok);
    for (const by of [Number.NaN, -1, Number.POSITIVE_INFINITY, 1]) count(by);
    const observe = metrics.histogram(SECONDS, { wire: "btauth/1", outcome: "OK" });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) observe(value);
    const { text } = await render();
    expect(text).toMatch(/requests_total\{.*\} 1$/m);
    expect(text).toMatch(/duration_seconds_count\{.*\} 0$/m);
  });

  it("refuses what is not in the table: another name, kind or label", async () => {
    const { metrics } = await quiet();
    expect(() => metrics.counter("conversion_subnet_nonsense_total")).toThrow(TypeError);
    expect(() => metrics.gauge(REQUESTS, ok)).toThrow(TypeError);
    expect(() => metrics.counter(REQUESTS, { wire: "btauth/1" })).toThrow(TypeError);
    expect(() => metrics.counter(REQUESTS, { ...ok, hotkey: "5F" })).toThrow(TypeError);
  });

  it("asks before each page, and survives who throws", async () => {
    const { metrics, render } = await quiet();
    let asked = 0;
    metrics.onScrape(() => {
      throw new Error("broken");
    });
    const stop = metrics.onScrape(() => {
      asked += 1;
      metrics.counter(REQUESTS, ok)();
    });
    const { text } = await render();
    expect(text).toMatch(/requests_total\{.*\} 1$/m);
    expect(text).toMatch(/scrape_failures_total 1$/m);
    stop();
    await render();
    expect(asked).toBe(1);
  });

  it("lets a gauge's series go, one or all of them, and bounds their number", async () => {
    const { metrics, render } = await quiet();
    const lines = async () => (await render()).text.split("\n").filter((line) => line.startsWith(BUILD));
    metrics.gauge(BUILD, { version: "1.2.3" })(null);
    expect(await lines()).toEqual([]);
    const versions = metrics.family(BUILD);
    versions(Array.from({ length: MAX_HOTKEYS + 5 }, (_, i) => [{ version: `v${i}` }, i] as const));
    expect((await lines()).length).toBe(MAX_HOTKEYS + 1);
    versions([
      [{ version: "a" }, 7],
      [{ version: "b" }, null],
    ]);
    expect(await lines()).toEqual([`${BUILD}{version="a"} 7`]);
  });
});
