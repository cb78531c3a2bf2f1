import { type FileHandle, open } from "node:fs/promises";
import { DataError, MissingColumnsError } from "../errors.ts";
import { type Header, readHeader } from "./csv-header.ts";
import { BYTE, readRecord } from "./csv-record.ts";
import { createScan, type Scan, SLACK, scanRows } from "./csv-scan.ts";
import { addRecord, datasetOf, emptyTable, makeRoom } from "./csv-table.ts";
import type { Dataset } from "./dataset.ts";

/** How {@link readCsv} reads. */
export interface ReadCsvOptions {
  /** The longest record, in bytes (default 1 MiB): more is no training row but a quote that was left open. */
  readonly maxLineBytes?: number;
  /** Told which share of the file was read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** What a reading gave beside the rows. */
export interface CsvData {
  readonly dataset: Dataset;
  /** Columns that were there and not used. */
  readonly ignoredColumns: readonly string[];
}

const CHUNK_BYTES = 1 << 18;
/** Kept free at the end of a piece: a newline for the last line, and the scanner's slack. */
const RESERVED = 1 + SLACK;
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], "is compressed: unpack it first"],
  [[0xff, 0xfe], "is UTF-16: save it as UTF-8"],
  [[0xfe, 0xff], "is UTF-16: save it as UTF-8"],
  [[0x50, 0x41, 0x52, 0x31], "is a Parquet file: name it .parquet"],
];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const isBlank = (cells: readonly string[]) => cells.length === 1 && cells[0].trim() === "";
const beginsWith = (bytes: Buffer, mark: readonly number[]) => mark.every((byte, i) => bytes[i] === byte);

interface Begun {
  readonly header: Header;
  readonly scan: Scan;
}

/** The first record that is not blank as the header, and where the rows begin; null = it is not complete yet. */
function begin(path: string, bytes: Buffer, to: number): (Begun & { readonly at: number }) | null {
  let at = beginsWith(bytes, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let lines = 0;
  while (at < to) {
    const record = readRecord(bytes, at, to);
    if (record === null) return null;
    at = record.next;
    lines += record.lines;
    if (isBlank(record.cells)) continue;
    const header = readHeader(path, record.cells);
    return { header, scan: createScan(emptyTable(), header, lines), at };
  }
  return null;
}

/**
 * Takes in the rows between `from` and `to`, of which the last byte is a newline: the plain ones from the bytes, any other as
 * text, which is twenty times slower.
 *
 * @returns where it stopped: `to`, or the beginning of a record with a quote that is still open there.
 */
function takeRows(
  path: string,
  { header, scan }: Begun,
  bytes: Buffer,
  { from, to, shareAt }: { from: number; to: number; shareAt: (at: number) => number },
): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { table } = scan;
  let at = from;
  while (at < to) {
    if (table.rows === table.y.length) makeRoom(table, shareAt(at));
    at = scanRows(scan, bytes, words, at, to);
    if (at === to || table.rows === table.y.length) continue;
    const record = readRecord(bytes, at, to);
    if (record === null) return at;
    if (!isBlank(record.cells)) addRecord(table, header, record, { path, line: scan.line + 1 });
    scan.line += record.lines;
    at = record.next;
  }
  return at;
}

async function readRows(file: FileHandle, path: string, options: ReadCsvOptions) {
  const { maxLineBytes = 1 << 20, onProgress, signal } = options;
  const { size } = await file.stat();
  let bytes = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  let done = 0;
  let begun: Begun | null = null;
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, filled, bytes.length - RESERVED - filled, null);
    filled += bytesRead;
    done += bytesRead;
    const ended = bytesRead === 0;
    const mark = first ? MARKS.find(([start]) => filled >= start.length && beginsWith(bytes, start)) : undefined;
    if (mark !== undefined) throw new DataError({ path, line: 1, column: "the file", problem: mark[1] });
    // A last line without its newline gets one: no scan looks for the end of the file.
    if (ended && filled > 0 && bytes[filled - 1] !== BYTE.newline) bytes[filled++] = BYTE.newline;
    const to = filled === 0 ? 0 : bytes.subarray(0, filled).lastIndexOf(BYTE.newline) + 1;
    const before = done - filled;
    const shareAt = (place: number) => (size > 0 ? Math.min(1, (before + place) / size) : 0);
    let at = 0;
    if (begun === null) {
      const start = begin(path, bytes, to);
      begun = start;
      at = start?.at ?? 0;
    }
    if (begun !== null) at = takeRows(path, begun, bytes, { from: at, to, shareAt });
    onProgress?.(shareAt(at));
    const rest = filled - at;
    if (ended || rest > maxLineBytes) {
      if (rest === 0) return begun;
      const line = (begun?.scan.line ?? 0) + 1;
      const problem = ended ? "opens a quote that is never closed" : `is longer than ${maxLineBytes} bytes`;
      throw new DataError({ path, line, column: "the line", problem });
    }
    const grown = rest > bytes.length / 2 ? Buffer.alloc(2 * bytes.length) : bytes;
    bytes.copy(grown, 0, at, filled);
    bytes = grown;
    filled = rest;
  }
}

/**
 * Reads a training CSV, strictly: the 40 features by name, the two labels, `session_id` as the group; every other column is
 * ignored, the order is free, a blank cell is unknown. UTF-8 with commas; CRLF, a byte order mark and RFC 4180 quotes are
 * understood. Numbers are plain decimals and come out as the language reads them, to the last bit. One bad cell refuses the
 * file. It is read in pieces; only the rows stay in memory.
 *
 * @throws {MissingColumnsError} naming the columns; {@link DataError} naming file, line and column.
 * @example
 * (await readCsv("train.csv")).dataset.rows; // 1000
 */
export async function readCsv(path: string, options: ReadCsvOptions = {}): Promise<CsvData> {
  const file = await open(path);
  try {
    const begun = await readRows(file, path, options);
    if (begun === null) {
      const columns = ["conversion_happened", "time_to_conversion_seconds"];
      throw new MissingColumnsError({ path, columns, labels: true });
    }
    return { dataset: datasetOf(begun.scan.table), ignoredColumns: begun.header.ignored };
  } finally {
    await file.close();
  }
}
