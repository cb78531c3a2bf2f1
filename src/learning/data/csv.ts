import { FEATURE_NAMES, FEATURES, type FeatureRow } from "../../schema.ts";
import { DataError, MissingColumnsError } from "../errors.ts";
import { readCsvRecords } from "./csv-lines.ts";
import { type Dataset, INPUTS } from "./dataset.ts";

const LABELS = ["conversion_happened", "time_to_conversion_seconds"] as const;
const NUMBER = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/;

/** What a reading gave beside the rows. */
export interface CsvData {
  readonly dataset: Dataset;
  /** Columns that were there and not used. */
  readonly ignoredColumns: readonly string[];
}

/** Where each column stands in the file. The 40 places come from the feature table and from nothing in the file. */
interface Header {
  readonly width: number;
  readonly features: readonly number[];
  readonly converted: number;
  readonly time: number;
  readonly group: number;
  readonly ignored: readonly string[];
}

function readHeader(path: string, cells: readonly string[]): Header {
  const names = cells.map((cell) => cell.trim());
  const missing = (wanted: readonly string[]) => wanted.filter((name) => !names.includes(name));
  const labels = missing(LABELS);
  if (labels.length > 0) throw new MissingColumnsError({ path, columns: labels, labels: true });
  const features = missing(FEATURE_NAMES);
  if (features.length > 0) throw new MissingColumnsError({ path, columns: features, labels: false });
  const used: readonly string[] = ["session_id", ...FEATURE_NAMES, ...LABELS];
  const twice = used.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw new DataError({ path, line: 1, column: twice, problem: "stands in the header twice" });
  return {
    width: names.length,
    features: FEATURE_NAMES.map((name) => names.indexOf(name)),
    converted: names.indexOf("conversion_happened"),
    time: names.indexOf("time_to_conversion_seconds"),
    group: names.indexOf("session_id"),
    ignored: names.filter((name) => !used.includes(name)),
  };
}

/** A number, NaN for a blank cell, or what is wrong. */
function parseNumber(text: string): number | string {
  const plain = parsePlain(text);
  if (plain >= 0) return plain;
  const trimmed = text.trim();
  if (trimmed === "") return Number.NaN;
  return NUMBER.test(trimmed) ? Number(trimmed) : `holds ${JSON.stringify(trimmed.slice(0, 40))}, which is no number`;
}

/**
 * The common cell, fast: up to 15 digits with at most one point; -1 for anything else. Both the digits and the power of ten are
 * exact doubles then, so one division rounds correctly (Clinger 1990).
 */
function parsePlain(text: string): number {
  const { length } = text;
  if (length === 0 || length > 16) return -1;
  let digits = 0;
  let point = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = digits * 10 + (code - 48);
    else if (code === 46 && point < 0 && i > 0) point = i;
    else return -1;
  }
  if (point < 0) return length > 15 ? -1 : digits;
  return digits / POWERS[length - point - 1];
}
const POWERS = Float64Array.from({ length: 16 }, (_, i) => Number(`1e${i}`));

function parseFeature(text: string, feature: FeatureRow): number | string {
  const value = parseNumber(text);
  if (typeof value === "string" || Number.isNaN(value)) return value;
  if (value < feature.min) return `must be at least ${feature.min}, not ${value}`;
  if (value > feature.max) return `must be at most ${feature.max}, not ${value}`;
  if (feature.integer && !Number.isInteger(value)) return `must be a whole number, not ${value}`;
  return value;
}

function parseTime(text: string, converted: number): number | string {
  const value = parseNumber(text);
  if (typeof value === "string" || Number.isNaN(value)) return value;
  if (converted === 0) return value === -1 ? Number.NaN : `must be -1 where nothing converted, not ${value}`;
  if (Number.isFinite(value) && value > 0) return value;
  return `must be above 0 where a conversion happened (blank when unknown), not ${value}`;
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const out = new Float64Array(array.length * 2);
  out.set(array);
  return out;
}

/**
 * Reads a training CSV, strictly: the 40 features by name, the two labels, `session_id` as the group; every other column is
 * ignored, the order is free, a blank cell is unknown. Streams the file; one bad cell refuses it.
 *
 * @throws {MissingColumnsError} naming the columns; {@link DataError} naming file, line and column.
 * @example
 * (await readCsv("train.csv")).dataset.rows; // 1000
 */
export async function readCsv(path: string): Promise<CsvData> {
  let header: Header | undefined;
  let X = new Float64Array(1024 * INPUTS);
  const y: number[] = [];
  const timeSeconds: number[] = [];
  const groups: string[] = [];
  for await (const { line, cells } of readCsvRecords(path)) {
    if (header === undefined) {
      header = readHeader(path, cells);
      continue;
    }
    const refuse = (column: string, problem: string): never => {
      throw new DataError({ path, line, column, problem });
    };
    if (cells.length !== header.width) refuse("the line", `has ${cells.length} cells, the header ${header.width}`);
    const take = (value: number | string, column: string) =>
      typeof value === "string" ? refuse(column, value) : value;
    const at = y.length * INPUTS;
    if (at === X.length) X = grown(X);
    for (let i = 0; i < INPUTS; i++) {
      X[at + i] = take(parseFeature(cells[header.features[i]], FEATURES[i]), FEATURES[i].name);
    }
    const converted = take(parseNumber(cells[header.converted]), LABELS[0]);
    if (converted !== 0 && converted !== 1)
      refuse(LABELS[0], `must be 0 or 1, not ${JSON.stringify(cells[header.converted])}`);
    y.push(converted);
    timeSeconds.push(take(parseTime(cells[header.time], converted), LABELS[1]));
    groups.push(header.group < 0 ? `line ${line}` : cells[header.group]);
  }
  if (header === undefined) throw new MissingColumnsError({ path, columns: LABELS, labels: true });
  return {
    dataset: {
      rows: y.length,
      X: X.slice(0, y.length * INPUTS),
      y: Uint8Array.from(y),
      timeSeconds: Float64Array.from(timeSeconds),
      groups,
    },
    ignoredColumns: header.ignored,
  };
}
