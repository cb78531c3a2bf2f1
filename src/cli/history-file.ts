import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Clock, createAbortController, type Logger, type Metrics, runEvery, UserError } from "../core/index.ts";
import { openStore, type Schema, type Store, type StoreOptions } from "../store/index.ts";
import { applyRetention, createSqliteHistory, HISTORY_SCHEMA, type HistoryStore } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
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
  }: { clock: Clock; logger: Logger; metrics?: Metrics; schemas?: readonly Schema[] },
): Promise<{ readonly store: Store; readonly history: HistoryStore; close(): Promise<void> }> {
  const path = historyPathOf(flags);
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA, ...schemas], metrics });
  const history = createSqliteHistory(store);
  const controller = createAbortController();
  const { signal } = controller;
  const retention = { days: Number(flags["history.days"]), textDays: Number(flags["history.text_days"]) };
  const prune = async () => {
    const gone = await applyRetention({ store, history }, retention, { nowMs: clock.nowMs(), signal });
    if (Object.values(gone).some((rows) => rows > 0)) logger.info("Old history pruned", gone);
  };
  const pruning = runEvery(PRUNE_EVERY_MS, prune, { signal, logger, what: "pruning" });
  return {
    store,
    history,
    async close() {
      controller.abort(new Error("The history is closed."));
      await pruning;
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
