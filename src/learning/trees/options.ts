import { type Clock, InvalidArgumentError, systemClock } from "../../core/index.ts";
import { UnusableDataError } from "../errors.ts";
import type { Trees } from "./trees.ts";

/** Rows to learn from or to be measured on. */
export interface TreesData {
  /** `rows x columns`, row-major, NaN = unknown. Trees see the numbers as f32. */
  readonly X: Float64Array;
  readonly columns: number;
  /** One per row: 0 to 1 for "logistic", any finite number else (log seconds for a time). */
  readonly targets: ArrayLike<number>;
  /** One per row, not negative; all 1 when left out. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** Switches of {@link fitTrees}; every one has a default. */
export interface TreesOptions {
  /** "logistic" (default): log-odds of a class; "squared" or "huber": the target itself. */
  readonly objective?: Trees["objective"] | undefined;
  /** Where Huber's loss turns straight, in units of the target (default 1). */
  readonly huberDelta?: number | undefined;
  /** Trees at most (default 100). */
  readonly rounds?: number | undefined;
  /** Default 0.1. */
  readonly learningRate?: number | undefined;
  /** Default 31. */
  readonly maxLeaves?: number | undefined;
  /** Questions between root and leaf at most (default 32). */
  readonly maxDepth?: number | undefined;
  /** Default 20. */
  readonly minRowsPerLeaf?: number | undefined;
  /** Least sum of hessians in a leaf (default 1): about 4 rows of an even chance, many rows the model is sure of. */
  readonly minChildWeight?: number | undefined;
  /** Default 1. */
  readonly l2?: number | undefined;
  /** Default 0. */
  readonly l1?: number | undefined;
  /** Least gain of a split (default 1e-6, XGBoost's). */
  readonly minGain?: number | undefined;
  /** Share of the rows, and of the columns, that each tree sees (default 1). */
  readonly rowShare?: number | undefined;
  readonly columnShare?: number | undefined;
  /** Bins of known values per column, 2 to 255 (default 255). */
  readonly maxBins?: number | undefined;
  /** Per column: 1 = the score may only rise with it, -1 = only fall, 0 = free (default). */
  readonly monotone?: readonly number[] | undefined;
  /** Score before the first tree (default: the best constant). */
  readonly baseScore?: number | undefined;
  /** Rows that decide when to stop; their best round is restored. */
  readonly validation?: TreesData | undefined;
  /** Rounds without a better validation loss before it stops (default 20). */
  readonly patience?: number | undefined;
  readonly seed?: number | undefined;
  /** Keeps the trees so far when aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((report: TreesRound) => void) | undefined;
  /** Called now and then with the share done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** False: plain TypeScript, the oracle (default true: WebAssembly where it is there; the numbers are the same). */
  readonly wasm?: boolean | undefined;
}

/** What a round came to. Losses are null without validation rows: measuring costs time. */
export interface TreesRound {
  readonly round: number;
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
}

/** Options, all of them there. */
export type TreesSettings = ReturnType<typeof parseTreesOptions>;

/**
 * Defaults filled in, every value within its range.
 *
 * @throws {InvalidArgumentError} naming the option.
 */
export function parseTreesOptions(options: TreesOptions, columns: number) {
  const monotone = options.monotone ?? null;
  if (monotone !== null && (monotone.length !== columns || monotone.some((way) => ![-1, 0, 1].includes(way)))) {
    throw new InvalidArgumentError({
      argument: "monotone",
      problem: `must be ${columns} numbers, each -1, 0 or 1`,
      value: monotone.join(" "),
    });
  }
  return {
    objective: options.objective ?? "logistic",
    huberDelta: number("huberDelta", options.huberDelta, 1, 1e-9, 1e9),
    rounds: whole("rounds", options.rounds, 100, 0, 100_000),
    learningRate: number("learningRate", options.learningRate, 0.1, 1e-6, 10),
    maxLeaves: whole("maxLeaves", options.maxLeaves, 31, 2, 1024),
    maxDepth: whole("maxDepth", options.maxDepth, 32, 1, 1024),
    minRowsPerLeaf: whole("minRowsPerLeaf", options.minRowsPerLeaf, 20, 1, 2 ** 31),
    minChildWeight: number("minChildWeight", options.minChildWeight, 1, 0, 1e12),
    l2: number("l2", options.l2, 1, 0, 1e12),
    l1: number("l1", options.l1, 0, 0, 1e12),
    minGain: number("minGain", options.minGain, 1e-6, 0, 1e12),
    rowShare: number("rowShare", options.rowShare, 1, 1e-6, 1),
    columnShare: number("columnShare", options.columnShare, 1, 1e-6, 1),
    maxBins: whole("maxBins", options.maxBins, 255, 2, 255),
    monotone: monotone?.some((way) => way !== 0) ? monotone : null,
    baseScore: options.baseScore === undefined ? null : number("baseScore", options.baseScore, 0, -1e30, 1e30),
    patience: whole("patience", options.patience, 20, 1, 100_000),
    seed: options.seed ?? 1,
    clock: options.clock ?? systemClock,
  };
}

function number(argument: string, value: number | undefined, otherwise: number, min: number, max: number): number {
  if (value === undefined) return otherwise;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError({ argument, problem: `must be from ${min} to ${max}`, value });
}

function whole(argument: string, value: number | undefined, otherwise: number, min: number, max: number): number {
  if (value === undefined || Number.isInteger(value)) return number(argument, value, otherwise, min, max);
  throw new InvalidArgumentError({ argument, problem: `must be a whole number from ${min} to ${max}`, value });
}

/**
 * Shapes and values of the rows, checked once; `name` is what errors call them.
 *
 * @throws {InvalidArgumentError}; {@link UnusableDataError} when all the weight lies in one class.
 */
export function checkTreesData(name: string, data: TreesData, objective: Trees["objective"], training: boolean): void {
  const { X, columns, targets, weights } = data;
  const rows = targets.length;
  const refuse = (argument: string, problem: string, value: unknown) =>
    new InvalidArgumentError({ argument: `${name}${argument}`, problem, value });
  if (!Number.isInteger(columns) || columns < 1 || columns > 4096) {
    throw refuse("columns", "must be a whole number from 1 to 4096", columns);
  }
  if (X.length !== rows * columns) throw refuse("X", `must hold ${rows} x ${columns} numbers`, X.length);
  if (weights !== undefined && weights.length !== rows) {
    throw refuse("weights", `must be one for each of ${rows} rows`, weights.length);
  }
  const isClass = objective === "logistic";
  let total = 0;
  let positive = 0;
  for (let row = 0; row < rows; row++) {
    const target = targets[row];
    if (!(isClass ? target >= 0 && target <= 1 : Math.abs(target) <= 1e30)) {
      throw refuse(`targets[${row}]`, isClass ? "must be from 0 to 1" : "must be a finite number up to 1e30", target);
    }
    const weight = weights === undefined ? 1 : weights[row];
    if (!(weight >= 0 && weight <= 1e12)) throw refuse(`weights[${row}]`, "must be from 0 to 1e12", weight);
    total += weight;
    positive += weight * target;
  }
  const unusable = (problem: string) => new UnusableDataError({ problem, rows, converted: isClass ? positive : 0 });
  if (!(total > 0)) throw unusable(rows === 0 ? "there are none" : "all their weights are 0");
  if (training && isClass && !(positive > 0 && positive < total)) {
    throw unusable("all of them are of one class");
  }
}
