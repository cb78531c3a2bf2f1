import { FEATURE_NAMES } from "../../schema.ts";
import { DataError, MissingColumnsError } from "../errors.ts";

/** What a column of the file is for: the place of a feature in the table (0 to 39), or one of these. */
export const TARGET = { converted: 40, time: 41, group: 42, skipped: 43 } as const;

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

/**
 * Finds the 40 features, the labels and the group by name; the order is free.
 *
 * @throws {MissingColumnsError} naming what is absent; {@link DataError} for a used column that stands there twice.
 */
export function readHeader(path: string, cells: readonly string[]): Header {
  const names = cells.map((cell) => cell.trim());
  const there = new Set(names);
  for (const [wanted, labels] of [[LABELS, true] as const, [FEATURE_NAMES, false] as const]) {
    const columns = wanted.filter((name) => !there.has(name));
    if (columns.length > 0) throw new MissingColumnsError({ path, columns, labels });
  }
  const twice = [...PLACES.keys()].find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw new DataError({ path, line: 1, column: twice, problem: "stands in the header twice" });
  return {
    names,
    targets: Int32Array.from(names, (name) => PLACES.get(name) ?? TARGET.skipped),
    ignored: names.filter((name) => !PLACES.has(name)),
  };
}
