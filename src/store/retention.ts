import type { TableRule } from "./migrate.ts";
import type { SqlReader } from "./sql.ts";
import type { Store } from "./store.ts";

/** Rows that go in one transaction: a process that writes beside waits for no longer than this takes. */
const AT_ONCE = 500;

/**
 * The rules of all tables in a file, of parts that this program does not know too.
 *
 * @example
 * const store = await openStore("state/history.db", { schemas: [HISTORY_SCHEMA] });
 * tableRules(store.sql).map(({ table }) => table); // ["history_weights"]
 */
export function tableRules(sql: SqlReader): TableRule[] {
  return sql.all("SELECT * FROM store_tables ORDER BY name").map((row) => ({
    table: String(row.name),
    kind: row.kind === "text" ? "text" : "detail",
    timeColumn: row.time_column === null ? null : String(row.time_column),
    conversationColumn: row.conversation_column === null ? null : String(row.conversation_column),
  }));
}

/** Names in rules were checked when they were written: {@link Schema} is their door. */
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Deletes what `where` finds, a portion a transaction; returns how many rows went. */
async function removeAll(
  store: Store,
  table: string,
  where: string,
  value: number | string,
  signal?: AbortSignal,
): Promise<number> {
  const keys = store.sql.all(`SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, table);
  const hasRowid = store.sql.get("SELECT wr FROM pragma_table_list(?)", table)?.wr === 0;
  const key = hasRowid ? "rowid" : keys.map(({ name }) => quoted(String(name))).join(", ");
  const from = `${quoted(table)} WHERE ${where}`;
  const remove = `DELETE FROM ${quoted(table)} WHERE (${key}) IN (SELECT ${key} FROM ${from} LIMIT ${AT_ONCE})`;
  for (let gone = 0; ; ) {
    signal?.throwIfAborted();
    const removed = await store.submit((sql) => sql.run(remove, value));
    gone += removed;
    if (removed < AT_ONCE) return gone;
  }
}

/**
 * Removes rows that are older than allowed, in every table whose {@link TableRule} is of that kind and has a time.
 *
 * @returns how many rows went, by table.
 * @example
 * await pruneTables(store, { kind: "text", beforeMs: Date.now() - 7 * 86_400_000 }); // { ingest_events: 5120 }
 */
export async function pruneTables(
  store: Store,
  { kind, beforeMs, signal }: { kind: TableRule["kind"]; beforeMs: number; signal?: AbortSignal | undefined },
): Promise<Record<string, number>> {
  const gone: Record<string, number> = {};
  for (const rule of tableRules(store.sql)) {
    if (rule.kind !== kind || rule.timeColumn === null) continue;
    gone[rule.table] = await removeAll(store, rule.table, `${quoted(rule.timeColumn)} < ?`, beforeMs, signal);
  }
  return gone;
}

/**
 * Removes all rows about a conversation, in every table whose {@link TableRule} says which column names it; deleted bytes are
 * overwritten with zeros.
 *
 * @returns how many rows went, by table.
 * @example
 * await forgetInTables(store, "shop/c-17"); // { ingest_conversations: 1, ingest_events: 12 }
 */
export async function forgetInTables(store: Store, conversationId: string): Promise<Record<string, number>> {
  const gone: Record<string, number> = {};
  for (const rule of tableRules(store.sql)) {
    if (rule.conversationColumn === null) continue;
    gone[rule.table] = await removeAll(store, rule.table, `${quoted(rule.conversationColumn)} = ?`, conversationId);
  }
  return gone;
}
