import { createRandom, InvalidArgumentError, shuffled } from "../../core/index.ts";
import type { LandmarkRow } from "../../features/index.ts";
import { FEATURES, type Landmark, landmarkName, toVector } from "../../schema.ts";
import { UnusableDataError } from "../errors.ts";

/** How many inputs a model has: the rows of the feature table. */
export const INPUTS = FEATURES.length;

/** Training rows: what was known at a landmark, and what came true. */
export interface Dataset {
  readonly rows: number;
  /** `rows x 40`, row-major, in the feature table's order; NaN = unknown. */
  readonly X: Float64Array;
  /** 1 = converted. */
  readonly y: Uint8Array;
  /** Seconds from the first message to the conversion; NaN when not converted, or at an unknown moment. */
  readonly timeSeconds: Float64Array;
  /** The conversation of each row: rows of one group never stand on both sides of a split. */
  readonly groups: readonly string[];
  /** Where each row was cut (`"4 messages"`): figures are split by it; never an input. */
  readonly landmarks?: readonly string[] | undefined;
  /** Where each conversation came from; never an input. */
  readonly sources?: readonly string[] | undefined;
  /** When each conversation began, ms since 1970, NaN = unknown: splits by time go by it; never an input. */
  readonly startedAtMs?: Float64Array | undefined;
  /** Seconds for which a conversation without an outcome yet was watched; NaN = settled. Its `y` of 0 says nothing. */
  readonly openUntilSeconds?: Float64Array | undefined;
}

/** The inputs alone: `rows x columns`, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** What came true, class and time, beside the group of each row. */
export interface Targets {
  readonly converted: Uint8Array;
  readonly timeSeconds: Float64Array;
  readonly groups: readonly string[];
}

/**
 * Rows made at landmarks, as a dataset. The truth goes into `y` and `timeSeconds` only.
 *
 * @example
 * datasetFromRows(landmarkRows(transcript, { landmarks, horizonSeconds })).rows; // 2
 */
export function datasetFromRows(
  landmarkRows: readonly (Pick<LandmarkRow, "conversationId" | "features" | "truth"> & {
    readonly landmark?: Landmark;
    readonly source?: string;
    /** ISO 8601. */
    readonly startedAt?: string | null;
  })[],
): Dataset {
  const rows = landmarkRows.length;
  const X = new Float64Array(rows * INPUTS);
  const every = (name: "landmark" | "source" | "startedAt") =>
    rows > 0 && landmarkRows.every((row) => row[name] !== undefined);
  landmarkRows.forEach(({ features }, row) => {
    toVector(features, X.subarray(row * INPUTS, (row + 1) * INPUTS));
  });
  return {
    rows,
    X,
    y: Uint8Array.from(landmarkRows, ({ truth }) => truth.converted),
    timeSeconds: Float64Array.from(landmarkRows, ({ truth }) =>
      truth.converted === 1 ? (truth.timeSeconds ?? Number.NaN) : Number.NaN,
    ),
    groups: landmarkRows.map(({ conversationId }) => conversationId),
    ...(every("landmark") && {
      landmarks: landmarkRows.map(({ landmark }) => (landmark === undefined ? "" : landmarkName(landmark))),
    }),
    ...(every("source") && { sources: landmarkRows.map(({ source }) => source ?? "") }),
    ...(every("startedAt") && {
      startedAtMs: Float64Array.from(landmarkRows, ({ startedAt }) => Date.parse(startedAt ?? "")),
    }),
  };
}

/** The optional columns of the named rows. */
function takeFacts({ landmarks, sources, startedAtMs, openUntilSeconds }: Dataset, order: readonly number[]) {
  const numbers = (column: Float64Array) => Float64Array.from(order, (row) => column[row]);
  return {
    ...(landmarks && { landmarks: order.map((row) => landmarks[row]) }),
    ...(sources && { sources: order.map((row) => sources[row]) }),
    ...(startedAtMs && { startedAtMs: numbers(startedAtMs) }),
    ...(openUntilSeconds && { openUntilSeconds: numbers(openUntilSeconds) }),
  };
}

/**
 * The named rows, in that order, with all that is known of each.
 *
 * @example
 * takeRows(dataset, [4, 2]).groups; // ["synthetic-2", "synthetic-1"]
 */
export function takeRows(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const order = Array.from(indices);
  const X = new Float64Array(order.length * INPUTS);
  order.forEach((from, to) => {
    X.set(dataset.X.subarray(from * INPUTS, (from + 1) * INPUTS), to * INPUTS);
  });
  return {
    rows: order.length,
    X,
    y: Uint8Array.from(order, (row) => dataset.y[row]),
    timeSeconds: Float64Array.from(order, (row) => dataset.timeSeconds[row]),
    groups: order.map((row) => dataset.groups[row]),
    ...takeFacts(dataset, order),
  };
}

/** Whether a row's outcome is still out. */
export function isOpen({ openUntilSeconds }: Dataset, row: number): boolean {
  return openUntilSeconds !== undefined && !Number.isNaN(openUntilSeconds[row]);
}

/** The rows whose outcome is known. */
export function settledOnly(dataset: Dataset): Dataset {
  if (dataset.openUntilSeconds === undefined) return dataset;
  return takeRows(
    dataset,
    dataset.groups.flatMap((_, row) => (isOpen(dataset, row) ? [] : [row])),
  );
}

/** How many rows converted. */
export function countConverted({ y }: Pick<Dataset, "y">): number {
  return y.reduce((sum, label) => sum + label, 0);
}

/**
 * The guide's pair `X, y` of a dataset; nothing is copied.
 *
 * @example
 * toMatrixAndTargets(dataset).X.columns; // 40
 */
export function toMatrixAndTargets({ rows, X, y, timeSeconds, groups }: Dataset): { X: Matrix; y: Targets } {
  return { X: { rows, columns: INPUTS, values: X }, y: { converted: y, timeSeconds, groups } };
}

/**
 * The reverse of {@link toMatrixAndTargets}.
 *
 * @throws {InvalidArgumentError} when the counts differ, or the matrix has not 40 columns.
 * @example
 * const { X, y } = toMatrixAndTargets(dataset);
 * toDataset(X, y).rows; // 1000
 */
export function toDataset(X: Matrix, y: Targets): Dataset {
  const { rows, columns, values } = X;
  if (columns !== INPUTS || values.length !== rows * INPUTS) {
    const value = `${rows} x ${columns}, ${values.length} numbers`;
    throw new InvalidArgumentError({ argument: "X", problem: `must be rows x ${INPUTS}`, value });
  }
  for (const [name, column] of Object.entries(y)) {
    if (column.length === rows) continue;
    throw new InvalidArgumentError({
      argument: `y.${name}`,
      problem: `must have ${rows} entries, as X has rows`,
      value: column.length,
    });
  }
  return { rows, X: values, y: y.converted, timeSeconds: y.timeSeconds, groups: y.groups };
}

/**
 * A seeded split by group, stratified: each side has about the same share of conversations that converted. It depends on the
 * names of the groups and the seed, not on the order of the rows.
 *
 * @param testShare share of the groups that goes to `test`, in (0, 1).
 * @throws {UnusableDataError} when a class is missing or has a single conversation.
 * @example
 * splitDataset(dataset, { testShare: 0.2, seed: 42 }).test.rows; // 40
 */
export function splitDataset(
  dataset: Dataset,
  { testShare = 0.2, seed = 42 }: { testShare?: number; seed?: number } = {},
): { train: Dataset; test: Dataset } {
  if (!(testShare > 0 && testShare < 1)) {
    throw new InvalidArgumentError({
      argument: "testShare",
      problem: "must lie between 0 and 1, both excluded",
      value: testShare,
    });
  }
  const converted = new Map<string, boolean>();
  dataset.groups.forEach((group, row) => {
    converted.set(group, converted.get(group) === true || dataset.y[row] === 1);
  });
  const chosen = new Set<string>();
  for (const kind of [true, false]) {
    const groups = [...converted].filter(([, value]) => value === kind).map(([group]) => group);
    if (groups.length < 2) {
      const which = kind ? "that converted" : "that did not convert";
      throw new UnusableDataError({
        problem: `there ${groups.length === 1 ? "is only one conversation" : "is no conversation"} ${which}`,
        rows: dataset.rows,
        converted: countConverted(dataset),
      });
    }
    const order = shuffled(groups.sort(), createRandom(seed).fork(`split ${kind}`));
    const count = Math.min(order.length - 1, Math.max(1, Math.round(testShare * order.length)));
    for (const group of order.slice(0, count)) chosen.add(group);
  }
  const rows = Array.from({ length: dataset.rows }, (_, row) => row);
  return {
    train: takeRows(
      dataset,
      rows.filter((row) => !chosen.has(dataset.groups[row])),
    ),
    test: takeRows(
      dataset,
      rows.filter((row) => chosen.has(dataset.groups[row])),
    ),
  };
}
