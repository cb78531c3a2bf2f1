import { InvalidArgumentError } from "../../core/index.ts";
import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { type Dataset, INPUTS } from "../data/dataset.ts";
import type { ScaleRow } from "../network/trainer.ts";

/** One number that a model reads, made of one or two features. Each is standardised, then cut to +-`clip`. */
export type PreparedColumn = (
  | { readonly kind: "value"; readonly feature: FeatureName; readonly log: boolean }
  /** 1 when the feature is unknown. */
  | { readonly kind: "missing"; readonly feature: FeatureName }
  /** Product of two columns of the first 40, each already standardised. */
  | { readonly kind: "product"; readonly features: readonly [FeatureName, FeatureName] }
) & {
  readonly mean: number;
  /** 1 / standard deviation; 0 for a column that is constant or always unknown, which then says nothing. */
  readonly inverse: number;
};

/** How 40 features become inputs: fitted on training rows only, stored with the model. The first 40 columns are the features. */
export interface Preparation {
  readonly clip: number;
  readonly columns: readonly PreparedColumn[];
}

/** What {@link fitPreparation} adds to standardising; all of it off by default. */
export interface PreparationOptions {
  /** Features taken as log(1 + x), or "auto": those with a long right tail (skewness above 2). */
  readonly log?: readonly FeatureName[] | "auto" | undefined;
  /** A column for "unknown" of each feature that is known in some rows and not in others. */
  readonly missing?: boolean | undefined;
  /** Pairs of features whose product is a column of its own. */
  readonly interactions?: readonly (readonly [FeatureName, FeatureName])[] | undefined;
  /** Standardised numbers are cut here (default 6). */
  readonly clip?: number | undefined;
}

/** One absurd value must not drown the other 39. */
const CLIP = 6;
const LONG_TAIL = 2;
/** A mask column needs at least this share of rows on either side. */
const MIN_MASKED_SHARE = 0.005;

function indexOf(name: FeatureName): number {
  const index = FEATURE_NAMES.indexOf(name);
  if (index >= 0) return index;
  throw new InvalidArgumentError({ argument: "preparation", problem: "must name features of the table", value: name });
}

/** Mean, 1 / deviation, skewness and count of the finite numbers. */
function moments(rows: number, read: (row: number) => number) {
  let count = 0;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const value = read(row);
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
  }
  if (count === 0) return { count, mean: 0, inverse: 0, skewness: 0 };
  const mean = sum / count;
  let squares = 0;
  let cubes = 0;
  for (let row = 0; row < rows; row++) {
    const distance = read(row) - mean;
    if (Number.isNaN(distance)) continue;
    squares += distance * distance;
    cubes += distance * distance * distance;
  }
  const deviation = Math.sqrt(squares / count);
  // Rounding alone gives a constant column a deviation of about 1e-16 of its size.
  const varies = deviation > 1e-9 * Math.max(1, Math.abs(mean));
  return { count, mean, inverse: varies ? 1 / deviation : 0, skewness: varies ? cubes / count / deviation ** 3 : 0 };
}

/**
 * Means, deviations and columns of training rows.
 *
 * @throws {InvalidArgumentError} for a name that is no feature.
 * @example
 * fitPreparation(train, { log: "auto", missing: true }).columns.length; // 47
 */
export function fitPreparation(
  { rows, X }: Pick<Dataset, "rows" | "X">,
  { log = [], missing = false, interactions = [], clip = CLIP }: PreparationOptions = {},
): Preparation {
  const at = (feature: number) => (row: number) => X[row * INPUTS + feature];
  const masks: PreparedColumn[] = [];
  const values = FEATURE_NAMES.map((feature, i): PreparedColumn => {
    const raw = moments(rows, at(i));
    const isLog = log === "auto" ? raw.skewness > LONG_TAIL : log.includes(feature);
    const { mean, inverse } = isLog ? moments(rows, (row) => Math.log1p(Math.max(0, at(i)(row)))) : raw;
    const share = 1 - raw.count / rows;
    if (missing && share >= MIN_MASKED_SHARE && share <= 1 - MIN_MASKED_SHARE) {
      masks.push({ kind: "missing", feature, mean: share, inverse: 1 / Math.sqrt(share * (1 - share)) });
    }
    return { kind: "value", feature, log: isLog, mean, inverse };
  });
  if (log !== "auto") log.forEach(indexOf);
  const first = { clip, columns: values };
  const prepare = createPrepareRow(first);
  const prepared = new Float64Array(interactions.length === 0 ? 0 : rows * INPUTS);
  if (interactions.length > 0) for (let row = 0; row < rows; row++) prepare(X, row * INPUTS, prepared, row * INPUTS);
  const products = interactions.map(([one, other]): PreparedColumn => {
    const [a, b] = [indexOf(one), indexOf(other)];
    const { mean, inverse } = moments(rows, (row) => prepared[row * INPUTS + a] * prepared[row * INPUTS + b]);
    return { kind: "product", features: [one, other], mean, inverse };
  });
  return { clip, columns: [...values, ...masks, ...products] };
}

/** A column's name: `log(max_response_time_seconds)`. */
export function columnName(column: PreparedColumn): string {
  if (column.kind === "missing") return `missing(${column.feature})`;
  if (column.kind === "product") return column.features.join(" * ");
  return column.log ? `log(${column.feature})` : column.feature;
}

/** The preparation as a function over typed arrays; an unknown value stands at the mean, which is 0. */
export function createPrepareRow({ clip, columns }: Preparation): ScaleRow {
  const extra = columns.slice(INPUTS).map((column) => {
    const [a, b] = column.kind === "product" ? column.features.map(indexOf) : [-1, -1];
    return { a, b, feature: column.kind === "product" ? -1 : indexOf(column.feature) };
  });
  const mean = Float64Array.from(columns, (column) => column.mean);
  const inverse = Float64Array.from(columns, (column) => column.inverse);
  const logs = Uint8Array.from(columns, (column) => (column.kind === "value" && column.log ? 1 : 0));
  const cut = (value: number) => (value > clip ? clip : value < -clip ? -clip : Number.isNaN(value) ? 0 : value);
  return (from, fromOffset, to, toOffset) => {
    for (let i = 0; i < INPUTS; i++) {
      const raw = from[fromOffset + i];
      const value = logs[i] === 1 ? Math.log1p(Math.max(0, raw)) : raw;
      to[toOffset + i] = cut((value - mean[i]) * inverse[i]);
    }
    for (let i = 0; i < extra.length; i++) {
      const { a, b, feature } = extra[i];
      const value = a >= 0 ? to[toOffset + a] * to[toOffset + b] : Number.isNaN(from[fromOffset + feature]) ? 1 : 0;
      const column = INPUTS + i;
      to[toOffset + column] = cut((value - mean[column]) * inverse[column]);
    }
  };
}

/** All rows prepared: `rows x columns`. */
export function prepareRows(preparation: Preparation, { rows, X }: Pick<Dataset, "rows" | "X">): Float64Array {
  const width = preparation.columns.length;
  const prepare = createPrepareRow(preparation);
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) prepare(X, row * INPUTS, out, row * width);
  return out;
}
