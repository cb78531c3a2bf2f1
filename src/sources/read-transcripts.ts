import { createReadStream } from "node:fs";
import { firstIssue, type Transcript } from "../schema.ts";
import { BadTranscriptError, TranscriptsUnreadableError } from "./errors.ts";
import { type RawLine, splitLines } from "./lines.ts";
import { transcriptSchema } from "./transcript-door.ts";

/** What {@link readTranscripts} takes beside the path. */
export interface ReadTranscriptsOptions {
  /** Go on after a bad line (default false: the first one is thrown). */
  readonly skipBadLines?: boolean;
  /** Told of every bad line that is skipped. */
  readonly onBadLine?: (error: BadTranscriptError) => void;
  /** Longest line read into memory, in bytes (default 4 MiB). */
  readonly maxLineBytes?: number;
  /** Told how many bytes of the file were read so far. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a reading came to: conversations yielded and bad lines skipped. */
export interface ReadCounts {
  readonly transcripts: number;
  readonly badLines: number;
}

/** What is wrong with a line. */
export interface LineComplaint {
  readonly field: string;
  readonly problem: string;
}

/**
 * One line of a JSON Lines file, or what is wrong with it; whether its id was there before is for whoever sees all lines.
 *
 * @example
 * parseTranscriptLine(utf8("{}")); // { field: "id", problem: "..." }
 */
export function parseTranscriptLine(bytes: Uint8Array): Transcript | LineComplaint {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { field: "(line)", problem: "is not UTF-8" };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { field: "(line)", problem: "is not JSON" };
  }
  const parsed = transcriptSchema.safeParse(json);
  return parsed.success ? parsed.data : firstIssue(parsed.error);
}

/**
 * What is wrong with a line whose id was there before.
 *
 * @example
 * idSeen("a"); // { field: "id", problem: "a was there before" }
 */
export const idSeen = (id: string): LineComplaint => ({ field: "id", problem: `${id} was there before` });

const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** A line that is there: its bytes, or what is wrong with it already. */
export interface TranscriptLine {
  readonly number: number;
  readonly bytes: Uint8Array | LineComplaint;
}

const MAX_LINE_BYTES = 4 * 2 ** 20;

/**
 * The lines of a JSON Lines file that are not blank, for whoever has them parsed elsewhere ({@link parseTranscriptLine}).
 *
 * @throws {TranscriptsUnreadableError}; the signal's reason.
 * @example
 * for await (const { number } of readTranscriptLines("chats.jsonl")) number; // 1
 */
export async function* readTranscriptLines(
  path: string,
  {
    maxLineBytes = MAX_LINE_BYTES,
    onBytes,
    signal,
  }: Pick<ReadTranscriptsOptions, "maxLineBytes" | "onBytes" | "signal"> = {},
): AsyncGenerator<TranscriptLine> {
  signal?.throwIfAborted();
  for await (const { number, bytes } of readLines(path, { maxLineBytes, signal, ...(onBytes && { onBytes }) })) {
    signal?.throwIfAborted();
    if (bytes !== null && isBlank(bytes)) continue;
    yield { number, bytes: bytes ?? { field: "(line)", problem: `is longer than ${maxLineBytes} bytes` } };
  }
}

async function* readLines(
  path: string,
  { maxLineBytes, onBytes, signal }: Pick<ReadTranscriptsOptions, "onBytes" | "signal"> & { maxLineBytes: number },
): AsyncGenerator<RawLine> {
  const stream = createReadStream(path, signal === undefined ? {} : { signal });
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      yield chunk;
      onBytes?.(stream.bytesRead);
    }
  };
  try {
    yield* splitLines(counted(), { maxLineBytes });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TranscriptsUnreadableError({ path, cause });
  } finally {
    stream.destroy();
  }
}

/**
 * Conversations of a JSON Lines file, one at a time: UTF-8, blank lines and CRLF allowed, only one line and the ids in memory.
 * The generator's return value counts what was read.
 *
 * @throws {BadTranscriptError} at the first bad line (file, line, field), unless `skipBadLines`.
 * @throws {TranscriptsUnreadableError} when the file cannot be read; the signal's reason when aborted, so that half a file
 * is never taken for the whole.
 * @example
 * for await (const transcript of readTranscripts("chats.jsonl")) transcript.messages.length; // 12
 */
export async function* readTranscripts(
  path: string,
  { skipBadLines = false, onBadLine, ...options }: ReadTranscriptsOptions = {},
): AsyncGenerator<Transcript, ReadCounts> {
  const seen = new Set<string>();
  let badLines = 0;
  for await (const { number, bytes } of readTranscriptLines(path, options)) {
    const line = "problem" in bytes ? bytes : parseTranscriptLine(bytes);
    const parsed = !("problem" in line) && seen.has(line.id) ? idSeen(line.id) : line;
    if ("problem" in parsed) {
      const error = new BadTranscriptError({ path, line: number, ...parsed });
      if (!skipBadLines) throw error;
      badLines++;
      onBadLine?.(error);
      continue;
    }
    seen.add(parsed.id);
    yield parsed;
  }
  return { transcripts: seen.size, badLines };
}
