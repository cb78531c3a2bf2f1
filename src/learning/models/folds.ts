import { createRandom, InvalidArgumentError, shuffled } from "../../core/index.ts";
import { type Dataset, takeRows } from "../data/dataset.ts";

/** How rows are divided: by conversation at random, or in the order in which conversations began. */
export interface FoldOptions {
  /** Default 5. */
  readonly folds?: number | undefined;
  readonly seed?: number | undefined;
  /**
   * "group" (default): whole conversations, each fold with about the same share that converted. "time": fold k is tested by
   * models of earlier folds only, so there is one round less.
   */
  readonly by?: "group" | "time" | undefined;
}

/** One round: learn from `train`, measure on `test`. Row numbers, rising. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

function foldOfGroups(dataset: Dataset, folds: number, seed: number, by: "group" | "time"): Map<string, number> {
  const converted = new Map<string, boolean>();
  const began = new Map<string, number>();
  dataset.groups.forEach((group, row) => {
    converted.set(group, converted.get(group) === true || dataset.y[row] === 1);
    began.set(group, dataset.startedAtMs?.[row] ?? Number.NaN);
  });
  const foldOf = new Map<string, number>();
  if (by === "time") {
    const order = [...began].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1));
    if (order.some(([, at]) => Number.isNaN(at))) {
      const problem = "needs the beginning of every conversation (started_at)";
      throw new InvalidArgumentError({ argument: 'by: "time"', problem });
    }
    order.forEach(([group], i) => {
      foldOf.set(group, Math.floor((i * folds) / order.length));
    });
    return foldOf;
  }
  let next = 0;
  for (const kind of [true, false]) {
    const groups = [...converted].filter(([, value]) => value === kind).map(([group]) => group);
    for (const group of shuffled(groups.sort(), createRandom(seed).fork(`folds ${kind}`))) {
      foldOf.set(group, next % folds);
      next += 1;
    }
  }
  return foldOf;
}

/**
 * Rounds of cross-validation: rows of one conversation never stand on both sides. It depends on the names of the groups and the
 * seed, not on the order of the rows.
 *
 * @throws {InvalidArgumentError} when there are fewer conversations than folds, or no beginnings to go by.
 * @example
 * splitFolds(dataset, { folds: 5, seed: 7 }).length; // 5
 */
export function splitFolds(dataset: Dataset, { folds = 5, seed = 42, by = "group" }: FoldOptions = {}): Fold[] {
  const conversations = new Set(dataset.groups).size;
  if (!Number.isInteger(folds) || folds < 2 || folds > conversations) {
    const problem = `must be a whole number from 2 to the count of conversations (${conversations})`;
    throw new InvalidArgumentError({ argument: "folds", problem, value: folds });
  }
  const foldOf = foldOfGroups(dataset, folds, seed, by);
  const rowsOf = (keep: (fold: number) => boolean) =>
    dataset.groups.flatMap((group, row) => (keep(foldOf.get(group) ?? -1) ? [row] : []));
  return Array.from({ length: folds }, (_, k) => ({
    train: rowsOf((fold) => (by === "time" ? fold < k : fold !== k)),
    test: rowsOf((fold) => fold === k),
  })).filter(({ train }) => train.length > 0);
}

/**
 * The conversations that began last as `test`, all before them as `train`: what a new model is judged on.
 *
 * @param testShare share of the conversations, in (0, 1).
 * @throws {InvalidArgumentError} when a conversation has no beginning, or a side would be empty.
 * @example
 * splitByTime(dataset, { testShare: 0.2 }).test.rows; // 120
 */
export function splitByTime(
  dataset: Dataset,
  { testShare = 0.2 }: { testShare?: number } = {},
): { train: Dataset; test: Dataset } {
  const conversations = new Set(dataset.groups).size;
  const later = Math.round(testShare * conversations);
  if (!(later >= 1 && later < conversations)) {
    throw new InvalidArgumentError({
      argument: "testShare",
      problem: "must leave conversations on both sides",
      value: testShare,
    });
  }
  const placeOf = foldOfGroups(dataset, conversations, 0, "time");
  const rowsOf = (isTest: boolean) =>
    takeRows(
      dataset,
      dataset.groups.flatMap((group, row) =>
        (placeOf.get(group) ?? 0) >= conversations - later === isTest ? [row] : [],
      ),
    );
  return { train: rowsOf(false), test: rowsOf(true) };
}
