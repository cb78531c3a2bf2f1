import { errorText, sleep, systemClock } from "../../core/index.ts";
import type { Flags } from "../flags.ts";
import { ownFolder } from "../own-folder.ts";
import { columnsOf, print, printAside, printJson, untilSignal } from "../terminal.ts";
import { collect, type NodeState } from "./collect.ts";
import { frameOf, type View } from "./frame.ts";
import { type Key, openFullScreen, type Terminal } from "./full-screen.ts";
import { headline, stateLines } from "./lines.ts";

const LOOK_EVERY_MS = 1_000;
/** Where there is no terminal: one line a node. */
const LINE_EVERY_MS = 10_000;
const ROWS = 16;

const kept = (flags: Flags) => (states: readonly NodeState[]) =>
  typeof flags.node === "string" ? states.filter(({ run }) => run.kind === flags.node) : [...states];

function moved(
  key: Key,
  { selected, scroll }: View,
  count: number,
  { maxScroll, page }: { maxScroll: number; page: number },
): View {
  const to = (line: number) => ({ selected, scroll: Math.min(maxScroll, Math.max(0, line)) });
  const turn = (by: number) => ({ selected: count === 0 ? 0 : (selected + by + count) % count, scroll: 0 });
  const moves: Readonly<Record<Key, () => View>> = {
    quit: () => ({ selected, scroll }),
    ...{ left: () => turn(-1), right: () => turn(1), up: () => to(scroll - 1), down: () => to(scroll + 1) },
    ...{
      "page up": () => to(scroll - page),
      "page down": () => to(scroll + page),
      home: () => to(0),
      end: () => to(maxScroll),
    },
  };
  return moves[key]();
}

/**
 * The dashboard of a terminal: looks at all nodes once a second and shows one of them at a time, until a key or a signal ends it. The terminal
 * is given back whatever ends it.
 */
export async function watch(
  look: (signal: AbortSignal) => Promise<NodeState[]>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  let states: NodeState[] = [];
  let view: View = { selected: 0, scroll: 0 };
  let problem: string | null = null;
  const frame = () => frameOf(states, { ...screen.size(), ...view, nowMs: systemClock.nowMs(), problem });
  const redraw = () => screen.draw(frame().lines);
  const screen = openFullScreen(terminal, {
    onKey(key) {
      if (key === "quit") return controller.abort();
      view = moved(key, view, states.length, frame());
      redraw();
    },
    onResize: () => redraw(),
  });
  // Whatever ends the process, the terminal is given back.
  process.once("exit", screen.close);
  try {
    redraw();
    while (!either.aborted) {
      try {
        states = await look(either);
        problem = null;
      } catch (error) {
        problem = either.aborted ? null : errorText(error);
      }
      if (either.aborted) break;
      redraw();
      await sleep(LOOK_EVERY_MS, { signal: either }).catch(() => undefined);
    }
  } finally {
    process.off("exit", screen.close);
    screen.close();
  }
}

/** Where there is no terminal: a line for each node every ten seconds. */
async function follow(look: (signal: AbortSignal) => Promise<NodeState[]>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const nowMs = systemClock.nowMs();
    const states = await look(signal);
    for (const state of states) print(`${new Date(nowMs).toISOString().slice(11, 19)}  ${headline(state, nowMs)}`);
    if (states.length === 0) print(`${new Date(nowMs).toISOString().slice(11, 19)}  no node runs`);
    await sleep(LINE_EVERY_MS, { signal }).catch(() => undefined);
  }
}

/** `conversion-subnet status` */
export async function runStatus(flags: Flags): Promise<void> {
  const look = async (signal: AbortSignal) => kept(flags)(await collect(ownFolder(), signal));
  const { stdout: output, stdin: input } = process;
  await untilSignal(async (signal) => {
    if (flags.watch === true && flags.json !== true) {
      if (output.isTTY && input.isTTY) return watch(look, { output, input }, signal);
      return follow(look, signal);
    }
    const states = await look(signal);
    if (flags.json === true) return printJson({ nodes: states });
    const nowMs = systemClock.nowMs();
    for (const [i, state] of states.entries()) {
      if (i > 0) print("");
      for (const line of stateLines(state, { width: columnsOf(output), rows: ROWS, nowMs })) print(line);
    }
    if (states.length > 0) return;
    printAside("No node of yours runs on this machine: `miner run`, `validator run`, `localnet` and `demo` start one.");
    process.exitCode = 1;
  });
}
