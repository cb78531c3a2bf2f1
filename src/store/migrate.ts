import { InvalidArgumentError } from "../core/index.ts";
import { StoreNewerError } from "./errors.ts";
import { FORGOTTEN_TABLES } from "./forgotten.ts";
import type { Sql } from "./sql.ts";

/** One step of a schema. Once published it never changes: what comes after is another step. */
export interface Migration {
  /** Counts up from 1. */
  readonly version: number;
  /** What it is for, in one sentence. */
  readonly why: string;
  /** Statements, with semicolons between them. */
  readonly sql: string;
  /** What SQL alone cannot do, after its statements, in the same transaction. */
  readonly convert?: (sql: Sql) => void;
}
/** A part of a store: tables of one subject, with their own versions. Several share a file. */
export interface Schema {
  /** What its tables begin with, by convention. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Tables that hold what people said or did, so that `prune` and `forget` find them whoever opens the file. */
  readonly tables?: readonly TableRule[];
}
/** How long rows of a table are kept, and whom they are about. */
export interface TableRule {
  readonly table: string;
  /** `text`: what people wrote, kept shortest. `detail`: rows behind figures that are kept elsewhere. */
  readonly kind: "text" | "detail";
  /** Column with the moment of the row, milliseconds since 1970: older ones are pruned. Null = never. */
  readonly timeColumn: string | null;
  /** Column with the conversation's id: `forget` removes its rows. Null = about nobody. */
  readonly conversationColumn: string | null;
}

const OWN = `
  CREATE TABLE IF NOT EXISTS store_schemas (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_tables (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, time_column TEXT, conversation_column TEXT
  ) STRICT, WITHOUT ROWID;
  ${FORGOTTEN_TABLES}
`;
const NAME = /^[a-z][a-z0-9_]*$/;

/** Names go into statements as they are. */
function assertNames({ tables = [], migrations, name }: Schema): void {
  const names = tables.flatMap(({ table, timeColumn, conversationColumn }) => [table, timeColumn, conversationColumn]);
  for (const word of [name, ...names]) {
    if (word !== null && !NAME.test(word)) {
      throw new InvalidArgumentError({
        argument: "a name in a schema",
        problem: `must match ${NAME.source}`,
        value: word,
      });
    }
  }
  for (const [i, { version }] of migrations.entries()) {
    if (version === i + 1) continue;
    throw new InvalidArgumentError({
      argument: `migrations of ${name}`,
      problem: "must count up from 1",
      value: version,
    });
  }
}

/**
 * Brings the tables of each schema to its newest version. The caller holds the transaction, so it is all or nothing.
 *
 * @throws {StoreNewerError} when the file is ahead of what is known here; nothing is changed then.
 */
export function migrate(
  sql: Sql,
  exec: (statements: string) => void,
  schemas: readonly Schema[],
  { path, nowMs }: { path: string; nowMs: number },
): void {
  exec(OWN);
  for (const schema of schemas) {
    assertNames(schema);
    const { name, migrations, tables = [] } = schema;
    const found = Number(sql.get("SELECT version FROM store_schemas WHERE name = ?", name)?.version ?? 0);
    if (found > migrations.length) throw new StoreNewerError({ path, schema: name, found, known: migrations.length });
    if (found === migrations.length) continue;
    for (const step of migrations.slice(found)) {
      exec(step.sql);
      step.convert?.(sql);
    }
    sql.run("INSERT OR REPLACE INTO store_schemas VALUES (?, ?, ?)", name, migrations.length, nowMs);
    for (const { table, kind, timeColumn, conversationColumn } of tables) {
      sql.run("INSERT OR REPLACE INTO store_tables VALUES (?, ?, ?, ?)", table, kind, timeColumn, conversationColumn);
    }
  }
}
