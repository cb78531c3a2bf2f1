import { createReadStream } from "node:fs";

/** One record of a CSV file (RFC 4180) with the number of its first line. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A record longer than this is no training row but a file with a quote left open. */
const MAX_RECORD = 1 << 20;

/**
 * The records of a file, one after another, only one in memory. Quotes are understood, for the columns that are ignored
 * (notes with commas and line ends); a quote that is never closed gives the cells so far, which the reader then refuses.
 */
export async function* readCsvRecords(path: string): AsyncGenerator<CsvRecord> {
  let line = 0;
  let first = 1;
  let pending = "";
  for await (const text of readTextLines(path)) {
    line += 1;
    if (pending === "") first = line;
    const record = pending === "" ? text : `${pending}\n${text}`;
    if (isOpen(record) && record.length < MAX_RECORD) {
      pending = record;
      continue;
    }
    pending = "";
    if (record !== "") yield { line: first, cells: splitCells(record) };
  }
  if (pending !== "") yield { line: first, cells: splitCells(pending) };
}

async function* readTextLines(path: string): AsyncGenerator<string> {
  let rest = "";
  let start = true;
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 })) {
    const lines = `${rest}${start ? String(chunk).replace(/^\uFEFF/, "") : chunk}`.split("\n");
    start = false;
    rest = lines.pop() ?? "";
    for (const text of lines) yield text.endsWith("\r") ? text.slice(0, -1) : text;
  }
  if (rest !== "") yield rest.endsWith("\r") ? rest.slice(0, -1) : rest;
}

function isOpen(record: string): boolean {
  let quotes = 0;
  for (let at = record.indexOf('"'); at >= 0; at = record.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 1;
}

function splitCells(record: string): string[] {
  if (!record.includes('"')) return record.split(",");
  return (`,${record}`.match(/,(?:"(?:[^"]|"")*"|[^,]*)/g) ?? []).map((cell) =>
    cell.startsWith(',"') ? cell.slice(2, -1).replaceAll('""', '"') : cell.slice(1),
  );
}
