import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { LOG_LEVELS, type LogLevel, logFilesOf } from "../../core/index.ts";
import type { LogLine } from "./documents.ts";

/** What of a log is wanted. */
export interface LogQuery {
  /** This and louder. */
  readonly level: LogLevel;
  /** Somewhere in the sentence, a name or a value, in any case. */
  readonly text: string | null;
  readonly sinceMs: number | null;
}
/** A line, and whose. */
export interface NodeLine extends Omit<LogLine, "sequence"> {
  readonly node: string;
}

/** Whether a line is wanted. */
export function matches(
  { level, message, fields, atMs }: NodeLine,
  { level: least, text, sinceMs }: LogQuery,
): boolean {
  if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return false;
  if (sinceMs !== null && atMs < sinceMs) return false;
  if (text === null) return true;
  const wanted = text.toLowerCase();
  const words = [message, ...Object.entries(fields).flatMap(([key, value]) => [key, `${key}=${String(value)}`])];
  return words.some((word) => word.toLowerCase().includes(wanted));
}

/** A JSON line of a log file; null = it is none, as a kill may leave one. */
export function parseLine(text: string, node: string): NodeLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { time, level, message, ...rest } = value as Record<string, unknown>;
  const atMs = Date.parse(String(time));
  const known = LOG_LEVELS.find((one) => one === level);
  if (!Number.isFinite(atMs) || known === undefined || typeof message !== "string") return null;
  const fields = Object.fromEntries(
    Object.entries(rest).map(([key, field]) => {
      const plain = field === null || ["string", "number", "boolean"].includes(typeof field);
      return [key, plain ? (field as string | number | boolean | null) : JSON.stringify(field)];
    }),
  );
  return { atMs, level: known, message, fields, node };
}

async function* linesFrom(path: string, start = 0, end?: number): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: "utf8", start, ...(end !== undefined && { end }) });
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    stream.destroy();
  }
}

/** The last wanted lines of a log and the files put aside before it, oldest first; no more than `last` are in memory. */
export async function readLast(path: string, node: string, query: LogQuery, last: number): Promise<NodeLine[]> {
  const found: NodeLine[] = [];
  for (const file of logFilesOf(path)) {
    for await (const text of linesFrom(file)) {
      const line = parseLine(text, node);
      if (line === null || !matches(line, query)) continue;
      found.push(line);
      if (found.length > 2 * last) found.splice(0, found.length - last);
    }
  }
  return found.slice(-last);
}

/**
 * What is appended to a log from now on, at each call: also when the file was put aside meanwhile and a new one begun.
 *
 * @returns asks for the lines that came since.
 */
export async function tail(path: string, node: string): Promise<() => Promise<NodeLine[]>> {
  const look = (file: string) => stat(file).catch(() => null);
  const first = await look(path);
  let [inode, offset] = [first?.ino ?? null, first?.size ?? 0];
  let rest = "";
  const take = async (file: string, upTo: number) => {
    const lines: NodeLine[] = [];
    if (upTo <= offset) return lines;
    let text = rest;
    const stream = createReadStream(file, { encoding: "utf8", start: offset, end: upTo - 1 });
    for await (const chunk of stream) text += chunk;
    offset = upTo;
    const parts = text.split("\n");
    rest = parts.pop() ?? "";
    return parts.flatMap((part) => parseLine(part, node) ?? []);
  };
  return async () => {
    const lines: NodeLine[] = [];
    const now = await look(path);
    if (now === null) return lines;
    if (inode !== null && now.ino !== inode) {
      // It was put aside: what was still written to it comes first.
      for (const file of logFilesOf(path)) {
        const aside = await look(file);
        if (aside?.ino === inode) lines.push(...(await take(file, aside.size)));
      }
      offset = 0;
      rest = "";
    }
    inode = now.ino;
    return [...lines, ...(await take(path, now.size))];
  };
}
