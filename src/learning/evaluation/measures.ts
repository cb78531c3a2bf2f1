import { auc, mean, median, SCORING_MODES } from "../../scoring/index.ts";
import type { Sample } from "./sample.ts";

/** What is measured, with its unit: the one table from which reports, terminal and page are made. */
export interface Measure {
  readonly name: string;
  readonly label: string;
  readonly unit: "" | "s" | "share";
  /** Which way is better than the baseline's; "none" = neither, or a constant is always good at it. */
  readonly better: "higher" | "lower" | "none";
  /** Whether drawing rows again says how sure it is: what is made of bins grows with the noise of every draw. */
  readonly hasInterval: boolean;
}

/** Rows in order of probability, in bins of about equal size. */
const BINS = 10;

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly forecast: number;
  readonly observed: number;
  readonly rows: number;
}

/**
 * Mean forecast beside the share that converted, in bins of about equally many rows.
 *
 * @example
 * reliabilityBins(sample, rows)[0]; // { forecast: 0.12, observed: 0.15, rows: 300 }
 */
export function reliabilityBins(
  { probabilities, y }: Pick<Sample, "probabilities" | "y">,
  rows: readonly number[],
): ReliabilityBin[] {
  const order = [...rows].sort((a, b) => probabilities[a] - probabilities[b]);
  const bins: ReliabilityBin[] = [];
  let from = 0;
  for (let bin = 1; bin <= BINS && from < order.length; bin++) {
    let to = Math.max(from + 1, Math.round((bin * order.length) / BINS));
    // Equal forecasts share a bin: a constant has one.
    while (to < order.length && probabilities[order[to]] === probabilities[order[to - 1]]) to += 1;
    const part = order.slice(from, to);
    bins.push({
      forecast: mean(part.map((row) => probabilities[row])) ?? 0,
      observed: mean(part.map((row) => y[row])) ?? 0,
      rows: part.length,
    });
    from = to;
  }
  return bins;
}

const BINNED: readonly string[] = ["reliability", "resolution", "ece"];
const measure = (name: string, label: string, unit: Measure["unit"], better: Measure["better"]): Measure => ({
  ...{ name, label, unit, better },
  hasInterval: !BINNED.includes(name),
});
/** All measures, in the order in which they are shown. */
export const MEASURES: readonly Measure[] = [
  measure("logLoss", "log loss", "", "lower"),
  measure("brier", "Brier score", "", "lower"),
  measure("reliability", "  reliability", "", "none"),
  measure("resolution", "  resolution", "", "none"),
  measure("uncertainty", "  uncertainty", "", "none"),
  measure("auc", "AUC", "", "higher"),
  measure("ece", "ECE", "", "none"),
  measure("timeMaeSeconds", "time, mean error", "s", "lower"),
  measure("timeMedianErrorSeconds", "time, median error", "s", "lower"),
  measure("timeCoverage", "time, in 80 % interval", "share", "none"),
  ...SCORING_MODES.map((mode) => measure(`reward ${mode}`, `reward, ${mode}`, "", "higher")),
];

const clip = (p: number) => Math.min(1 - 1e-7, Math.max(1e-7, p));

/**
 * Every measure of {@link MEASURES} over some rows, by name; null where the rows cannot tell. The Brier score's parts are
 * Murphy's (1973) over ten bins: Brier = reliability - resolution + uncertainty, but for what varies within a bin.
 */
export function measureRows(sample: Sample, rows: readonly number[]): Readonly<Record<string, number | null>> {
  const { probabilities: p, y, timesSeconds, truthSeconds, lowSeconds, highSeconds, rewards } = sample;
  const average = (read: (row: number) => number) => mean(rows.map(read));
  const rate = average((row) => y[row]);
  const bins = reliabilityBins(sample, rows);
  const overBins = (read: (bin: ReliabilityBin) => number) =>
    rate === null ? null : bins.reduce((sum, bin) => sum + (bin.rows / rows.length) * read(bin), 0);
  const timed = rows.filter((row) => truthSeconds[row] > 0);
  const errors = timed.map((row) => Math.abs(timesSeconds[row] - truthSeconds[row]));
  const isCovered = (row: number) => truthSeconds[row] >= lowSeconds[row] && truthSeconds[row] <= highSeconds[row];
  return {
    logLoss: average((row) => -Math.log(y[row] === 1 ? clip(p[row]) : 1 - clip(p[row]))),
    brier: average((row) => (p[row] - y[row]) ** 2),
    reliability: overBins(({ forecast, observed }) => (forecast - observed) ** 2),
    resolution: overBins(({ observed }) => (observed - (rate ?? 0)) ** 2),
    uncertainty: rate === null ? null : rate * (1 - rate),
    auc: auc(
      rows.map((row) => p[row]),
      rows.map((row) => y[row]),
    ),
    ece: overBins(({ forecast, observed }) => Math.abs(forecast - observed)),
    timeMaeSeconds: mean(errors),
    timeMedianErrorSeconds: median(errors),
    timeCoverage: mean(timed.map((row) => (isCovered(row) ? 1 : 0))),
    ...Object.fromEntries(SCORING_MODES.map((mode) => [`reward ${mode}`, average((row) => rewards[mode][row])])),
  };
}
