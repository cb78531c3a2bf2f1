import { printable } from "../../core/index.ts";
import { type Checked, OUTCOMES } from "./check.ts";

/** What doctor prints with `--json`. */
export interface Report {
  readonly as: "miner" | "validator";
  readonly netuid: number;
  /** Nothing failed. */
  readonly healthy: boolean;
  readonly counts: Readonly<Record<(typeof OUTCOMES)[number], number>>;
  readonly checks: readonly Checked[];
}

export function reportOf(as: Report["as"], netuid: number, checks: readonly Checked[]): Report {
  const count = (wanted: Checked["outcome"]) => checks.filter(({ outcome }) => outcome === wanted).length;
  const counts = {
    ok: count("ok"),
    warning: count("warning"),
    failed: count("failed"),
    "not tested": count("not tested"),
  };
  return { as, netuid, healthy: counts.failed === 0, counts, checks };
}

const COLOURS = { ok: 32, warning: 33, failed: 31, "not tested": 90 } as const;
const OUTCOME_WIDTH = Math.max(...OUTCOMES.map((outcome) => outcome.length));

/** Lines of at most so many columns, broken between words where that is possible. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll(/\s+/g, " ").trim().split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A report for people, whoever chose the texts in it. Commands stand on lines of their own, unbroken, so that they can be copied. */
export function reportLines(report: Report, { width, colour }: { width: number; colour: boolean }): string[] {
  const nameWidth = Math.max(...report.checks.map(({ name }) => name.length));
  const indent = OUTCOME_WIDTH + nameWidth + 4;
  const paint = (outcome: Checked["outcome"]) =>
    colour ? `\x1b[${COLOURS[outcome]}m${outcome.padEnd(OUTCOME_WIDTH)}\x1b[0m` : outcome.padEnd(OUTCOME_WIDTH);
  const lines = report.checks.flatMap(({ name, outcome, text, fix }) => {
    const [first = "", ...rest] = wrapped(printable(text), Math.max(40, width - indent));
    return [
      `${paint(outcome)}  ${name.padEnd(nameWidth)}  ${first}`,
      ...rest.map((line) => " ".repeat(indent) + line),
      ...fix.map((command) => `${" ".repeat(OUTCOME_WIDTH + 2)}> ${printable(command.replaceAll(/[\r\n]/g, " "))}`),
    ];
  });
  const { counts } = report;
  const sum = OUTCOMES.flatMap((outcome) => (counts[outcome] === 0 ? [] : [`${counts[outcome]} ${outcome}`]));
  return [...lines, "", sum.join(", ")];
}
