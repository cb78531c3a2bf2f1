/**
 * @module store
 * Row 1: a file that keeps what it was told, whatever happens to the process: SQLite with migrations, transactions, and a group commit
 * for many small writes. It knows nothing of what it keeps; rooms bring their own {@link Schema}.
 *
 * @example
 * const store = await openStore("state/history.db", { schemas: [] });
 * await store.close();
 */
export {
  StoreClosedError,
  StoreDamagedError,
  StoreFailedError,
  StoreNewerError,
  StoreUnavailableError,
} from "./errors.ts";
export { forgottenIn, forgottenMarks, markForgotten } from "./forgotten.ts";
export type { CommitCounts } from "./group-commit.ts";
export type { Migration, Schema, TableRule } from "./migrate.ts";
export { forgetInTables, pruneTables, tableRules } from "./retention.ts";
export type { Row, Sql, SqlReader, SqlValue } from "./sql.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
