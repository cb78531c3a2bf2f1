import { printable } from "./printable.ts";

/** How loud: each level prints itself and what stands after it. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** Flat, and never under the names that every line has of itself. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | null | undefined>> & {
  readonly [own in "time" | "level" | "message"]?: never;
};

/** A fixed sentence and flat fields; never a secret in either. */
export type Logger = { readonly [level in LogLevel]: (sentence: string, fields?: LogFields) => void };

/** What would break a line apart, or move a terminal's cursor or its reader's eye: some texts come from strangers. */
const UNSAFE = /[\s"=\p{Cc}\p{Cf}]/u;

function human(atMs: number, level: LogLevel, sentence: string, fields: LogFields): string {
  const time = new Date(atMs).toISOString().slice(11, 23);
  const tail = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" && UNSAFE.test(value) ? JSON.stringify(value) : value}`);
  return `${time} ${level.toUpperCase().padEnd(5)} ${[sentence, ...tail].join("  ")}`;
}

function json(atMs: number, level: LogLevel, sentence: string, fields: LogFields): string {
  return JSON.stringify({ time: new Date(atMs).toISOString(), level, message: sentence, ...fields }, (_, value) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/**
 * A logger that hands finished lines to `write`.
 *
 * @example
 * const lines: string[] = [];
 * createLogger({ level: "info", format: "json", write: (line) => lines.push(line), nowMs: () => 0 }).info("Weights set", { uids: 2 });
 * lines[0]; // '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"Weights set","uids":2}'
 */
export function createLogger(options: {
  level: LogLevel;
  format?: "human" | "json";
  write: (line: string) => void;
  nowMs: () => number;
}): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const format = options.format === "json" ? json : human;
  const at = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) < threshold
      ? () => undefined
      : (sentence: string, fields: LogFields = {}) =>
          options.write(printable(format(options.nowMs(), level, sentence, fields)));
  return { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const nothing = () => undefined;
/** Says nothing: the default of every node. */
export const silentLogger: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
