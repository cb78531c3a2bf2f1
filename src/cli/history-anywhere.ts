import { existsSync } from "node:fs";
import { applyRetention, forgetConversation, type HistoryStore, type Retention } from "../validator/index.ts";
import type { Flags } from "./flags.ts";
import { historyPathOf, withHistoryFile } from "./history-file.ts";
import { openPostgres, postgresUrlOf, prunePostgres } from "./history-postgres.ts";
import { loggerOf } from "./terminal.ts";

/** A history that is there, wherever the flags have it. */
export async function withHistory<T>(
  flags: Flags,
  access: "share" | "read",
  use: (opened: { readonly history: HistoryStore; readonly address: string | null }) => Promise<T>,
): Promise<T> {
  if (postgresUrlOf(flags) === null)
    return withHistoryFile(flags, access, ({ history }) => use({ history, address: null }));
  const history = await openPostgres(flags, access, { logger: loggerOf(flags, "warn") });
  try {
    return await use({ history, address: history.address });
  } finally {
    await history.close();
  }
}

/** In the file, where there is one: it has what people wrote, and perhaps questions from before. */
async function inFile<T>(flags: Flags, work: Parameters<typeof withHistoryFile<T>>[2]): Promise<T | null> {
  return existsSync(historyPathOf(flags)) ? withHistoryFile(flags, "share", work) : null;
}

/** Forgets a conversation wherever the flags keep something of it. */
export async function forgetEverywhere(
  flags: Flags,
  conversation: string,
): Promise<Awaited<ReturnType<typeof forgetConversation>>> {
  const forget: Parameters<typeof withHistoryFile<Awaited<ReturnType<typeof forgetConversation>>>>[2] = (opened) =>
    forgetConversation(opened, conversation);
  if (postgresUrlOf(flags) === null) return withHistoryFile(flags, "share", forget);
  const questions = await withHistory(flags, "share", ({ history }) => history.forget(conversation));
  const { rows, tidy } = (await inFile(flags, forget)) ?? { rows: {}, tidy: true };
  return { rows: { ...rows, questions: questions + (rows.questions ?? 0) }, tidy };
}

/** Lets go of what is old wherever the flags keep it. */
export async function pruneEverywhere(
  flags: Flags,
  retention: Retention,
  when: Parameters<typeof applyRetention>[2],
): Promise<Record<string, number>> {
  const prune = (opened: Parameters<typeof applyRetention>[0]) => applyRetention(opened, retention, when);
  if (postgresUrlOf(flags) === null) return withHistoryFile(flags, "share", prune);
  const questions = await withHistory(flags, "share", ({ history }) => prunePostgres(history, retention, when));
  const rows: Record<string, number> = (await inFile(flags, prune)) ?? {};
  return { ...rows, questions: questions + (rows.questions ?? 0) };
}
