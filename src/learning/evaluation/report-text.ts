import { MEASURES, type Measure } from "./measures.ts";
import type { Figure, Report, Slice } from "./report.ts";

/** A number of a measure, for people. */
export function figureText(value: number | null, { unit }: Pick<Measure, "unit">): string {
  if (value === null) return "-";
  if (unit === "s") return `${value.toFixed(1)} s`;
  return unit === "share" ? `${(100 * value).toFixed(1)} %` : value.toFixed(4);
}

/** "better" or "worse" where the difference to the baseline is more than noise; "" else. */
export function verdict(
  { differenceLow: low, differenceHigh: high }: Figure,
  { better }: Pick<Measure, "better">,
): string {
  if (low === null || high === null || better === "none" || (low <= 0 && high >= 0)) return "";
  return high < 0 === (better === "lower") ? "better" : "worse";
}

function sliceLines(slice: Slice, measures: readonly Measure[]): string[] {
  const counts = `${slice.rows} rows of ${slice.conversations} conversations, ${slice.converted} converted, ${slice.timed} at a known moment`;
  const cells = measures.map((measure) => {
    const figure = slice.figures[measure.name];
    const interval =
      figure.low === null ? "" : `${figureText(figure.low, measure)} to ${figureText(figure.high, measure)}`;
    return [
      `  ${measure.label}`,
      figureText(figure.model, measure),
      interval,
      figureText(figure.baseline, measure),
      verdict(figure, measure),
    ];
  });
  const table = [["", "model", "95 % interval", "baseline", ""], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd();
  return [`${slice.by === "all" ? "All rows" : `${slice.by} ${slice.name}`}: ${counts}`, ...table.map(line)];
}

/** What is shown per landmark and per source. */
const SHORT = ["logLoss", "brier", "auc", "timeMaeSeconds"];

/**
 * A report as lines for a terminal: every figure beside the baseline's, `better` or `worse` where the difference is more than
 * noise.
 *
 * @param options `brief`: the main figures of all rows, without the line that counts them.
 * @example
 * reportLines(report)[0]; // "All rows: 599 rows of 304 conversations, 402 converted, 402 at a known moment"
 */
export function reportLines(report: Report, { brief = false }: { brief?: boolean } = {}): string[] {
  const short = MEASURES.filter(({ name }) => SHORT.includes(name));
  const [all] = report.slices;
  if (brief) return all === undefined ? [] : sliceLines(all, short).slice(1);
  const slices = report.slices.flatMap((slice, i) => [
    ...(i === 0 ? [] : [""]),
    ...sliceLines(slice, slice.by === "all" ? MEASURES : short),
  ]);
  const { latency } = report;
  const speed =
    latency === null
      ? []
      : ["", `One answer: ${latency.p50Micros.toFixed(1)} us (median), ${latency.p99Micros.toFixed(1)} us (99 %)`];
  const used = report.importance.filter(({ logLossIncrease }) => logLossIncrease > 0).slice(0, 5);
  const weights = used.map(({ feature, logLossIncrease }) => `${feature} ${logLossIncrease.toFixed(4)}`);
  return [...slices, ...speed, ...(weights.length === 0 ? [] : ["", `Log loss without: ${weights.join(", ")}`])];
}
