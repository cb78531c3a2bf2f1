import type { MinerStanding } from "../validator/index.ts";
import type { Strategy } from "./strategies.ts";

/** One line of the leaderboard, under the names of `--json`; null = nothing to say yet. */
export interface LeaderboardRow extends Omit<MinerStanding, "pay"> {
  readonly name: string;
  readonly strategy: Strategy;
  readonly uid: number | null;
  /** Share of the weights last set. */
  readonly weight: number;
  /** Share of the miners' emission in the last epoch. */
  readonly incentive: number;
}
/** Everything the demo knows at one moment: what `--json` prints at the end. */
export interface DemoSummary {
  readonly questions: number;
  readonly settled: number;
  readonly void: number;
  readonly baseRate: number | null;
  /** Brier score of a forecaster that knows only the running base rate. */
  readonly baseRateBrier: number | null;
  /** AUC of a forecaster that knows the hidden state, on the same questions; null on recorded conversations. */
  readonly bestAuc: number | null;
  /** Best score first. */
  readonly miners: readonly LeaderboardRow[];
}

/** By score, then by name: the unscored last. */
export function ranked(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  return [...rows].sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.name.localeCompare(b.name));
}

const fixed = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));
const percent = (value: number) => `${(value * 100).toFixed(1)}%`;

/** Title, and what stands under it. */
const COLUMNS: readonly (readonly [title: string, text: (row: LeaderboardRow, rank: number) => string])[] = [
  ["#", (_, rank) => String(rank)],
  ["miner", ({ name }) => name],
  ["answered", ({ answered, asked }) => `${answered}/${asked}`],
  ["score", ({ score }) => fixed(score, 4)],
  ["predict", ({ predictionScore }) => fixed(predictionScore, 4)],
  ["AUC", ({ auc }) => fixed(auc, 3)],
  ["Brier", ({ brier }) => fixed(brier, 4)],
  ["time err", ({ timeMaeSeconds }) => (timeMaeSeconds === null ? "-" : `${timeMaeSeconds.toFixed(0)} s`)],
  ["p50 ms", ({ latencyP50Ms }) => fixed(latencyP50Ms, 1)],
  ["p99 ms", ({ latencyP99Ms }) => fixed(latencyP99Ms, 1)],
  ["weight", ({ weight }) => percent(weight)],
  ["incentive", ({ incentive }) => percent(incentive)],
];

/**
 * The leaderboard as lines of plain text, columns aligned: names to the left, numbers to the right.
 *
 * @example
 * leaderboardLines({ questions: 0, settled: 0, void: 0, baseRate: null, baseRateBrier: null, bestAuc: null, miners: [] }).length; // 2
 */
export function leaderboardLines(summary: DemoSummary): string[] {
  const head =
    `${summary.settled} settled of ${summary.questions} asked` +
    (summary.void > 0 ? `, ${summary.void} void` : "") +
    `   base rate ${fixed(summary.baseRate, 3)}   Brier of the base rate ${fixed(summary.baseRateBrier, 4)}` +
    (summary.bestAuc === null ? "" : `   best possible AUC ${fixed(summary.bestAuc, 3)}`);
  const cells = [
    COLUMNS.map(([title]) => title),
    ...summary.miners.map((row, i) => COLUMNS.map(([, text]) => text(row, i + 1))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => (column === 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [head, ...lines];
}
