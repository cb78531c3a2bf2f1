import { FEATURES } from "../../schema.ts";
import { type Header, TARGET } from "./csv-header.ts";
import { divideLong, POWERS } from "./csv-number.ts";
import { BYTE } from "./csv-record.ts";
import type { Table } from "./csv-table.ts";
import { INPUTS } from "./dataset.ts";

const { comma: COMMA, newline: NEWLINE, carriageReturn: RETURN, quote: QUOTE, minus: MINUS, point: POINT } = BYTE;
/** Four bytes at once: digits become 0 to 9, and adding this to any other byte sets its high bit. */
const ZEROS = 0x30303030;
const ABOVE_NINE = 0x76767676;
const HIGH_BITS = 0x80808080 | 0;
/** Where the lowest high bit stands when the first of the four bytes is no digit. */
const NO_DIGIT = 7;
/** Below this, four more digits can be taken in and the number is still exact. */
const ROOM_FOR_FOUR = 1e11;
const MAX_TAIL = 7;
const MAX_DECIMALS = POWERS.length - 1;
/** How many bytes must follow the last newline, whatever they hold: cells are read four bytes at a time. */
export const SLACK = 4;

/** What a scan keeps: plain data, so that the machine code made for one file serves the next. */
export interface Scan {
  readonly table: Table;
  /** By column: what it is for, its lowest and highest number, and 1 when that must be whole. */
  readonly targets: Int32Array;
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly whole: Uint8Array;
  /** The number that {@link scanNumber} read last. */
  readonly number: Float64Array;
  /** Where the group's name of this row stands. */
  groupFrom: number;
  groupTo: number;
  /** Whether what came true is among the columns. */
  readonly labelled: boolean;
  /** The group of the row above. */
  group: string;
  /** Lines read so far. */
  line: number;
}

/** A scan of a file with this header, `lines` of it read. */
export function createScan(table: Table, { targets }: Header, lines: number): Scan {
  const limits = [...FEATURES, { min: 0, max: 1, integer: true }, { min: -1, max: Number.MAX_VALUE, integer: false }];
  const by = (pick: (limit: (typeof limits)[number] | undefined) => number) =>
    Array.from(targets, (target) => pick(limits[target]));
  return {
    table,
    targets,
    lowest: Float64Array.from(by((limit) => limit?.min ?? 0)),
    highest: Float64Array.from(by((limit) => limit?.max ?? 0)),
    whole: Uint8Array.from(by((limit) => (limit?.integer === true ? 1 : 0))),
    number: new Float64Array(1),
    groupFrom: 0,
    groupTo: 0,
    labelled: targets.includes(TARGET.converted),
    group: "",
    line: lines,
  };
}

/** The number of four digits of 0 to 9, the first in the lowest byte. */
function fourDigits(word: number): number {
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}

/**
 * Reads rows of plain cells (digits, one point, a minus, blanks; simple quotes round a cell that is no number) straight from the
 * bytes, as long as the table has room.
 *
 * @param words the same bytes; {@link SLACK} more of them must be there than are used.
 * @returns the beginning of the first row that is not plain, of which nothing is kept, or `to`.
 */
export function scanRows(scan: Scan, bytes: Buffer, words: DataView, from: number, to: number): number {
  const { table, targets, lowest, highest, whole, number, labelled } = scan;
  const { X, y, timeSeconds, groups } = table;
  const last = targets.length - 1;
  const room = y.length;
  let row = table.rows;
  let at = from;
  rows: while (at < to && row < room) {
    const base = row * INPUTS;
    let converted = labelled ? -1 : 0;
    let seconds = labelled ? 0 : -1;
    let p = at;
    scan.line += 1;
    scan.groupTo = 0;
    for (let column = 0; column <= last; column++) {
      const target = targets[column];
      if (target >= TARGET.group) {
        p = scanText(scan, bytes, p, target);
        if (p < 0) break rows;
      } else {
        const word = words.getInt32(p, true) ^ ZEROS;
        const stop = ((word + ABOVE_NINE) | word) & HIGH_BITS;
        const place = 31 - Math.clz32(stop & -stop);
        let value = Number.NaN;
        let end = p;
        if (place > NO_DIGIT) {
          // One to three digits, the most common cell.
          end += place >> 3;
          value = fourDigits(word << (39 - place));
        }
        const c = bytes[end];
        if (place < NO_DIGIT || (c !== COMMA && c !== NEWLINE && c !== RETURN)) {
          end = scanNumber(bytes, words, p, number);
          if (end < 0) break rows;
          value = number[0];
          if (whole[column] === 1 && value !== Math.floor(value)) break rows;
        }
        p = end;
        // Written so that NaN, a blank cell, passes.
        if (value < lowest[column] || value > highest[column]) break rows;
        if (target < INPUTS) X[base + target] = value;
        else if (target === TARGET.converted) converted = value;
        else seconds = value;
      }
      if (column === last) {
        if (bytes[p] === RETURN) p += 1;
        if (bytes[p] !== NEWLINE) break rows;
      } else if (bytes[p] !== COMMA) break rows;
      p += 1;
    }
    if (converted === 1 ? seconds <= 0 : converted !== 0 || seconds > -1 || seconds < -1) break;
    y[row] = converted;
    timeSeconds[row] = converted === 1 ? seconds : Number.NaN;
    groups.push(groupName(scan, bytes));
    row += 1;
    at = p;
  }
  // The line of a row that was given up is counted again by whoever reads it.
  if (at < to && row < room) scan.line -= 1;
  table.rows = row;
  return at;
}

/** A number with a sign, a point or many digits goes to `out`; gives its end, -1 when it is not plain. */
function scanNumber(bytes: Buffer, words: DataView, from: number, out: Float64Array): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let p = first;
  let head = 0;
  let tail = 0;
  let tailDigits = 0;
  let point = -1;
  for (;;) {
    const word = words.getInt32(p, true) ^ ZEROS;
    const stop = ((word + ABOVE_NINE) | word) & HIGH_BITS;
    const count = stop === 0 ? 4 : (31 - Math.clz32(stop & -stop)) >> 3;
    if (count > 0) {
      const digits = fourDigits(count === 4 ? word : word << (32 - 8 * count));
      if (head < ROOM_FOR_FOUR) head = head * POWERS[count] + digits;
      else {
        tail = tail * POWERS[count] + digits;
        tailDigits += count;
      }
      p += count;
      if (count === 4) continue;
    }
    if (point >= 0 || p === first || bytes[p] !== POINT) break;
    p += 1;
    point = p;
  }
  const decimals = point < 0 ? 0 : p - point;
  if (p === first || decimals > MAX_DECIMALS || tailDigits > MAX_TAIL) return -1;
  // Without a tail both are exact doubles, so that one division rounds correctly (Clinger 1990).
  const value = tailDigits === 0 ? head / POWERS[decimals] : divideLong(head, tail, tailDigits, decimals);
  out[0] = first === from ? value : -value;
  return Number.isNaN(value) ? -1 : p;
}

/** The end of a cell that is no number, with or without simple quotes; -1 when its quotes are not simple. */
function scanText(scan: Scan, bytes: Buffer, from: number, target: number): number {
  let p = from;
  let c = bytes[p];
  let start = from;
  let end = 0;
  if (c === QUOTE) {
    start += 1;
    do c = bytes[++p];
    while (c !== QUOTE && c !== NEWLINE);
    end = p;
    p += 1;
    if (c === NEWLINE || bytes[p] === QUOTE) return -1;
  } else {
    while (c !== COMMA && c !== NEWLINE) c = bytes[++p];
    if (c === NEWLINE && p > from && bytes[p - 1] === RETURN) p -= 1;
    end = p;
  }
  if (target === TARGET.group) {
    scan.groupFrom = start;
    scan.groupTo = end;
  }
  return p;
}

/** The group's name: that of the row above when it is the same, as it is for landmarks of one conversation. */
function groupName(scan: Scan, bytes: Buffer): string {
  const { group, groupFrom, groupTo } = scan;
  const length = groupTo - groupFrom;
  if (length <= 0) return `line ${scan.line}`;
  scan.table.named = true;
  let same = 0;
  if (group.length === length) while (same < length && group.charCodeAt(same) === bytes[groupFrom + same]) same += 1;
  if (same < length) scan.group = bytes.toString("utf8", groupFrom, groupTo);
  return scan.group;
}
