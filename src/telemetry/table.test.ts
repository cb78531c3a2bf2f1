import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { MetricRow } from "./row.ts";
import { METRICS } from "./table.ts";

const SRC = fileURLToPath(new URL("..", import.meta.url));
const rows: [string, MetricRow][] = Object.entries(METRICS);

describe("the table of metrics", () => {
  it.each(rows)(
    "%s is named as Prometheus has it: prefix, base unit, _total",
    (name, { type, unit, help, buckets }) => {
      expect(name).toMatch(/^conversion_subnet_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      if (unit === "seconds" || unit === "bytes") expect(name.endsWith(`_${unit}`)).toBe(true);
      else expect(name).not.toMatch(/_(seconds|bytes|ms|milliseconds)$/);
      expect(help).toMatch(/\.$/);
      expect(buckets !== undefined).toBe(type === "histogram");
      expect(buckets ?? []).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
    },
  );

  it("has every name that is counted somewhere, and none that is not", () => {
    const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !/^(telemetry|dashboard)\//.test(path),
    );
    const code = sources
      .map((path) => readFileSync(SRC + path, "utf8").replace(/^\s*(?:\/\*\*|\*).*$/gm, ""))
      .join("\n");
    // Some stand without the prefix, beside others of their kind.
    const short = (name: string) => name.slice("conversion_subnet_".length);
    const counted = (name: string) => code.includes(`"${name}"`) || code.includes(`"${short(name)}"`);
    const inside = new Set(["conversion_subnet_build_info", "conversion_subnet_scrape_failures_total"]);
    const made = /^conversion_subnet_chain_(calls|writes)_total$/;
    expect(
      rows.filter(([name]) => !counted(name) && !inside.has(name) && !made.test(name)).map(([name]) => name),
    ).toEqual([]);
    const used = [...code.matchAll(/"(conversion_subnet_[a-z_]+)"/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !(name in METRICS))).toEqual([]);
    expect(used.length).toBeGreaterThan(25);
  });
});
