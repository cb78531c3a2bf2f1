import { InvalidArgumentError } from "../core/index.ts";
import type { Sql } from "./sql.ts";

/** What one write wants done, and who waits for it. */
interface Waiting {
  run(sql: Sql): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}
type Outcome = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: unknown };

/** What has been committed so far. */
export interface CommitCounts {
  readonly commits: number;
  readonly writes: number;
  /** The longest time that one commit, its writes included, kept this thread, ms. */
  readonly longestMs: number;
}
/** Writes of many callers in one transaction; see {@link createGroupCommit}. */
export interface GroupCommit {
  submit<T>(write: (sql: Sql) => T): Promise<T>;
  /** Commits all that waits, now. */
  flush(): void;
  readonly waiting: number;
  readonly counts: CommitCounts;
}

/** Writes in one transaction at most, so that the event loop gets its turn. */
const MAX_WRITES = 512;

/**
 * Gathers writes and commits them together: one fsync for all that came while the last one ran. A write that throws takes back
 * itself and nothing else. A promise settles only after the COMMIT with its write; when that fails, all of its writes reject.
 *
 * @param exec runs a statement without values.
 * @param onCommit told of each commit, before those who wait for it.
 */
export function createGroupCommit(
  sql: Sql,
  exec: (statement: string) => void,
  onCommit?: (tookMs: number, writes: number) => void,
): GroupCommit {
  let queue: Waiting[] = [];
  let scheduled = false;
  const counts = { commits: 0, writes: 0, longestMs: 0 };

  const runAll = (batch: readonly Waiting[]): Outcome[] =>
    batch.map(({ run }) => {
      exec("SAVEPOINT one");
      try {
        const result = run(sql);
        exec("RELEASE one");
        return { ok: true, result };
      } catch (error) {
        exec("ROLLBACK TO one");
        exec("RELEASE one");
        return { ok: false, error };
      }
    });

  const commit = (batch: readonly Waiting[]): void => {
    const startedMs = performance.now();
    let outcomes: Outcome[];
    try {
      outcomes = inTransaction(exec, () => runAll(batch));
    } catch (error) {
      outcomes = batch.map(() => ({ ok: false, error }));
    }
    counts.commits += 1;
    counts.writes += batch.length;
    const tookMs = performance.now() - startedMs;
    counts.longestMs = Math.max(counts.longestMs, tookMs);
    onCommit?.(tookMs, batch.length);
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.ok) batch[i]?.resolve(outcome.result);
      else batch[i]?.reject(outcome.error);
    }
  };
  const commitNext = () => {
    const batch = queue.slice(0, MAX_WRITES);
    queue = queue.slice(MAX_WRITES);
    commit(batch);
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    // After the sockets that are ready have been read: what they bring goes into the same commit.
    setImmediate(() => {
      scheduled = false;
      if (queue.length === 0) return;
      commitNext();
      if (queue.length > 0) schedule();
    });
  };
  return {
    submit: <T>(write: (sql: Sql) => T) =>
      new Promise<T>((resolve, reject) => {
        // The one place that forgets T: the queue holds writes of all kinds, and gives each its own result.
        queue.push({ run: (inner) => notLater(write(inner)), resolve: (result) => resolve(result as T), reject });
        schedule();
      }),
    flush() {
      while (queue.length > 0) commitNext();
    },
    get waiting() {
      return queue.length;
    },
    get counts() {
      return { ...counts };
    },
  };
}

/** What goes on after the COMMIT is not in it. */
export function notLater<T>(result: T): T {
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new InvalidArgumentError({ argument: "write", problem: "must do its work at once: it returned a promise" });
  }
  return result;
}

/** All of `work` or nothing of it. */
export function inTransaction<T>(exec: (statement: string) => void, work: () => T): T {
  exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors: a full disk, a broken one.
    try {
      exec("ROLLBACK");
    } catch {
      // Then there is nothing to take back.
    }
    throw error;
  }
}
