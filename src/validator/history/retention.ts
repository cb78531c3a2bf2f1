import { forgetInTables, markForgotten, pruneTables, type Store } from "../../store/index.ts";
import { type HistoryStore, KEPT_QUESTIONS } from "./port.ts";

/** How long what is kept. */
export interface Retention {
  /** What people wrote. */
  readonly textDays: number;
  /** Questions, answers and scores; counts of them are kept for ever. */
  readonly days: number;
  /** The latest settled questions that stay whatever their age. Default 5,000. */
  readonly keep?: number;
}
/** Days that nothing else was said about. */
export const DEFAULT_RETENTION = { textDays: 30, days: 180, keep: KEPT_QUESTIONS } as const satisfies Retention;

const DAY_MS = 86_400_000;

/**
 * Lets go of what is older than allowed: texts first, then details of every part that keeps tables in the store, then questions. In
 * small transactions, so that a validator beside it goes on.
 *
 * @returns how many rows went, by table; `questions` by that name.
 * @example
 * await applyRetention({ store, history }, DEFAULT_RETENTION, { nowMs: Date.now() }); // { ingest_events: 120, questions: 0 }
 */
export async function applyRetention(
  { store, history }: { readonly store: Store; readonly history: HistoryStore },
  { textDays, days, keep = KEPT_QUESTIONS }: Retention,
  { nowMs, signal }: { readonly nowMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Record<string, number>> {
  const text = await pruneTables(store, { kind: "text", beforeMs: nowMs - textDays * DAY_MS, signal });
  const beforeMs = nowMs - days * DAY_MS;
  const detail = await pruneTables(store, { kind: "detail", beforeMs, signal });
  return { ...text, ...detail, questions: await history.prune({ beforeMs, keep, signal }) };
}

/**
 * Forgets a conversation: its rows in every table that names conversations, and its id and features in the questions about it. Nothing
 * of it is left in the file or its log, unless another process is reading; then it goes with the next write of the log. What is still
 * said in it is not written down: a mark says so, a hash that holds nothing of it.
 *
 * @returns how many rows were about it, by table; `questions` by that name; and whether the log was emptied too.
 * @example
 * await forgetConversation({ store, history }, "shop/c-17"); // { rows: { ingest_events: 12, questions: 2 }, tidy: true }
 */
export async function forgetConversation(
  { store, history }: { readonly store: Store; readonly history: HistoryStore },
  conversationId: string,
): Promise<{ rows: Record<string, number>; tidy: boolean }> {
  // First the mark: a validator beside it writes nothing more of it from here on.
  const unmark = await markForgotten(store, conversationId);
  const rows = { ...(await forgetInTables(store, conversationId)), questions: await history.forget(conversationId) };
  if (Object.values(rows).every((count) => count === 0)) await unmark();
  return { rows, tidy: store.tidy() };
}
