import type { MetricRow } from "./row.ts";
import { METRICS } from "./table.ts";

const VALUES: Readonly<Record<string, string>> = { hotkey: "hotkeys of the subnet", own: "" };

function labelsOf({ labels = {} }: MetricRow): string {
  const parts = Object.entries(labels).map(([label, values]) => {
    const text = typeof values === "string" ? VALUES[values] : values.join(" ");
    return text ? `\`${label}\`: ${text}` : `\`${label}\``;
  });
  return parts.join("<br>") || "-";
}

/**
 * The table of metrics as the document has it: of a miner, of a validator, of both.
 *
 * @example
 * metricsMarkdown("miner").split("\n")[0]; // "| metric | type | unit | labels | what it says |"
 */
export function metricsMarkdown(node: MetricRow["node"]): string {
  const rows: [string, MetricRow][] = Object.entries(METRICS);
  return [
    "| metric | type | unit | labels | what it says |",
    "|---|---|---|---|---|",
    ...rows
      .filter(([, row]) => row.node === node)
      .map(([name, row]) => `| \`${name}\` | ${row.type} | ${row.unit} | ${labelsOf(row)} | ${row.help} |`),
  ].join("\n");
}
