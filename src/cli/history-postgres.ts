import { type Logger, UserError } from "../core/index.ts";
import type { PostgresHistory } from "../postgres/index.ts";
import type { applyRetention, HistoryStore, Retention } from "../validator/index.ts";
import { inspectWallet } from "../wallet/index.ts";
import type { Flags } from "./flags.ts";
import { walletOf } from "./wallet.ts";

/** Where the flags have the history when it is not in a file; null = in a file. */
export const postgresUrlOf = (flags: Flags): string | null => {
  const url = flags["history.postgres"];
  return typeof url === "string" ? url : null;
};

/** Whose history it is there: the name that is given, or the hotkey on its subnet. */
export async function validatorOf(flags: Flags, hotkey?: string): Promise<string> {
  const name = flags["history.validator"];
  if (typeof name === "string") return name;
  const where = walletOf(flags);
  const address =
    hotkey ?? (await inspectWallet(where)).hotkeys.find((one) => one.name === where.hotkey)?.address ?? null;
  if (address !== null) return `${address}/netuid${Number(flags.netuid)}`;
  throw new UserError(`The address of the hotkey ${where.name}/${where.hotkey} is not known here.`, {
    hint: "Name its history with --history.validator ADDRESS/netuidN, or its wallet with --wallet.name and --wallet.hotkey.",
  });
}

/** The history in PostgreSQL that the flags name, for as long as it is used. */
export async function openPostgres(
  flags: Flags,
  access: "own" | "share" | "read",
  { logger, hotkey }: { readonly logger: Logger; readonly hotkey?: string },
): Promise<PostgresHistory> {
  const validator = await validatorOf(flags, hotkey);
  const { createPostgresHistory } = await import("../postgres/index.ts");
  return createPostgresHistory({ url: postgresUrlOf(flags) ?? "", validator, access }, { logger });
}

const DAY_MS = 86_400_000;
/** The part of a retention that is about questions. */
export const prunePostgres = (
  history: Pick<HistoryStore, "prune">,
  { days, keep }: Retention,
  { nowMs, signal }: Parameters<typeof applyRetention>[2],
): Promise<number> => history.prune({ beforeMs: nowMs - days * DAY_MS, signal, ...(keep !== undefined && { keep }) });
