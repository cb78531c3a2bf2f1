import { printable } from "../../core/index.ts";
import type { NodeState } from "./collect.ts";
import { stateLines } from "./lines.ts";

/** What is looked at. */
export interface View {
  /** Which process, from 0. */
  readonly selected: number;
  /** Lines that are scrolled away. */
  readonly scroll: number;
}
export interface FrameOptions extends View {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  /** Why the last look failed; null = it did not. */
  readonly problem?: string | null;
}
/** A screen full of lines, and how far it may be scrolled. */
export interface Frame {
  readonly lines: readonly string[];
  readonly maxScroll: number;
  /** Lines that a page moves. */
  readonly page: number;
}

const INVERSE = ["\x1b[7m", "\x1b[0m"] as const;
const NOTHING = [
  "No node of yours runs on this machine.",
  "",
  "  npx conversion-subnet demo                        a whole subnet, to look at",
  "  npx conversion-subnet miner run --model m.safetensors",
  "  npx conversion-subnet doctor --as miner           why it would not run",
];

const fit = (text: string, columns: number) => (text.length > columns ? text.slice(0, columns) : text.padEnd(columns));

/** The names of all processes on one line, the selected one marked, and always in sight. */
function tabs(states: readonly NodeState[], selected: number, columns: number): string {
  const names = states.map(({ run, ready, problem }, i) => {
    const mark = problem !== null ? "?" : ready === true ? "" : "!";
    return i === selected ? `[${run.kind}${mark}]` : ` ${run.kind}${mark} `;
  });
  const at = names.slice(0, selected + 1).join(" ").length;
  const line = names.join(" ");
  return printable(at > columns ? line.slice(at - columns) : line).slice(0, columns);
}

/** One screen: names on top, one process in the middle, keys at the bottom. */
export function frameOf(states: readonly NodeState[], options: FrameOptions): Frame {
  const { columns, rows, nowMs, problem = null } = options;
  const selected = Math.min(Math.max(0, options.selected), Math.max(0, states.length - 1));
  const state = states[selected];
  const body = state === undefined ? NOTHING : stateLines(state, { width: columns, rows: 256, nowMs });
  const page = Math.max(1, rows - 3);
  const maxScroll = Math.max(0, body.length - page);
  const scroll = Math.min(Math.max(0, options.scroll), maxScroll);
  const clock = new Date(nowMs).toISOString().slice(11, 19);
  const place = maxScroll === 0 ? "" : `  ${scroll + 1}-${Math.min(body.length, scroll + page)} of ${body.length}`;
  const keys = `q quit  left/right node  up/down scroll${place}`;
  const foot = problem === null ? keys : printable(problem);
  const gap = Math.max(2, columns - foot.length - clock.length - 1);
  const bar = fit(`${foot}${" ".repeat(gap)}${clock}`, columns);
  const middle = body.slice(scroll, scroll + page).map((line) => line.slice(0, columns));
  const filled = [...middle, ...Array.from({ length: Math.max(0, page - middle.length) }, () => "")];
  const lines = [tabs(states, selected, columns), "", ...filled, `${INVERSE[0]}${bar}${INVERSE[1]}`].slice(0, rows);
  return { lines, maxScroll, page };
}
