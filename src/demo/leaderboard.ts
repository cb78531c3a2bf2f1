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

/**
 * By score, then by name: the unscored last.
 *
 * @example
 * ranked([{ ...row, name: "new", score: null }, { ...row, name: "good", score: 0.7 }]).map(({ name }) => name); // ["good", "new"]
 */
export function ranked(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  return [...rows].sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.name.localeCompare(b.name));
}

const fixed = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));
const percent = (value: number) => `${(value * 100).toFixed(1)}%`;

/** Title, what stands under it, and its importance: on a narrow screen the least important go first. */
const COLUMNS: readonly {
  readonly title: string;
  readonly importance: number;
  readonly text: (row: LeaderboardRow, rank: number) => string;
}[] = [
  { title: "#", importance: 9, text: (_, rank) => String(rank) },
  { title: "miner", importance: 9, text: ({ name }) => name },
  { title: "answered", importance: 2, text: ({ answered, asked }) => `${answered}/${asked}` },
  { title: "score", importance: 9, text: ({ score }) => fixed(score, 4) },
  { title: "predict", importance: 4, text: ({ predictionScore }) => fixed(predictionScore, 4) },
  { title: "AUC", importance: 8, text: ({ auc }) => fixed(auc, 3) },
  { title: "Brier", importance: 8, text: ({ brier }) => fixed(brier, 4) },
  { title: "time err", importance: 3, text: ({ timeMaeSeconds: s }) => (s === null ? "-" : `${s.toFixed(0)} s`) },
  { title: "p50 ms", importance: 6, text: ({ latencyP50Ms }) => fixed(latencyP50Ms, 1) },
  { title: "p99 ms", importance: 1, text: ({ latencyP99Ms }) => fixed(latencyP99Ms, 1) },
  { title: "weight", importance: 7, text: ({ weight }) => percent(weight) },
  { title: "incentive", importance: 5, text: ({ incentive }) => percent(incentive) },
];

/**
 * The leaderboard as lines of plain text, columns aligned: names to the left, numbers to the right. What does not fit into
 * `width` characters is left out, the least important columns first.
 *
 * @example
 * leaderboardLines({ questions: 0, settled: 0, void: 0, baseRate: null, baseRateBrier: null, bestAuc: null, miners: [] }).length; // 2
 */
export function leaderboardLines(summary: DemoSummary, width = Number.POSITIVE_INFINITY): string[] {
  const columns = COLUMNS.map(({ title, importance, text }) => {
    const cells = [title, ...summary.miners.map((row, i) => text(row, i + 1))];
    const size = Math.max(...cells.map((cell) => cell.length));
    const pad = (cell: string) => (title === "miner" ? cell.padEnd(size) : cell.padStart(size));
    return { importance, size, cells: cells.map(pad) };
  });
  const shown = new Set(columns);
  const needed = () => [...shown].reduce((sum, { size }) => sum + size + 2, -2);
  for (const column of [...columns].sort((a, b) => a.importance - b.importance)) {
    if (needed() <= width) break;
    if (column.importance < 9) shown.delete(column);
  }
  const lines = [summary, ...summary.miners].map((_, line) =>
    [...shown]
      .map(({ cells }) => cells[line] ?? "")
      .join("  ")
      .trimEnd(),
  );
  return [...headLines(summary, width), ...lines];
}

function headLines(summary: DemoSummary, width: number): string[] {
  const parts = [
    `${summary.settled} settled of ${summary.questions} asked${summary.void > 0 ? `, ${summary.void} void` : ""}`,
    `base rate ${fixed(summary.baseRate, 3)}`,
    `Brier of the base rate ${fixed(summary.baseRateBrier, 4)}`,
    ...(summary.bestAuc === null ? [] : [`best possible AUC ${fixed(summary.bestAuc, 3)}`]),
  ];
  const whole = parts.join("   ");
  return whole.length <= width ? [whole] : [parts.slice(0, 2).join("   "), parts.slice(2).join("   ")];
}
