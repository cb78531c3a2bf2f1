import { PostgresNewerError } from "./errors.ts";
import { MIGRATIONS } from "./schema.ts";
import type { Query } from "./session.ts";

/** Numbers of our advisory locks: the first of two, "conv" as bytes, then what is locked. */
export const LOCKS = {
  schema: 1_668_247_158,
  owner: 1_668_247_159,
  pruning: 1_668_247_160,
  months: 1_668_247_161,
} as const;

/** A table by its name; read from the catalog, for look-ups by function may be older than a lock that was waited for. */
export const isTable = async (query: Query, name: string): Promise<boolean> => {
  const text = `SELECT 1 AS one FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'conversion_subnet' AND c.relname = $1`;
  return (await query(text, [name])).rows.length > 0;
};

/** The version of the tables that are there; 0 = none. */
export async function versionOf(query: Query): Promise<number> {
  if (!(await isTable(query, "history_versions"))) return 0;
  const { rows } = await query("SELECT coalesce(max(version), 0) AS version FROM conversion_subnet.history_versions");
  return Number(rows[0]?.version);
}

/**
 * Brings the tables to the form of this version, in one transaction; of two processes that begin together one waits for the other.
 *
 * @throws {PostgresNewerError}
 */
export async function migrate(query: Query, address: string): Promise<void> {
  const known = MIGRATIONS.length;
  if ((await versionOf(query)) === known) return;
  await query("BEGIN");
  await query(`SELECT pg_advisory_xact_lock(${LOCKS.schema}, 0)`);
  const found = await versionOf(query);
  if (found > known) {
    await query("ROLLBACK");
    throw new PostgresNewerError({ address, found, known });
  }
  await query(`CREATE SCHEMA IF NOT EXISTS conversion_subnet; CREATE TABLE IF NOT EXISTS history_versions (
    version integer PRIMARY KEY, why text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  for (const { version, why, sql } of MIGRATIONS) {
    if (version <= found) continue;
    await query(sql);
    await query("INSERT INTO history_versions (version, why) VALUES ($1, $2)", [version, why]);
  }
  await query("COMMIT");
}
