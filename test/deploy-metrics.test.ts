/** Every metric and label in the Grafana dashboard and in the Prometheus alerts is one that nodes have. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { METRICS, type MetricRow, openTelemetry } from "../src/telemetry/index.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../deploy/${path}`, import.meta.url)), "utf8");
const table: Readonly<Record<string, MetricRow>> = METRICS;
/** Prometheus's own: what it scraped, and how that went. */
const SCRAPED = ["instance", "job"];

/** Metrics and the labels they have, with the parts of histograms. */
async function known(): Promise<Map<string, ReadonlySet<string>>> {
  const labels = new Map<string, ReadonlySet<string>>([["up", new Set(SCRAPED)]]);
  for (const [name, row] of Object.entries(table)) {
    const own = new Set([...Object.keys(row.labels ?? {}), ...SCRAPED]);
    if (row.type !== "histogram") labels.set(name, own);
    else for (const part of ["bucket", "sum", "count"]) labels.set(`${name}_${part}`, new Set([...own, "le"]));
  }
  const { text } = await (await openTelemetry({ version: "0" })).render();
  // A garbage collection may not have been yet: prom-client's label is known from its source.
  for (const part of ["bucket", "sum", "count"])
    labels.set(`nodejs_gc_duration_seconds_${part}`, new Set(["kind", "le", ...SCRAPED]));
  for (const [, name = ""] of text.matchAll(/^# TYPE (\S+)/gm))
    if (!labels.has(name)) labels.set(name, new Set(SCRAPED));
  return labels;
}

const FUNCTIONS = new Set([
  "sum",
  "by",
  "rate",
  "increase",
  "histogram_quantile",
  "topk",
  "bottomk",
  "on",
  "unless",
  "label_values",
]);

/** What is wrong with an expression. */
function complaints(expression: string, labels: Map<string, ReadonlySet<string>>): string[] {
  const wrong: string[] = [];
  const bare = expression.replace(/"[^"]*"/g, '""').replace(/\$\w+/g, "");
  const grouped = [...bare.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
  const used = [...bare.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|on) \([^)]*\)/g, " ").matchAll(/[a-z_][a-z0-9_]*/g)].map(
    ([name]) => name,
  );
  const metrics = used.filter((name) => !FUNCTIONS.has(name) && name !== "instance");
  if (metrics.length === 0) wrong.push(`no metric in ${expression}`);
  for (const name of metrics) if (!labels.has(name)) wrong.push(`${name} is no metric`);
  for (const label of grouped)
    if (!metrics.some((name) => labels.get(name)?.has(label))) wrong.push(`${label} is no label of ${metrics}`);
  for (const [, name = "", selectors = ""] of expression.matchAll(/([a-z_][a-z0-9_]*)\{([^}]*)\}/g)) {
    for (const [, label = "", operator = "", value = ""] of selectors.matchAll(/(\w+)(=~|=)"([^"]*)"/g)) {
      if (!labels.get(name)?.has(label)) wrong.push(`${label} is no label of ${name}`);
      const values = table[name]?.labels?.[label];
      const asked = operator === "=~" ? value.split("|") : [value];
      if (values !== undefined && typeof values !== "string")
        for (const one of asked) if (!values.includes(one)) wrong.push(`${name} has no ${label} "${one}"`);
    }
  }
  return wrong;
}

const targetSchema = z.object({ expr: z.string(), legendFormat: z.string() });
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), type: z.string(), targets: z.array(targetSchema).optional() })),
  templating: z.object({ list: z.array(z.object({ query: z.union([z.string(), z.object({ query: z.string() })]) })) }),
});
const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().regex(/^\d+[smh]$/),
          annotations: z.object({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

describe("what is deployed beside nodes", () => {
  it("the Grafana dashboard asks for metrics and labels that there are, in rows for miners and validators", async () => {
    const labels = await known();
    const { panels, templating } = dashboardSchema.parse(JSON.parse(read("grafana/conversion-subnet.json")));
    expect(panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
      "Miner",
      "Validator",
      "Chain and process",
    ]);
    const targets = panels.flatMap(({ targets = [] }) => targets);
    expect(targets.length).toBeGreaterThan(40);
    expect(targets.flatMap(({ expr }) => complaints(expr, labels))).toEqual([]);
    const legends = targets.flatMap(({ expr, legendFormat }) =>
      [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].filter(([, label = ""]) => {
        const names = [...expr.matchAll(/[a-z_]{6,}/g)].map(([name]) => name);
        return !names.some((name) => labels.get(name)?.has(label));
      }),
    );
    expect(legends).toEqual([]);
    const queries = templating.list.map(({ query }) => (typeof query === "string" ? query : query.query));
    expect(queries).toContain("label_values(conversion_subnet_build_info, instance)");
  });

  it("the alerts ask for metrics, labels and values that there are", async () => {
    const labels = await known();
    const rules = rulesSchema.parse(parse(read("prometheus/alerts.yml"))).groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.flatMap(({ expr }) => complaints(expr, labels))).toEqual([]);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it("Prometheus reads the alerts and whom to ask, on a machine and with Docker", () => {
    const { rule_files: rules, scrape_config_files: nodes } = z
      .object({ rule_files: z.array(z.string()), scrape_config_files: z.array(z.string()) })
      .parse(parse(read("prometheus/prometheus.yml")));
    expect([rules, nodes]).toEqual([["alerts.yml"], ["nodes.yml"]]);
    const nodesOf = z.object({ scrape_configs: z.tuple([z.object({ job_name: z.literal("conversion-subnet") })]) });
    for (const folder of ["prometheus", "docker"]) nodesOf.parse(parse(read(`${folder}/nodes.yml`)));
    for (const file of ["prometheus.yml", "alerts.yml", "nodes.yml"])
      expect(read("docker/compose.yaml")).toContain(`/${file}:/etc/prometheus/${file}:ro`);
  });

  it.each([
    ["a metric that is not there", "rate(conversion_subnet_nonsense_total[5m])"],
    ["a label that is not there", 'conversion_subnet_running{wire="axon"}'],
    ["a label to group by that is not there", "sum by (wire) (conversion_subnet_running)"],
    ["a value that is not there", 'conversion_subnet_requests_total{outcome="FINE"}'],
    ["a histogram without its part", "rate(conversion_subnet_request_duration_seconds[5m])"],
  ])("the checker catches %s", async (_, expression) => {
    expect(complaints(expression, await known())).toHaveLength(1);
  });
});
