import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, createAbortController, type Logger, type Metrics, runEvery, UserError } from "../core/index.ts";
import type { PostgresHistory } from "../postgres/index.ts";
import { openStore, type Schema, type Store, type StoreOptions } from "../store/index.ts";
import {
  applyRetention,
  createHistoryLook,
  createSqliteHistory,
  HISTORY_SCHEMA,
  type HistoryLook,
  type HistoryStore,
  lookThroughPort,
} from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { openPostgres, postgresUrlOf, prunePostgres } from "./history-postgres.ts";
import { neuronFolder } from "./neuron-folder.ts";

/**
 * Where a validator keeps its history: where the flag says, or in the folder that Bittensor's neurons have for their state.
 *
 * ```
 * ~/.bittensor/miners/default/default/netuid1/validator/history.db
 * ```
 */
export function historyPathOf(flags: Flags): string {
  if (typeof flags.history === "string") return flags.history === ":memory:" ? flags.history : resolve(flags.history);
  return join(neuronFolder(flags, "validator"), "history.db");
}

/** The history of a validator that runs. */
interface OpenedHistory {
  /** The file: live conversations are in it, whatever has the history. */
  readonly store: Store;
  readonly history: HistoryStore;
  readonly look: HistoryLook;
  close(): Promise<void>;
}

/** The history in PostgreSQL, where the flags say so: not before what a file has is there too. */
async function openPostgresBeside(
  flags: Flags,
  { path, inFile, logger, hotkey }: { path: string; inFile: HistoryStore; logger: Logger; hotkey: string | undefined },
): Promise<PostgresHistory | null> {
  if (postgresUrlOf(flags) === null) return null;
  const history = await openPostgres(flags, "own", { logger, ...(hotkey !== undefined && { hotkey }) });
  if ((await history.lastNumber()) === 0 && (await inFile.lastNumber()) > 0) {
    await history.close();
    throw new UserError(`${path} has a history, and PostgreSQL has none of this validator.`, {
      hint: `Copy it first: history migrate --from ${path} --to URL --history.validator ${history.validator}; or begin anew with another --history.`,
    });
  }
  logger.info("The history is in PostgreSQL", { address: history.address, validator: history.validator });
  return history;
}

const PRUNE_EVERY_MS = 3_600_000;

/**
 * The history of a validator that runs: owned by this process, and rid of what is too old every hour.
 *
 * @param schemas other parts that are kept in the same file.
 */
export async function openHistory(
  flags: Flags,
  {
    clock,
    logger,
    metrics,
    schemas = [],
    hotkey,
  }: { clock: Clock; logger: Logger; metrics?: Metrics; schemas?: readonly Schema[]; hotkey?: string },
): Promise<OpenedHistory> {
  const path = historyPathOf(flags);
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA, ...schemas], metrics });
  const inFile = createSqliteHistory(store);
  const postgres = await openPostgresBeside(flags, { path, inFile, logger, hotkey }).catch(async (error) => {
    await store.close();
    throw error;
  });
  const controller = createAbortController();
  const { signal } = controller;
  const retention = { days: Number(flags["history.days"]), textDays: Number(flags["history.text_days"]) };
  const prune = async () => {
    const when = { nowMs: clock.nowMs(), signal };
    const gone = await applyRetention({ store, history: inFile }, retention, when);
    if (postgres !== null) gone.questions = (gone.questions ?? 0) + (await prunePostgres(postgres, retention, when));
    if (Object.values(gone).some((rows) => rows > 0)) logger.info("Old history pruned", gone);
  };
  const pruning = runEvery(PRUNE_EVERY_MS, prune, { signal, logger, what: "pruning" });
  return {
    store,
    history: postgres ?? inFile,
    look: postgres === null ? createHistoryLook(store) : lookThroughPort(postgres),
    async close() {
      controller.abort(new Error("The history is closed."));
      await pruning;
      await postgres?.close();
      await store.close();
    },
  };
}

/**
 * Where a file of the flags is that must be there.
 *
 * @throws {UserError} when it is not.
 */
export function existingHistoryPathOf(flags: Flags): string {
  const path = historyPathOf(flags);
  if (existsSync(path)) return path;
  throw new UserError(`There is no history at ${path}.`, {
    hint: "`validator run` makes it; name it with --history, or its wallet with --wallet.name and --wallet.hotkey.",
  });
}

/** A history that is there, opened beside a validator that may be running. */
export async function withHistoryFile<T>(
  flags: Flags,
  access: NonNullable<StoreOptions["access"]>,
  use: (opened: { readonly store: Store; readonly history: HistoryStore }) => Promise<T>,
): Promise<T> {
  const path = existingHistoryPathOf(flags);
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA], access });
  try {
    // `keys create` may come before the validator's first run: then there are keys in the file and nothing else.
    if (store.sql.get("SELECT 1 FROM sqlite_master WHERE name = 'history_questions'") === undefined) {
      throw new UserError(`No validator has written to ${path} yet.`, {
        hint: "Run it first: `validator run`; name another history with --history, or its wallet with --wallet.name.",
      });
    }
    return await use({ store, history: createSqliteHistory(store) });
  } finally {
    await store.close();
  }
}
