import { FEATURES } from "../../schema.ts";
import { DataError } from "../errors.ts";
import { type Header, TARGET } from "./csv-header.ts";
import { parseNumber } from "./csv-number.ts";
import type { CsvRecord } from "./csv-record.ts";
import { type Dataset, INPUTS } from "./dataset.ts";

/** The least rows there is room for, and by how much room may be made ahead of what the file's size promises. */
const FIRST_ROWS = 1024;
const MAX_AHEAD = 64;
/** Room left over at the end that is not worth a copy. */
const WORTH_COPYING = 1 / 8;

/** What to do about quotes that do not fit. */
export const QUOTES_HINT = 'A quote within a quoted cell is written twice: "a ""b"" c".';

/** Rows that are being read; the arrays have room for more than `rows`. */
export interface Table {
  rows: number;
  X: Float64Array<ArrayBuffer>;
  y: Uint8Array<ArrayBuffer>;
  timeSeconds: Float64Array<ArrayBuffer>;
  readonly groups: string[];
  /** Whether any row tells its conversation. */
  named: boolean;
}

/** A table without rows. */
export function emptyTable(): Table {
  return {
    rows: 0,
    X: new Float64Array(FIRST_ROWS * INPUTS),
    y: new Uint8Array(FIRST_ROWS),
    timeSeconds: new Float64Array(FIRST_ROWS),
    groups: [],
    named: false,
  };
}

function resized<A extends Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(array: A, out: A): A {
  out.set(array);
  return out;
}

/**
 * Makes room for more rows: for twice as many, or for as many as the file will have when what was read of it so far
 * is typical.
 *
 * @param share of the file that was read, 0 to 1; 0 = not known.
 */
export function makeRoom(table: Table, share: number): void {
  const { rows } = table;
  const promised = share > 0 ? Math.min(Math.ceil((rows / share) * 1.02), MAX_AHEAD * rows) : 0;
  const room = Math.max(2 * rows, promised);
  table.X = resized(table.X, new Float64Array(room * INPUTS));
  table.y = resized(table.y, new Uint8Array(room));
  table.timeSeconds = resized(table.timeSeconds, new Float64Array(room));
}

/** The rows as a dataset, without the room that was left. */
export function datasetOf({ rows, X, y, timeSeconds, groups }: Table): Dataset {
  const copy = y.length - rows > WORTH_COPYING * y.length;
  const cut = <A extends Float64Array | Uint8Array>(array: A, length: number) =>
    (copy ? array.slice(0, length) : array.subarray(0, length)) as A;
  return { rows, X: cut(X, rows * INPUTS), y: cut(y, rows), timeSeconds: cut(timeSeconds, rows), groups };
}

/** A feature's cell: its number, NaN when blank, or what is wrong. */
function parseFeature(text: string, place: number): number | string {
  const value = parseNumber(text);
  if (typeof value === "string" || Number.isNaN(value)) return value;
  const { min, max, integer } = FEATURES[place];
  if (value < min) return `must be at least ${min}, not ${value}`;
  if (value > max) return `must be at most ${max}, not ${value}`;
  if (integer && !Number.isInteger(value)) return `must be a whole number, not ${value}`;
  return value;
}

/** The class, or what is wrong. */
function parseConverted(text: string): number | string {
  const value = parseNumber(text);
  if (value === 0 || value === 1 || typeof value === "string") return value;
  return `must be 0 or 1, not ${JSON.stringify(text.trim())}`;
}

/** The time of a conversion, NaN when there was none or it is not known, or what is wrong. */
function parseTime(text: string, converted: number): number | string {
  const value = parseNumber(text);
  if (typeof value === "string" || Number.isNaN(value)) return value;
  if (converted === 0) return value === -1 ? Number.NaN : `must be -1 where nothing converted, not ${value}`;
  if (value > 0) return value;
  return `must be above 0 where a conversion happened (blank when unknown), not ${value}`;
}

/**
 * Reads one record as text into the table, which has room for it.
 *
 * @throws {DataError} naming the column, when a cell is refused.
 */
export function addRecord(
  table: Table,
  { names, targets }: Header,
  { cells, problem }: CsvRecord,
  place: { readonly path: string; readonly line: number },
): void {
  const refuse = (column: string | undefined, text: string, hint?: string): never => {
    throw new DataError({ ...place, column, problem: text, hint });
  };
  if (problem !== null) refuse(undefined, problem, QUOTES_HINT);
  if (cells.length !== names.length) {
    const hint = "A cell with a comma in it stands in quotes; a blank cell keeps its comma.";
    refuse(undefined, `has ${cells.length} cells, the header ${names.length}`, hint);
  }
  const take = (value: number | string, column: number): number =>
    typeof value === "string" ? refuse(names[column], value) : value;
  for (let feature = 0; feature < INPUTS; feature++) {
    const column = targets.indexOf(feature);
    table.X[table.rows * INPUTS + feature] = take(parseFeature(cells[column], feature), column);
  }
  const [label, time, group] = [TARGET.converted, TARGET.time, TARGET.group].map((target) => targets.indexOf(target));
  const converted = label < 0 ? 0 : take(parseConverted(cells[label]), label);
  const seconds = time < 0 ? Number.NaN : take(parseTime(cells[time], converted), time);
  table.y[table.rows] = converted;
  table.timeSeconds[table.rows] = converted === 1 ? seconds : Number.NaN;
  const name = group < 0 ? "" : cells[group];
  if (name !== "") table.named = true;
  table.groups.push(name || `line ${place.line}`);
  table.rows += 1;
}
