/**
 * @module postgres
 * A validator's history in PostgreSQL, where one file on one machine is not enough: several validators in one database, big tables by
 * month, servers that are lost and come back. Nothing else is kept there. The package `pg` is loaded when this is used, and by nothing else.
 *
 * @example
 * const history = await createPostgresHistory({ url: "postgres://me@127.0.0.1/subnet", validator: "5Grw" }, { logger });
 * await history.lastNumber(); // 0
 */
export { copyHistory } from "./copy.ts";
export {
  CopyUnfinishedError,
  HistoryBegunError,
  HistoryTakenError,
  PostgresMissingError,
  PostgresNewerError,
  PostgresRefusedError,
  PostgresUnavailableError,
} from "./errors.ts";
export { createPostgresHistory, type PostgresHistory, type PostgresHistoryOptions } from "./history.ts";
