import { createHmac } from "node:crypto";
import { cryptoRandom } from "../core/index.ts";
import type { Sql, SqlReader } from "./sql.ts";
import type { Store } from "./store.ts";

/** Marks of conversations that were forgotten, and the secret that they are made with. Neither id nor text is in them. */
export const FORGOTTEN_TABLES = `
  CREATE TABLE IF NOT EXISTS store_forgotten (mark BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
`;

const SECRET = "forgotten";
const SECRET_BYTES = 32;
const MARK_BYTES = 16;

function secretIn(sql: SqlReader): Uint8Array | null {
  const value = sql.get("SELECT value FROM store_secrets WHERE name = ?", SECRET)?.value;
  return value instanceof Uint8Array ? value : null;
}
/** Of this file alone: marks of two files cannot be compared, and without the file nobody can try ids. */
const markOf = (secret: Uint8Array, conversationId: string): Uint8Array =>
  createHmac("sha256", secret).update(conversationId).digest().subarray(0, MARK_BYTES);

/**
 * Tells which conversations were forgotten, as of this transaction: what is still said of them is not to be written down.
 *
 * @example
 * forgottenIn(store.sql)("shop/c-17"); // false
 */
export function forgottenIn(sql: SqlReader): (conversationId: string) => boolean {
  const secret = secretIn(sql);
  if (secret === null) return () => false;
  const find = "SELECT 1 AS found FROM store_forgotten WHERE mark = ?";
  return (conversationId) => sql.get(find, markOf(secret, conversationId)) !== undefined;
}

/**
 * Marks a conversation as forgotten, so that nothing of it is written down from now on. What is kept is a hash of its id under a
 * secret of the file.
 *
 * @returns how to take the mark back; it does nothing where the mark was there before.
 * @example
 * await markForgotten(store, "shop/c-17");
 * forgottenIn(store.sql)("shop/c-17"); // true
 */
export async function markForgotten(store: Store, conversationId: string): Promise<() => Promise<void>> {
  const fresh = cryptoRandom.bytes(SECRET_BYTES);
  const mark = (sql: Sql) => markOf(secretIn(sql) ?? fresh, conversationId);
  const marked = await store.submit((sql) => {
    sql.run("INSERT OR IGNORE INTO store_secrets VALUES (?, ?)", SECRET, fresh);
    return sql.run("INSERT OR IGNORE INTO store_forgotten VALUES (?)", mark(sql));
  });
  return async () => {
    if (marked > 0) await store.submit((sql) => sql.run("DELETE FROM store_forgotten WHERE mark = ?", mark(sql)));
  };
}

/**
 * Marks of all conversations that were forgotten, and the secret under which they are made, for a copy that is to keep to them.
 *
 * @example
 * forgottenMarks(store.sql); // null: none was ever forgotten
 */
export function forgottenMarks(
  sql: SqlReader,
): { readonly secret: Uint8Array; readonly marks: readonly Uint8Array[] } | null {
  const secret = secretIn(sql);
  if (secret === null) return null;
  const marks = sql
    .all("SELECT mark FROM store_forgotten")
    .flatMap(({ mark }) => (mark instanceof Uint8Array ? [mark] : []));
  return { secret, marks };
}
