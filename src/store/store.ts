import { statSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type Database from "libsql";
import { lockFile, type Metrics } from "../core/index.ts";
import { writeBackup } from "./backup.ts";
import { StoreClosedError, StoreUnavailableError } from "./errors.ts";
import { type CommitCounts, createGroupCommit, inTransaction, notLater } from "./group-commit.ts";
import { migrate, type Schema } from "./migrate.ts";
import { createSql, type Sql, type SqlReader, translated } from "./sql.ts";

/** How a store is opened. */
export interface StoreOptions {
  /** The parts that are brought to their newest version; others in the same file are left alone. */
  readonly schemas: readonly Schema[];
  /**
   * `own` (default): this process alone, by a lock file. `share`: beside an owner, for short writes; another's write is waited
   * for. `read`: beside an owner, and nothing is changed, migrations neither.
   */
  readonly access?: "own" | "share" | "read";
  /** How long another process' write is waited for. Default 5 s; the thread waits with it. */
  readonly busyTimeoutMs?: number;
  /** For the table of versions: default the system's clock. */
  readonly nowMs?: () => number;
  /** Told of commits and of the file's size. */
  readonly metrics?: Metrics | undefined;
}

/** A SQLite file; see {@link openStore}. */
export interface Store {
  readonly path: string;
  /** Reads what is committed. */
  readonly sql: SqlReader;
  /**
   * Runs `write` in a transaction of its own, at once: all of it or nothing.
   *
   * @example
   * store.transaction((sql) => sql.run("INSERT INTO events VALUES (?, ?)", "e-1", 12.5)); // 1
   */
  transaction<T>(write: (sql: Sql) => T): T;
  /**
   * Group commit: the promise settles only after the COMMIT that contains the write, which is shared with all writes that were
   * submitted in the same turn of the event loop, or while the last commit ran. One that throws takes back itself only, and its promise
   * rejects; nothing that a write does may be asynchronous.
   *
   * @throws {StoreFailedError} when the commit failed (disk full): nothing of it is stored.
   * @example
   * // 1 for a new event, 0 for one that is known: idempotent, and safe on disk when it answers.
   * await store.submit((sql) => sql.run("INSERT OR IGNORE INTO events VALUES (?, ?)", "e-1", 12.5)); // 1
   */
  submit<T>(write: (sql: Sql) => T): Promise<T>;
  /** Writes that were submitted and are not committed: what a door looks at before it says 429. */
  readonly waiting: number;
  readonly counts: CommitCounts;
  /**
   * A copy as of now in one new file (0600), checked and whole, or none. Others may go on writing; this thread is busy with it.
   *
   * @returns its size in bytes.
   * @throws {UserError} when something is there already, unless `overwrite`; {@link StoreDamagedError} when the copy does not pass.
   * @example
   * await store.backup("backups/2026-11-26.db"); // 61440
   */
  backup(path: string, options?: { readonly overwrite?: boolean }): Promise<number>;
  /** What SQLite's own check finds wrong; empty when all is well. Reads the whole file. */
  check(): string[];
  /** Moves the log into the file, so that what was deleted is gone from both. False while others read. */
  tidy(): boolean;
  /** Commits what waits, and gives the file back. Later calls throw {@link StoreClosedError}. */
  close(): Promise<void>;
}

/**
 * Pages in the log (4 KiB each) before a commit moves them into the file: four times SQLite's own number. That commit takes some tens of
 * milliseconds; so rare, it is not among the slowest hundredth.
 */
const CHECKPOINT_PAGES = 4_000;
/** Nothing outlives the process there: for tests. */
const IN_MEMORY = ":memory:";

const checked = (sql: SqlReader) =>
  sql.all("PRAGMA quick_check").map((row) => String(row.quick_check ?? "nothing was said"));

async function load(): Promise<typeof Database> {
  try {
    return (await import("libsql")).default;
  } catch (cause) {
    throw new StoreUnavailableError({ cause });
  }
}

/** The file and its log, bytes; null in memory. */
function sizeOf(path: string): number | null {
  const sizes = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false })?.size);
  return sizes[0] === undefined ? null : sizes.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

/** Of this user alone, before the first byte is in it; SQLite gives its two companions the same bits. */
async function makePrivate(path: string): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    await file.chmod(0o600);
  } finally {
    await file.close();
  }
}

/**
 * Opens a SQLite file, or makes one (0600, in a folder of 0700): write-ahead log, `synchronous=FULL` (a COMMIT is on the disk
 * when it returns), foreign keys, deleted rows overwritten with zeros. Its schemas are brought up to date in one transaction.
 *
 * @param path a file, or `:memory:`.
 * @throws {LockedError} another process owns it; {@link StoreNewerError}; {@link StoreDamagedError}; {@link StoreUnavailableError}.
 * @example
 * const events: Schema = {
 *   name: "events",
 *   migrations: [{ version: 1, why: "events by id", sql: "CREATE TABLE events (id TEXT PRIMARY KEY, at_seconds REAL NOT NULL) STRICT" }],
 * };
 * const store = await openStore("state/history.db", { schemas: [events] });
 * await store.submit((sql) => sql.run("INSERT OR IGNORE INTO events VALUES (?, ?)", "e-1", 12.5)); // 1
 * store.sql.get("SELECT count(*) AS n FROM events"); // { n: 1 }
 * await store.close();
 */
export async function openStore(path: string, options: StoreOptions): Promise<Store> {
  const { schemas, access = "own", busyTimeoutMs = 5_000, nowMs = Date.now } = options;
  const LibSql = await load();
  const onDisk = path !== IN_MEMORY;
  const seconds = options.metrics?.histogram("conversion_subnet_store_commit_duration_seconds");
  const writes = options.metrics?.counter("conversion_subnet_store_writes_total");
  const waiting = options.metrics?.gauge("conversion_subnet_store_waiting_writes");
  const size = options.metrics?.gauge("conversion_subnet_store_size_bytes");
  const onCommit = (tookMs: number, count: number) => {
    seconds?.(tookMs / 1_000);
    writes?.(count);
  };
  if (onDisk) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = onDisk && access === "own" ? await lockFile(path) : null;
  try {
    if (onDisk && access !== "read") await makePrivate(path);
    return start();
  } catch (error) {
    await unlock?.();
    throw translated(error, path, "be opened");
  }

  function start(): Store {
    const database = new LibSql(path, { timeout: busyTimeoutMs });
    const exec = (statements: string) => void database.exec(statements);
    const sql = createSql(database, path);
    try {
      exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
      exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      if (access === "read") exec("PRAGMA query_only = ON");
      else inTransaction(exec, () => migrate(sql, exec, schemas, { path, nowMs: nowMs() }));
    } catch (error) {
      database.close();
      throw error;
    }
    return storeOf(database, sql, exec);
  }

  function storeOf(database: Database.Database, sql: Sql, exec: (statements: string) => void): Store {
    const group = createGroupCommit(sql, exec, onCommit);
    const unfollow = options.metrics?.onScrape(() => {
      waiting?.(group.waiting);
      size?.(sizeOf(path));
    });
    let closed = false;
    const assertOpen = () => {
      if (closed) throw new StoreClosedError({ path });
    };
    const truncateLog = (): boolean => {
      try {
        return sql.get("PRAGMA wal_checkpoint(TRUNCATE)")?.busy === 0;
      } catch {
        return false;
      }
    };
    const reader = (): SqlReader => {
      assertOpen();
      return sql;
    };
    return {
      path,
      sql: {
        get: (...query) => reader().get(...query),
        all: (...query) => reader().all(...query),
        iterate: (...query) => reader().iterate(...query),
      },
      transaction(write) {
        assertOpen();
        try {
          return inTransaction(exec, () => notLater(write(sql)));
        } catch (error) {
          throw translated(error, path, "commit");
        }
      },
      async submit(write) {
        assertOpen();
        return group.submit(write).catch((error: unknown) => {
          throw translated(error, path, "commit");
        });
      },
      get waiting() {
        return group.waiting;
      },
      get counts() {
        return group.counts;
      },
      async backup(target, { overwrite = false } = {}) {
        assertOpen();
        group.flush();
        const check = (copy: string) => {
          const other = new LibSql(copy);
          try {
            return checked(createSql(other, copy));
          } finally {
            other.close();
          }
        };
        // A copy changes nothing here, yet SQLite counts it among writes.
        if (access === "read") exec("PRAGMA query_only = OFF");
        try {
          return await writeBackup(target, { exec, check }, overwrite);
        } catch (error) {
          throw translated(error, path, "be copied");
        } finally {
          if (access === "read" && !closed) exec("PRAGMA query_only = ON");
        }
      },
      check() {
        const found = checked(reader());
        return found[0] === "ok" ? [] : found;
      },
      tidy() {
        assertOpen();
        return truncateLog();
      },
      async close() {
        if (closed) return;
        closed = true;
        unfollow?.();
        group.flush();
        // The file alone is then the whole store. Where a reader is in the middle of something, its log stays beside it, as well kept.
        if (access === "own") truncateLog();
        database.close();
        await unlock?.();
      },
    };
  }
}
