import { extname } from "node:path";
import { InvalidArgumentError } from "../../core/index.ts";
import { landmarkRows } from "../../features/index.ts";
import { DEFAULT_HORIZON_SECONDS, DEFAULT_LANDMARKS, type Landmark, type Transcript } from "../../schema.ts";
import { UnusableDataError } from "../errors.ts";
import { checkDataset } from "./check.ts";
import { type CsvData, readCsv } from "./csv.ts";
import {
  countConverted,
  type Dataset,
  datasetFromRows,
  type Matrix,
  splitDataset,
  type Targets,
  toMatrixAndTargets,
} from "./dataset.ts";
import { readWithDuckDb } from "./duckdb.ts";

/** Reads finished conversations: `readTranscripts` of the sources room is one. */
export type ReadTranscripts = (path: string) => AsyncIterable<Transcript> | Iterable<Transcript>;

/** How {@link loadData} cuts and splits. */
export interface LoadDataOptions {
  /** Share of the conversations held back (default 0.2). */
  readonly testShare?: number;
  readonly seed?: number;
  /** Where conversations of a .jsonl file are cut (default after 4 and 8 messages). */
  readonly landmarks?: readonly Landmark[];
  readonly horizonSeconds?: number;
  /** Who reads a .csv: our strict reader ("own"), or DuckDB, which takes dirty files too and is installed apart. */
  readonly engine?: "own" | "duckdb";
  /** Needed for .jsonl files, whose reader lives in another room. */
  readonly transcripts?: ReadTranscripts;
}

/** How {@link readDataset} reads. */
export interface ReadDatasetOptions extends LoadDataOptions {
  /** False for rows to predict: what came true may be blank or absent, is not looked at, and all of `y` is 0. */
  readonly labels?: boolean;
  readonly signal?: AbortSignal;
}

const [MAX_NAMES, MAX_NAME_LENGTH] = [5, 40];
/** Names of a stranger's columns, as many as a person reads. */
function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, MAX_NAMES)
    .map((name) => (name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name));
  return shown.join(", ") + (names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "");
}

/** What is odd about a table as such. */
function tableWarnings({ dataset, ignoredColumns, named }: CsvData, labels: boolean): string[] {
  const extra = ignoredColumns.filter((name) => name !== "time_to_conversion_minutes");
  const warnings = extra.length === 0 ? [] : [`Columns that are not features were ignored: ${listed(extra)}.`];
  if (labels && !named && dataset.rows > 0) {
    warnings.push(
      "No session_id: each row counts as a conversation of its own: rows of one chat may fall on both sides of a split.",
    );
  }
  return warnings;
}

/** Both sides of a split, under the guide's names. */
export interface LoadedData {
  readonly XTrain: Matrix;
  readonly XTest: Matrix;
  readonly yTrain: Targets;
  readonly yTest: Targets;
  readonly warnings: readonly string[];
}

/**
 * Rows of a file: `.csv` and `.parquet` (the guide's table) or `.jsonl` (transcripts, cut at landmarks).
 *
 * @throws {MissingColumnsError} when columns are absent; {@link DataError} at the first bad cell; {@link DataUnreadableError} and
 * {@link PackageMissingError} where DuckDB reads; {@link InvalidArgumentError} for another ending.
 * @example
 * (await readDataset("train.csv")).dataset.rows; // 1000
 */
export async function readDataset(
  path: string,
  {
    landmarks = DEFAULT_LANDMARKS,
    horizonSeconds = DEFAULT_HORIZON_SECONDS,
    engine = "own",
    transcripts,
    labels = true,
    signal,
  }: ReadDatasetOptions = {},
): Promise<{ dataset: Dataset; warnings: readonly string[] }> {
  const kind = extname(path).toLowerCase();
  if (kind === ".csv" || kind === ".parquet") {
    const read = kind === ".parquet" || engine === "duckdb" ? readWithDuckDb : readCsv;
    const table = await read(path, { labels, ...(signal && { signal }) });
    return { dataset: table.dataset, warnings: tableWarnings(table, labels) };
  }
  if (kind !== ".jsonl") {
    throw new InvalidArgumentError({ argument: "path", problem: "must end in .csv, .parquet or .jsonl", value: path });
  }
  if (transcripts === undefined) {
    throw new InvalidArgumentError({
      argument: "transcripts",
      problem: "must be given for a .jsonl file: pass readTranscripts of the sources room",
    });
  }
  const rows: Parameters<typeof datasetFromRows>[0][number][] = [];
  for await (const transcript of transcripts(path)) {
    const { source, startedAt } = transcript;
    for (const row of landmarkRows(transcript, { landmarks, horizonSeconds })) rows.push({ ...row, source, startedAt });
  }
  return { dataset: datasetFromRows(rows), warnings: [] };
}

/**
 * Loads training data and splits it by conversation, stratified and seeded, as the guide's `load_data`.
 *
 * @param source a path, or a dataset made otherwise.
 * @throws {MissingColumnsError} when label or feature columns are absent; {@link DataError} at the first bad cell;
 * {@link UnusableDataError} when a class is missing; {@link TargetAmongInputsError} when an input is a copy of the answer.
 * @example
 * const { XTrain, XTest, yTrain, yTest } = await loadData("train.csv");
 * XTrain.columns; // 40
 */
export async function loadData(source: string | Dataset, options: LoadDataOptions = {}): Promise<LoadedData> {
  const { dataset, warnings } =
    typeof source === "string" ? await readDataset(source, options) : { dataset: source, warnings: [] };
  const converted = countConverted(dataset);
  if (dataset.rows === 0) throw new UnusableDataError({ problem: "there are none", rows: 0, converted });
  const found = checkDataset(dataset);
  const { testShare = 0.2, seed = 42 } = options;
  const { train, test } = splitDataset(dataset, { testShare, seed });
  const trainSide = toMatrixAndTargets(train);
  const testSide = toMatrixAndTargets(test);
  return {
    XTrain: trainSide.X,
    XTest: testSide.X,
    yTrain: trainSide.y,
    yTest: testSide.y,
    warnings: [...warnings, ...found],
  };
}
