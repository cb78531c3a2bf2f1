/** What a key does. */
export type Key = "quit" | "left" | "right" | "up" | "down" | "page up" | "page down" | "home" | "end";

const KEYS: Readonly<Record<string, Key>> = {
  q: "quit",
  Q: "quit",
  // In raw mode a terminal sends Ctrl-C as a character.
  "\x03": "quit",
  "\x1b": "quit",
  ...{ "\x1b[D": "left", "\x1bOD": "left", h: "left", "\x1b[Z": "left" },
  ...{ "\x1b[C": "right", "\x1bOC": "right", l: "right", "\t": "right" },
  ...{ "\x1b[A": "up", "\x1bOA": "up", k: "up", "\x1b[B": "down", "\x1bOB": "down", j: "down" },
  ...{ "\x1b[5~": "page up", "\x1b[6~": "page down", " ": "page down" },
  ...{ "\x1b[H": "home", "\x1b[1~": "home", g: "home", "\x1b[F": "end", "\x1b[4~": "end", G: "end" },
};

/** Keys in what a terminal sent, which may be several at once; what is none is left out. */
export function keysIn(input: string): Key[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what keys are.
  const parts = input.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[\s\S]/g) ?? [];
  return parts.flatMap((part) => KEYS[part] ?? []);
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/** Terminals that know it show all of a frame at once; others let it pass. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** A terminal, as far as it is needed: process.stdout and process.stdin are. */
export interface Terminal {
  readonly output: Pick<NodeJS.WriteStream, "write" | "on" | "off"> & {
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly input: Pick<NodeJS.ReadStream, "on" | "off" | "resume" | "pause" | "setRawMode" | "setEncoding">;
}
/** A screen of its own over what stood in the terminal; see {@link openFullScreen}. */
export interface FullScreen {
  size(): { readonly columns: number; readonly rows: number };
  /** Shows lines; those that stand there already are not written again. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was; any number of times. */
  close(): void;
}

/**
 * Takes over a terminal: its second screen, without a cursor and without line breaks of its own. A frame is written as its difference from the
 * one before, so that nothing flickers and little goes over a slow line; after a change of size all is written anew.
 *
 * @param onResize told after a change of size.
 */
export function openFullScreen(
  { output, input }: Terminal,
  { onKey, onResize }: { onKey: (key: Key) => void; onResize: () => void },
): FullScreen {
  let shown: readonly string[] | null = null;
  let open = true;
  const size = () => ({ columns: output.columns || 80, rows: output.rows || 24 });
  const resized = () => {
    shown = null;
    onResize();
  };
  const typed = (text: string) => keysIn(String(text)).forEach(onKey);
  output.write(ENTER);
  output.on("resize", resized);
  input.setRawMode(true);
  input.setEncoding("utf8");
  input.on("data", typed);
  input.resume();
  return {
    size,
    draw(lines) {
      if (!open) return;
      const { rows } = size();
      const frame = Array.from({ length: rows }, (_, row) => lines[row] ?? "");
      const changed = frame.flatMap((line, row) => (shown?.[row] === line ? [] : [`\x1b[${row + 1};1H\x1b[2K${line}`]));
      if (changed.length > 0) output.write(`${BEGIN}${shown === null ? "\x1b[2J" : ""}${changed.join("")}${END}`);
      shown = frame;
    },
    close() {
      if (!open) return;
      open = false;
      output.off("resize", resized);
      input.off("data", typed);
      input.setRawMode(false);
      input.pause();
      output.write(LEAVE);
    },
  };
}
