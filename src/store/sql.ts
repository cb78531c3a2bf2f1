import type Database from "libsql";
import { InvalidArgumentError, SubnetError } from "../core/index.ts";
import { StoreDamagedError, StoreFailedError, sqliteCode } from "./errors.ts";

/** What a cell can hold. Numbers are finite; a yes or no is 1 or 0. */
export type SqlValue = number | bigint | string | Uint8Array | null;
/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, SqlValue>>;

/** Reads of a store. */
export interface SqlReader {
  /** The first row, if there is one. */
  get(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  /** All rows at once: for what is known to be few. */
  all(sql: string, ...values: readonly SqlValue[]): Row[];
  /** Row by row, so that memory stays bounded. Do not await inside: a read that is left open holds back the log. */
  iterate(sql: string, ...values: readonly SqlValue[]): Generator<Row, void, undefined>;
}
/** Reads and writes of a store, inside of a transaction. */
export interface Sql extends SqlReader {
  /** @returns how many rows were added, changed or removed. */
  run(sql: string, ...values: readonly SqlValue[]): number;
}

/** Statements kept prepared; the one that was prepared first is forgotten first. */
const MAX_PREPARED = 256;

/**
 * The one door to SQLite's binding. It hands a value that it does not know to native code, which ends the process; it turns NaN
 * into NULL and cuts a text at its first NUL. None of these is let through.
 */
function assertValues(sql: string, values: readonly SqlValue[]): void {
  for (const value of values) {
    if (value === null || typeof value === "bigint") continue;
    if (typeof value === "number" ? Number.isFinite(value) : typeof value === "string" && !value.includes("\0"))
      continue;
    if (value instanceof Uint8Array) continue;
    throw new InvalidArgumentError({
      argument: "a value of the store",
      problem: "must be a finite number, a text without NUL, bytes or null",
      value: `${typeof value === "string" ? JSON.stringify(value) : String(value)} for ${sql}`,
    });
  }
}

interface Prepared {
  readonly statement: Database.Statement;
  /** Null until the first row is read, for a write has none. */
  columns: readonly string[] | null;
}

/** SQLite's own words become ours: damaged, or failed. What is ours already stays. */
export function translated(error: unknown, path: string, what: string): unknown {
  if (error instanceof SubnetError) return error;
  const code = sqliteCode(error);
  if (code === "SQLITE_NOTADB" || code?.startsWith("SQLITE_CORRUPT"))
    return new StoreDamagedError({ path, cause: error });
  return error instanceof Error ? new StoreFailedError({ path, what, cause: error }) : error;
}

const brief = (sql: string) => sql.trim().replace(/\s+/g, " ").slice(0, 120);

/** {@link Sql} over a connection; statements are prepared once. */
export function createSql(database: Database.Database, path: string): Sql {
  const prepared = new Map<string, Prepared>();
  const kept = (sql: string): Prepared => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const one = { statement: database.prepare(sql), columns: null };
    putBack(sql, one);
    return one;
  };
  const putBack = (sql: string, one: Prepared): void => {
    prepared.set(sql, one);
    if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value ?? "");
  };
  const columnsOf = (one: Prepared): readonly string[] => {
    if (one.columns === null) {
      one.statement.raw();
      one.columns = one.statement.columns().map(({ name }) => name);
    }
    return one.columns;
  };
  const rowOf = (columns: readonly string[], cells: unknown): Row => {
    const row: Record<string, SqlValue> = {};
    // The door: a raw statement gives a list of cells.
    for (const [i, name] of columns.entries()) row[name] = (cells as readonly SqlValue[])[i] ?? null;
    return row;
  };
  const guarded = <T>(verb: "do" | "read", sql: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw translated(error, path, `${verb}: ${brief(sql)}`);
    }
  };
  const attempt = <T>(sql: string, values: readonly SqlValue[], work: (one: Prepared) => T): T => {
    assertValues(sql, values);
    return guarded("do", sql, () => work(kept(sql)));
  };
  return {
    run: (sql, ...values) => attempt(sql, values, ({ statement }) => statement.run(values).changes),
    get: (sql, ...values) =>
      attempt(sql, values, (one) => {
        const columns = columnsOf(one);
        const cells: unknown = one.statement.get(values);
        return cells === undefined ? undefined : rowOf(columns, cells);
      }),
    all: (sql, ...values) =>
      attempt(sql, values, (one) => {
        const columns = columnsOf(one);
        return one.statement.all(values).map((cells) => rowOf(columns, cells));
      }),
    *iterate(sql, ...values) {
      assertValues(sql, values);
      let done = false;
      // While it is being read it belongs to this reader alone.
      const one = guarded("read", sql, () => kept(sql));
      prepared.delete(sql);
      try {
        const columns = guarded("read", sql, () => columnsOf(one));
        const rows = guarded("read", sql, () => one.statement.iterate(values));
        for (let next = guarded("read", sql, () => rows.next()); ; next = guarded("read", sql, () => rows.next())) {
          if (next.done === true) break;
          yield rowOf(columns, next.value);
        }
        done = true;
      } finally {
        // A reader that broke off would hold the log until it is collected; asked anew, the statement lets go.
        if (!done) guarded("read", sql, () => one.statement.get([]));
        putBack(sql, one);
      }
    },
  };
}
