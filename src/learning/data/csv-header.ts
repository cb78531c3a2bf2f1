import { FEATURE_NAMES } from "../../schema.ts";
import { DataError, MissingColumnsError } from "../errors.ts";

/** What a column of the file is for: the place of a feature in the table (0 to 39), or one of these. */
export const TARGET = { converted: 40, time: 41, group: 42, skipped: 43 } as const;

const SEPARATORS = [
  [";", '";"'],
  ["\t", "tabs"],
  ["|", '"|"'],
] as const;
const LABELS: readonly string[] = ["conversion_happened", "time_to_conversion_seconds"];
const PLACES: ReadonlyMap<string, number> = new Map([
  ...FEATURE_NAMES.map((name, place): [string, number] => [name, place]),
  ["conversion_happened", TARGET.converted],
  ["time_to_conversion_seconds", TARGET.time],
  ["session_id", TARGET.group],
]);

/** Where each column of a file goes. The 40 places come from the feature table and from nothing in the file. */
export interface Header {
  /** As they stand in the file. */
  readonly names: readonly string[];
  /** One entry a column, of {@link TARGET}. */
  readonly targets: Int32Array;
  /** Columns that are there and not used. */
  readonly ignored: readonly string[];
}

/** Why a first line names no column that is known; null = it names others. */
function notAHeader(names: readonly string[]): { problem: string; hint: string } | null {
  for (const [separator, shown] of SEPARATORS) {
    if (!names.some((name) => name.split(separator).some((part) => PLACES.has(part.replaceAll('"', "").trim()))))
      continue;
    return {
      problem: `seems separated by ${shown}`,
      hint: "Save it with commas, or let DuckDB read it: --engine duckdb",
    };
  }
  if (!names.some((name) => name !== "" && Number.isFinite(Number(name)))) return null;
  const hint =
    "Its first line must name the columns: conversion-subnet simulate --rows 10 --out example.csv shows how.";
  return { problem: "begins with a line that is no header", hint };
}

/**
 * Finds the 40 features, the labels and the group by name; the order is free.
 *
 * @param labels false: whatever came true is not looked at, and need not be there.
 * @throws {MissingColumnsError} naming what is absent; {@link DataError} for a used column that stands there twice, and for a
 * line that is no header.
 */
export function readHeader(
  path: string,
  cells: readonly string[],
  { labels = true }: { labels?: boolean } = {},
): Header {
  const names = cells.map((cell) => cell.trim());
  const there = new Set(names);
  const strange = names.some((name) => PLACES.has(name)) ? null : notAHeader(names);
  if (strange !== null) throw new DataError({ path, ...strange });
  for (const [wanted, areLabels] of [[labels ? LABELS : [], true] as const, [FEATURE_NAMES, false] as const]) {
    const columns = wanted.filter((name) => !there.has(name));
    if (columns.length > 0) throw new MissingColumnsError({ path, columns, labels: areLabels });
  }
  const isUsed = (name: string) => PLACES.has(name) && (labels || !LABELS.includes(name));
  const twice = names.find((name, i) => isUsed(name) && names.indexOf(name) !== i);
  if (twice !== undefined) {
    const hint = "Delete or rename one of the two columns.";
    throw new DataError({ path, line: 1, column: twice, problem: "stands in the header twice", hint });
  }
  return {
    names,
    targets: Int32Array.from(names, (name) => (isUsed(name) ? PLACES.get(name) : undefined) ?? TARGET.skipped),
    ignored: names.filter((name) => !PLACES.has(name)),
  };
}
