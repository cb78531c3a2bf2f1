import { type FileHandle, open } from "node:fs/promises";
import { DataError } from "../errors.ts";
import { type Header, readHeader } from "./csv-header.ts";
import { BYTE, readRecord } from "./csv-record.ts";
import { createScan, type Scan, SLACK, scanRows } from "./csv-scan.ts";
import { addRecord, datasetOf, emptyTable, makeRoom, QUOTES_HINT } from "./csv-table.ts";
import type { Dataset } from "./dataset.ts";

/** How {@link readCsv} reads. */
export interface ReadCsvOptions {
  /** The longest record, in bytes (default 1 MiB): more is no training row but a quote that was left open. */
  readonly maxLineBytes?: number;
  /** False for rows to predict: what came true may be blank or absent, is not looked at, and all of `y` is 0. */
  readonly labels?: boolean;
  /** Told which share of the file was read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** What a reading gave beside the rows. */
export interface CsvData {
  readonly dataset: Dataset;
  /** Columns that were there and not used. */
  readonly ignoredColumns: readonly string[];
  /** False where no row tells its conversation: each is a group of its own then. */
  readonly named: boolean;
}

const CHUNK_BYTES = 1 << 18;
/** Kept free at the end of a piece: a newline for the last line, and the scanner's slack. */
const RESERVED = 1 + SLACK;
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], "is compressed: unpack it first"],
  [[0xff, 0xfe], "is UTF-16: save it as UTF-8"],
  [[0xfe, 0xff], "is UTF-16: save it as UTF-8"],
  [[0x50, 0x41, 0x52, 0x31], "is a Parquet file: name it .parquet"],
  [[0x50, 0x4b, 3, 4], "is a zip archive, as spreadsheets are: export it as CSV"],
];
/** Where a zero byte means that this is no text. */
const LOOKED_AT_BYTES = 1024;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const isBlank = (cells: readonly string[]) => cells.length === 1 && cells[0].trim() === "";
const beginsWith = (bytes: Buffer, mark: readonly number[]) => mark.every((byte, i) => bytes[i] === byte);

/** Refuses by its first bytes what is no text with lines. */
function checkStart(path: string, bytes: Buffer): void {
  const mark = MARKS.find(([start]) => beginsWith(bytes, start));
  if (mark !== undefined) throw new DataError({ path, problem: mark[1] });
  if (bytes.subarray(0, LOOKED_AT_BYTES).includes(0)) throw new DataError({ path, problem: "is not text" });
  const newline = bytes.indexOf(BYTE.newline);
  const end = bytes.indexOf(BYTE.carriageReturn);
  if (end < 0 || (newline >= 0 && end >= newline - 2)) return;
  const hint = "Save it with the line ends of Windows or Unix, or let DuckDB read it: --engine duckdb";
  throw new DataError({ path, problem: "ends its lines as old Macs did, with CR alone", hint });
}

interface Begun {
  readonly header: Header;
  readonly scan: Scan;
}

/** The first record that is not blank as the header, and where the rows begin; null = it is not complete yet. */
function begin(
  path: string,
  bytes: Buffer,
  to: number,
  options: ReadCsvOptions,
): (Begun & { readonly at: number }) | null {
  let at = beginsWith(bytes, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let lines = 0;
  while (at < to) {
    const record = readRecord(bytes, at, to);
    if (record === null) return null;
    // Where other separators stand between quotes, the line as it is.
    const cells = record.problem === null ? record.cells : bytes.toString("utf8", at, record.next).split(",");
    at = record.next;
    lines += record.lines;
    if (isBlank(cells)) continue;
    const header = readHeader(path, cells, options);
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
  const stats = await file.stat();
  if (stats.isDirectory()) throw new DataError({ path, problem: "is a folder" });
  const { size } = stats;
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
    if (first) checkStart(path, bytes.subarray(0, filled));
    // A last line without its newline gets one: no scan looks for the end of the file.
    if (ended && filled > 0 && bytes[filled - 1] !== BYTE.newline) bytes[filled++] = BYTE.newline;
    const to = filled === 0 ? 0 : bytes.subarray(0, filled).lastIndexOf(BYTE.newline) + 1;
    const before = done - filled;
    const shareAt = (place: number) => (size > 0 ? Math.min(1, (before + place) / size) : 0);
    let at = 0;
    if (begun === null) {
      const start = begin(path, bytes, to, options);
      begun = start;
      at = start?.at ?? 0;
    }
    if (begun !== null) at = takeRows(path, begun, bytes, { from: at, to, shareAt });
    onProgress?.(shareAt(at));
    const rest = filled - at;
    if (ended || rest > maxLineBytes) {
      if (begun === null && bytes.toString("utf8", 0, filled).trim() === "") {
        throw new DataError({ path, problem: ended ? "is empty" : `begins with more than ${maxLineBytes} blanks` });
      }
      if (begun !== null && rest === 0) return begun;
      const line = (begun?.scan.line ?? 0) + 1;
      const problem = ended ? "opens a quote that is never closed" : `is longer than ${maxLineBytes} bytes`;
      throw new DataError({ path, line, problem, hint: QUOTES_HINT });
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
 * @throws {MissingColumnsError} naming the columns; {@link DataError} naming file, line and column, as far as there are any.
 * @example
 * (await readCsv("train.csv")).dataset.rows; // 1000
 */
export async function readCsv(path: string, options: ReadCsvOptions = {}): Promise<CsvData> {
  const file = await open(path);
  try {
    const begun = await readRows(file, path, options);
    const { table } = begun.scan;
    return { dataset: datasetOf(table), ignoredColumns: begun.header.ignored, named: table.named };
  } finally {
    await file.close();
  }
}
