import { stat } from "node:fs/promises";
import { type LoadPackage, loadPackage, SubnetError } from "../../core/index.ts";
import { FEATURES } from "../../schema.ts";
import { DataError, DataUnreadableError } from "../errors.ts";
import type { CsvData, ReadCsvOptions } from "./csv.ts";
import { type Header, readHeader, TARGET } from "./csv-header.ts";
import { datasetOf, emptyTable, makeRoom, type Table } from "./csv-table.ts";
import { INPUTS } from "./dataset.ts";

const PACKAGE = "@duckdb/node-api";
const VERSION = "1.5.6-r.1";
/** What people write for a value that is not there. */
const BLANKS = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"];

/** The part of DuckDB's client that is used here: the package is optional, its types are not there without it. */
interface Chunk {
  readonly rowCount: number;
  getColumnValues(column: number): readonly unknown[];
}
interface Connection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<AsyncIterable<Chunk>>;
  closeSync(): void;
}
interface Duck {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<Connection>; closeSync(): void }>;
  };
}

/** Nothing is fetched or installed on the way, whatever a path or a file asks for. */
const OFFLINE = { autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
/** What DuckDB takes for a pattern of paths. */
const GLOB = /[*?[\]]/;

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const column = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** What it has is what its documents say. */
const loadDuckDb = async (work: string, load?: LoadPackage): Promise<Duck> =>
  (await loadPackage({ name: PACKAGE, version: VERSION, work }, load)) as Duck;

/**
 * Says early that DuckDB is not there, before work is done for nothing.
 *
 * @param work what needs it: "Writing rows.parquet".
 * @throws {PackageMissingError} with the command that installs it.
 * @example
 * await requireDuckDb("Writing rows.parquet"); // undefined, where @duckdb/node-api is installed
 */
export async function requireDuckDb(work: string, { load }: { load?: LoadPackage } = {}): Promise<void> {
  await loadDuckDb(work, load);
}

/** Runs `work` on a database of its own, in memory. What DuckDB throws becomes a {@link DataUnreadableError}. */
async function withDuckDb<T>(
  { path, purpose, load }: { path: string; purpose: string; load?: LoadPackage | undefined },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const duck = await loadDuckDb(purpose, load);
  const instance = await duck.DuckDBInstance.create(":memory:", OFFLINE);
  const connection = await instance.connect();
  try {
    return await work(connection);
  } catch (cause) {
    if (cause instanceof SubnetError) throw cause;
    throw new DataUnreadableError({ path, cause });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** How DuckDB is to read the file. The types of the columns that are used are given, those of the others do not matter. */
function tableOf(path: string, header: Header | null): string {
  if (!path.toLowerCase().endsWith(".csv")) return `read_parquet(${text(path)})`;
  const used = header?.names.filter((_, i) => header.targets[i] < TARGET.group) ?? [];
  const types = header === null ? "all_varchar = true" : `types = {${used.map((name) => `${text(name)}: 'DOUBLE'`)}}`;
  return `read_csv(${text(path)}, header = true, ${types}, nullstr = [${BLANKS.map(text)}])`;
}

async function readNames(connection: Connection, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const chunk of await connection.stream(`DESCRIBE SELECT * FROM ${tableOf(path, null)}`)) {
    names.push(...chunk.getColumnValues(0).map(String));
  }
  return names;
}

/** What is wrong with a number that DuckDB read; null = nothing. */
function complaint(value: number, target: number, converted: number): string | null {
  if (target === TARGET.converted) return value === 0 || value === 1 ? null : `must be 0 or 1, not ${value}`;
  if (!Number.isFinite(value)) return `holds ${value}, which is not a finite number: leave the cell blank`;
  if (target === TARGET.time) {
    if (converted === 0) return value === -1 ? null : `must be -1 where nothing converted, not ${value}`;
    return value > 0 ? null : `must be above 0 where a conversion happened (blank when unknown), not ${value}`;
  }
  const { min, max, integer } = FEATURES[target];
  if (value < min) return `must be at least ${min}, not ${value}`;
  if (value > max) return `must be at most ${max}, not ${value}`;
  return integer && !Number.isInteger(value) ? `must be a whole number, not ${value}` : null;
}

function addChunk(table: Table, header: Header, chunk: Chunk, path: string): void {
  const targets = [...Array.from({ length: INPUTS }, (_, place) => place), TARGET.converted, TARGET.time];
  const columns = targets.map((_, i) => chunk.getColumnValues(i));
  const groups = chunk.getColumnValues(targets.length);
  for (let i = 0; i < chunk.rowCount; i++) {
    if (table.rows === table.y.length) makeRoom(table, 0);
    const { rows } = table;
    const line = rows + 1;
    const numbers = targets.map((target, place): number => {
      const cell = columns[place][i];
      const blank = cell === null && target !== TARGET.converted;
      const value = typeof cell === "number" ? cell : Number.NaN;
      const problem = blank ? null : complaint(value, target, Number(columns[INPUTS][i]));
      if (problem === null) return value;
      const name = header.names[header.targets.indexOf(target)];
      throw new DataError({ path, line, column: name, problem, unit: "row" });
    });
    table.X.set(numbers.slice(0, INPUTS), rows * INPUTS);
    table.y[rows] = numbers[INPUTS];
    table.timeSeconds[rows] = table.y[rows] === 1 ? numbers[INPUTS + 1] : Number.NaN;
    const name = String(groups[i] ?? "");
    if (name !== "") table.named = true;
    table.groups.push(name || `row ${line}`);
    table.rows += 1;
  }
}

/** DuckDB reads whatever a text can name, patterns and addresses too: it is given files only. */
async function checkFile(path: string): Promise<void> {
  const [glob] = GLOB.exec(path) ?? [];
  if (glob !== undefined) {
    const problem = `has a ${glob} in its path, which DuckDB takes for a pattern`;
    throw new DataError({ path, problem, hint: "Rename it, or give one file after the other." });
  }
  const stats = await stat(path);
  if (stats.isFile()) return;
  throw new DataError({ path, problem: stats.isDirectory() ? "is a folder" : "is no regular file" });
}

/**
 * Reads training rows through DuckDB: a `.parquet`, or a `.csv` that the strict reader refuses (other separators, quoted
 * numbers, NA for a blank, packed with gzip). The columns are found, typed and checked as in `readCsv`.
 *
 * @throws {PackageMissingError} when `@duckdb/node-api` is not installed; {@link MissingColumnsError} naming the columns;
 * {@link DataError} naming the row and the column, or for a path that is no file; {@link DataUnreadableError} with DuckDB's
 * own reason.
 * @example
 * (await readWithDuckDb("rows.parquet")).dataset.rows; // 1000
 */
export async function readWithDuckDb(
  path: string,
  { load, labels = true, signal }: { load?: LoadPackage } & Pick<ReadCsvOptions, "labels" | "signal"> = {},
): Promise<CsvData> {
  await checkFile(path);
  return withDuckDb({ path, purpose: `Reading ${path}`, load }, async (connection) => {
    const header = readHeader(path, await readNames(connection, path), { labels });
    const nameOf = (target: number) => column(header.names[header.targets.indexOf(target)]);
    const numbers = FEATURES.map((_, place) => `CAST(${nameOf(place)} AS DOUBLE)`);
    const outcome = labels
      ? [TARGET.converted, TARGET.time].map((target) => `CAST(${nameOf(target)} AS DOUBLE)`)
      : ["CAST(0 AS DOUBLE)", "CAST(-1 AS DOUBLE)"];
    const group = header.targets.includes(TARGET.group) ? `CAST(${nameOf(TARGET.group)} AS VARCHAR)` : "NULL";
    const cells = [...numbers, ...outcome, group].join(", ");
    const table = emptyTable();
    for await (const chunk of await connection.stream(`SELECT ${cells} FROM ${tableOf(path, header)}`)) {
      signal?.throwIfAborted();
      addChunk(table, header, chunk, path);
    }
    return { dataset: datasetOf(table), ignoredColumns: header.ignored, named: table.named };
  });
}

/** Columns of training rows, with DuckDB's types. */
const TRAINING_COLUMNS: Readonly<Record<string, string>> = {
  session_id: "VARCHAR",
  ...Object.fromEntries(FEATURES.map(({ name, integer }) => [name, integer ? "BIGINT" : "DOUBLE"])),
  conversion_happened: "TINYINT",
  time_to_conversion_seconds: "DOUBLE",
  time_to_conversion_minutes: "DOUBLE",
};

/**
 * Turns a CSV into Parquet through DuckDB: a double for each number, whole numbers as such, a text for the id.
 *
 * @param columns the CSV's columns in order with DuckDB's types; those of training rows when not given.
 * @throws {PackageMissingError} when `@duckdb/node-api` is not installed; {@link DataUnreadableError} with DuckDB's own reason.
 * @example
 * await writeParquet("train.csv", "train.parquet");
 * (await readDataset("train.parquet")).dataset.rows; // 1000
 */
export async function writeParquet(
  csvPath: string,
  parquetPath: string,
  { load, columns = TRAINING_COLUMNS }: { load?: LoadPackage; columns?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await withDuckDb({ path: csvPath, purpose: `Writing ${parquetPath}`, load }, (connection) => {
    const types = Object.entries(columns).map(([name, type]) => `${text(name)}: '${type}'`);
    // In brackets a star is a star.
    const one = csvPath.replace(/[*?[]/g, "[$&]");
    const from = `read_csv(${text(one)}, header = true, delim = ',', columns = {${types.join(", ")}})`;
    return connection.run(`COPY (SELECT * FROM ${from}) TO ${text(parquetPath)} (FORMAT parquet)`);
  });
}
