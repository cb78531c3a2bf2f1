import { printable } from "../core/index.ts";
import type { Query } from "./query.ts";
import { MAX_SEQUENCE } from "./query.ts";
import type { LogLevelView, LogLineView, LogsView } from "./views.ts";

/** A line as the log ring of `core` keeps it. */
export interface LoggedLine {
  readonly number: number;
  readonly timeMs: number;
  readonly level: LogLevelView;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
/** Where the newest lines are: the log ring of `core` is one. */
export interface LogSource {
  /** Oldest first. */
  records(query: { readonly level?: LogLevelView }): readonly LoggedLine[];
  subscribe(listener: (line: LoggedLine) => void): () => void;
}

const LEVELS: readonly LogLevelView[] = ["trace", "debug", "info", "warn", "error"];
/** Lines in one event. */
const MAX_TOLD = 50;

function viewOf({ number, timeMs, level, message, fields }: LoggedLine): LogLineView {
  const told = Object.entries(fields).map(
    ([key, value]) => [printable(key), typeof value === "string" ? printable(value) : value] as const,
  );
  return { sequence: number, atMs: timeMs, level, message: printable(message), fields: Object.fromEntries(told) };
}
const matches = ({ message, fields }: LoggedLine, wanted: string) =>
  message.toLowerCase().includes(wanted) ||
  Object.entries(fields).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(wanted));

/** The log to look at, and what is new in it. */
export interface Logs {
  read(query: Query): LogsView;
  /** What came since this was called last, if anything. */
  news(): { readonly lines: readonly LogLineView[]; readonly missed: number } | null;
  stop(): void;
}

/**
 * @example
 * createLogs(ring).read(queryOf(new URLSearchParams("level=warn"))).lines; // []
 */
export function createLogs(source: LogSource): Logs {
  let waiting: LoggedLine[] = [];
  let missed = 0;
  const stop = source.subscribe((line) => {
    waiting.push(line);
    if (waiting.length <= MAX_TOLD) return;
    waiting.shift();
    missed += 1;
  });
  return {
    stop,
    read(query) {
      const named = query.text("level", { most: 5 });
      const level = LEVELS.find((one) => one === named) ?? "info";
      const wanted = query.text("q", { most: 200 })?.toLowerCase() ?? "";
      const limit = query.whole("limit", { least: 1, most: 500 }) ?? 100;
      const before = query.whole("before", { most: MAX_SEQUENCE }) ?? MAX_SEQUENCE;
      const found = source
        .records({ level })
        .filter((line) => line.number < before && (wanted === "" || matches(line, wanted)));
      const page = found.slice(-limit).reverse().map(viewOf);
      return { lines: page, next: found.length > limit ? (page.at(-1)?.sequence ?? null) : null };
    },
    news() {
      if (waiting.length === 0) return null;
      const told = { lines: waiting.map(viewOf), missed };
      [waiting, missed] = [[], 0];
      return told;
    },
  };
}
