/** What ends and wraps cells. */
export const BYTE = { comma: 44, newline: 10, carriageReturn: 13, quote: 34, minus: 45, point: 46, zero: 48 } as const;

/** One record, taken apart with all that RFC 4180 allows. */
export interface CsvRecord {
  readonly cells: readonly string[];
  /** The byte after its newline. */
  readonly next: number;
  /** How many lines of the file it takes. */
  readonly lines: number;
  /** What is wrong with its quotes; null = nothing. */
  readonly problem: string | null;
}

/**
 * Takes one record apart, slowly and completely: quoted cells with commas, newlines and doubled quotes in them. A quote in the
 * middle of a cell that began without one is a character like others.
 *
 * @param bytes of which `bytes[to - 1]` is a newline.
 * @returns null when a quote is still open at `to`: more of the file is needed.
 */
export function readRecord(bytes: Buffer, from: number, to: number): CsvRecord | null {
  const cells: string[] = [];
  let problem: string | null = null;
  let lines = 1;
  let at = from;
  for (;;) {
    const quoted = bytes[at] === BYTE.quote;
    if (quoted) {
      const close = closingQuote(bytes, at + 1, to);
      if (close < 0) return null;
      const text = bytes.toString("utf8", at + 1, close);
      cells.push(text.replaceAll('""', '"'));
      lines += text.split("\n").length - 1;
      at = close + 1;
    }
    const start = at;
    while (bytes[at] !== BYTE.comma && bytes[at] !== BYTE.newline) at += 1;
    const last = bytes[at] === BYTE.newline;
    const end = last && at > start && bytes[at - 1] === BYTE.carriageReturn ? at - 1 : at;
    if (!quoted) cells.push(bytes.toString("utf8", start, end));
    else if (end > start) problem ??= `has text after the closing quote of cell ${cells.length}`;
    at += 1;
    if (last) return { cells, next: at, lines, problem };
  }
}

/** Where a quoted cell ends; doubled quotes do not end it. -1 = not before `to`. */
function closingQuote(bytes: Buffer, from: number, to: number): number {
  for (let at = bytes.indexOf(BYTE.quote, from); at >= 0 && at < to; at = bytes.indexOf(BYTE.quote, at + 2)) {
    if (bytes[at + 1] !== BYTE.quote || at + 1 >= to) return at;
  }
  return -1;
}
