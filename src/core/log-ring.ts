import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from "./logger.ts";

/** One thing that was logged. Its texts may be a stranger's: whoever shows them escapes them. */
export interface LogRecord {
  /** Counts up by one, from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Big integers as texts. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** The newest of what was logged; see {@link createLogRing}. */
export interface LogRing {
  /** Takes part in logging: give it to {@link teeLogger}. */
  readonly logger: Logger;
  /** @param level this and louder. @param after records with a larger number. @param last so many of the newest. */
  records(query?: { readonly level?: LogLevel; readonly after?: number; readonly last?: number }): readonly LogRecord[];
  /**
   * Told of each record as it comes. One that throws is not told again.
   *
   * @returns ends it.
   */
  subscribe(listener: (record: LogRecord) => void): () => void;
}

const MAX_TEXT = 2_000;
const MAX_FIELDS = 32;
const cut = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

function fieldsOf(fields: LogFields): LogRecord["fields"] {
  const kept: Record<string, string | number | boolean | null> = {};
  for (const [key, value] of Object.entries(fields).slice(0, MAX_FIELDS)) {
    if (value === undefined) continue;
    kept[key] = typeof value === "bigint" ? value.toString() : typeof value === "string" ? cut(value) : value;
  }
  return kept;
}

/**
 * Keeps the newest records in memory, bounded in number and size: `capacity` of all, and beside them `loudCapacity` of warnings and
 * errors, so that chatter does not push out what went wrong.
 *
 * @param level this and louder is kept.
 * @example
 * const ring = createLogRing({ level: "info" }, { nowMs: () => 0 });
 * ring.logger.warn("Refused", { problem: "too late" });
 * ring.records({ level: "warn" })[0]?.message; // "Refused"
 */
export function createLogRing(
  {
    level,
    capacity = 1_000,
    loudCapacity = 200,
  }: { readonly level: LogLevel; readonly capacity?: number; readonly loudCapacity?: number },
  { nowMs }: { readonly nowMs: () => number },
): LogRing {
  const places = { all: [] as LogRecord[], loud: [] as LogRecord[] };
  const listeners = new Set<(record: LogRecord) => void>();
  const rank = (name: LogLevel) => LOG_LEVELS.indexOf(name);
  const isLoud = (record: LogRecord) => rank(record.level) >= rank("warn");
  let count = 0;

  const keep = (name: LogLevel, message: string, fields: LogFields) => {
    count += 1;
    const record = { number: count, timeMs: nowMs(), level: name, message, fields: fieldsOf(fields) };
    // A place of the ring is written over; the order comes back when it is read.
    places.all[(count - 1) % capacity] = record;
    if (isLoud(record)) {
      places.loud.push(record);
      if (places.loud.length > loudCapacity) places.loud.shift();
    }
    for (const listener of listeners) {
      try {
        listener(record);
      } catch {
        listeners.delete(listener);
      }
    }
  };
  const at = (name: LogLevel) =>
    rank(name) < rank(level)
      ? () => undefined
      : (message: string, fields: LogFields = {}) => keep(name, message, fields);
  return {
    logger: { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    records({ level: least = "trace", after = 0, last = Number.POSITIVE_INFINITY } = {}) {
      const oldest = count - capacity;
      const early = places.loud.filter(({ number }) => number <= oldest);
      const found = [...early, ...places.all.toSorted((a, b) => a.number - b.number)].filter(
        (record) => record.number > after && rank(record.level) >= rank(least),
      );
      return last < found.length ? found.slice(found.length - last) : found;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * One logger that says everything to several, each as loud as it is itself.
 *
 * @example
 * teeLogger(terminal, ring.logger).info("Weights set"); // in both
 */
export function teeLogger(...loggers: readonly Logger[]): Logger {
  const at = (level: LogLevel) => (sentence: string, fields?: LogFields) => {
    for (const logger of loggers) logger[level](sentence, fields);
  };
  return { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
