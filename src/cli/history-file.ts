import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { UserError } from "../core/index.ts";
import { openStore, type Store, type StoreOptions } from "../store/index.ts";
import { createSqliteHistory, HISTORY_SCHEMA, type HistoryStore } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { option } from "./flags.ts";

/** Which history: named, or that of a wallet's hotkey on a subnet. */
export const historyFlags = (command: Command) =>
  command
    .addOption(
      new Option(
        "--history <file>",
        "the validator's history (default: history.db in --logging.logging_dir/WALLET/HOTKEY/netuidN/validator)",
      ),
    )
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)")
    .addOption(option.netuid())
    .option("--wallet.name <name>", "wallet of the validator", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default");

/**
 * Where a validator keeps its history: where the flag says, or in the folder that Bittensor's neurons have for their state.
 *
 * ```
 * ~/.bittensor/miners/default/default/netuid1/validator/history.db
 * ```
 */
export function historyPathOf(flags: Flags): string {
  if (typeof flags.history === "string") return flags.history === ":memory:" ? flags.history : resolve(flags.history);
  const home = homedir();
  const given = flags["logging.logging_dir"];
  const folder =
    typeof given === "string" ? resolve(given.replace(/^~(?=$|\/)/, home)) : join(home, ".bittensor", "miners");
  const [wallet, hotkey] = [String(flags["wallet.name"]), String(flags["wallet.hotkey"])];
  return join(folder, wallet, hotkey, `netuid${Number(flags.netuid)}`, "validator", "history.db");
}

/** A history that is there, opened beside a validator that may be running. */
export async function withHistoryFile<T>(
  flags: Flags,
  access: NonNullable<StoreOptions["access"]>,
  use: (opened: { readonly store: Store; readonly history: HistoryStore }) => Promise<T>,
): Promise<T> {
  const path = historyPathOf(flags);
  if (!existsSync(path)) {
    throw new UserError(`There is no history at ${path}.`, {
      hint: "`validator run` makes it; name it with --history, or its wallet with --wallet.name and --wallet.hotkey.",
    });
  }
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA], access });
  try {
    return await use({ store, history: createSqliteHistory(store) });
  } finally {
    await store.close();
  }
}
