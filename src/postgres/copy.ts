import type { LoadPackage, Logger } from "../core/index.ts";
import type { Row, Store } from "../store/index.ts";
import { type HistoryTables, historyTables } from "../validator/index.ts";
import { CopyUnfinishedError } from "./errors.ts";
import { COPY_MARKER, createPostgresHistory } from "./history.ts";
import { MONTHLY } from "./schema.ts";
import type { Query } from "./session.ts";
import { createStandingCells } from "./standings.ts";

/** Questions of one transaction. */
const PAGE = 100;

type Columns = readonly (readonly [name: string, type: string])[];
const columns = (text: string): Columns =>
  text.split(" ").map((one) => {
    const [name = "", type = ""] = one.split(":");
    return [name, type] as const;
  });
const QUESTIONS = columns(
  "number:bigint asked_at_ms:bigint conversation:text session_id:text stratum:text landmark_messages:int landmark_seconds:float8 horizon_seconds:float8 features:text asked_at_seconds:float8 asked:text class_weight_0:float8 class_weight_1:float8 base_rate:float8 median_time_seconds:float8 mode:int settled_order:bigint settled_at_seconds:float8 converted:smallint time_seconds:float8 reason:text told_by:text scored:smallint",
);
const REPLIES = columns("question:bigint asked_at_ms:bigint numbers:bytea words:text");
const SCORES = columns("question:bigint asked_at_ms:bigint numbers:bytea components:text words:text");
const SMALL: Readonly<Record<string, Columns>> = {
  hotkeys: columns("id:int hotkey:text"),
  modes: columns("id:int name:text version:int constants:text"),
  weights: columns("id:text set_at_ms:bigint block:bigint shares:text"),
  values: columns("name:text value:text"),
  strata: columns("stratum:text settled:bigint converted:bigint"),
  days: columns("day:text mode:int stratum:text questions:bigint void:bigint converted:bigint"),
  hotkey_days: columns("day:text mode:int hotkey:int asked:bigint answered:bigint total:float8 prediction:float8"),
};
const cellOf = (value: Row[string] | undefined) => (typeof value === "bigint" ? Number(value) : (value ?? null));

async function insert(
  query: Query,
  table: string,
  validator: number,
  into: Columns,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = into.map(([name]) => name).join(", ");
  const arrays = into.map(([, type], i) => `$${i + 2}::${type}[]`).join(", ");
  const text = `INSERT INTO ${table} (validator, ${names}) SELECT $1, u.* FROM unnest(${arrays}) AS u ON CONFLICT DO NOTHING`;
  await query(text, [validator, ...into.map(([name]) => rows.map((row) => cellOf(row[name])))]);
}

const ALL_TABLES = [
  ...MONTHLY,
  "history_standings",
  ...Object.keys(SMALL).map((table) => `history_${table}`),
  "history_forgotten",
];
async function empty(query: Query, validator: number): Promise<void> {
  for (const table of ALL_TABLES) await query(`DELETE FROM ${table} WHERE validator = $1`, [validator]);
}
async function copySmall(query: Query, validator: number, tables: HistoryTables): Promise<void> {
  for (const [table, rows] of tables.small()) {
    const into = SMALL[table];
    if (into !== undefined) await insert(query, `history_${table}`, validator, into, rows);
  }
  const cells = createStandingCells(validator);
  const standings = tables.small().get("standings") ?? [];
  for (const mode of new Set(standings.map((row) => Number(row.mode)))) {
    const moved = standings
      .filter((row) => Number(row.mode) === mode)
      .map((row) => {
        const [asked, answered, weighted] = [Number(row.asked), Number(row.answered), Number(row.weighted)];
        return [
          Number(row.hotkey),
          { asked, answered, weighted, total: Number(row.total), prediction: Number(row.prediction) },
        ] as const;
      });
    await cells.put(query, mode, moved);
  }
  const { forgotten } = tables;
  if (forgotten === null) return;
  await query("UPDATE history_validators SET secret = $2 WHERE id = $1", [validator, forgotten.secret]);
  for (const mark of forgotten.marks)
    await query("INSERT INTO history_forgotten (validator, mark) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
      validator,
      mark,
    ]);
}

/** What a copy is told, and tells. */
interface CopyModules {
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, all: number) => void;
}

/**
 * Copies a history from SQLite to PostgreSQL, as it is: numbers, order of scoring, averages, counts of what is pruned, what was forgotten. A copy that
 * was interrupted goes on where it stopped; one that was whole is made anew. Nobody may write to the file meanwhile.
 *
 * @returns how many questions there are now.
 * @throws {HistoryBegunError} where a validator has recorded already; {CopyUnfinishedError} when the file changed meanwhile; as `createPostgresHistory`.
 * @example
 * await copyHistory(store, { url: "postgres://me@127.0.0.1/subnet", validator: "5Grw" }, { logger }); // { questions: 1200 }
 */
export async function copyHistory(
  store: Store,
  { url, validator: name, load }: { readonly url: string; readonly validator: string; readonly load?: LoadPackage },
  { logger, signal, onProgress }: CopyModules,
): Promise<{ readonly questions: number; readonly resumedAt: number }> {
  const history = await createPostgresHistory(
    { url, validator: name, access: "copy", ...(load !== undefined && { load }) },
    { logger },
  );
  const { validator, writer, ensureMonth } = history.parts;
  const tables = historyTables(store);
  try {
    const all = tables.count();
    const marker = await history.value(COPY_MARKER);
    const resumedAt = marker === null ? 0 : Number(marker);
    if (marker === null) {
      await writer.submit((query) => empty(query, validator));
      await history.setValue(COPY_MARKER, "0");
    }
    let done = resumedAt === 0 ? 0 : (await history.info()).questions;
    for (let after = resumedAt; ; ) {
      signal?.throwIfAborted();
      const { questions, replies, scores } = tables.page(after, PAGE);
      const last = questions.at(-1);
      if (last === undefined) break;
      const askedAt = new Map(questions.map((row) => [row.number, row.asked_at_ms ?? null]));
      const timed = (rows: readonly Row[]) =>
        rows.map((row): Row => ({ ...row, asked_at_ms: askedAt.get(row.question ?? null) ?? null }));
      for (const { asked_at_ms } of questions) await ensureMonth(Number(asked_at_ms));
      await writer.submit(async (query) => {
        await insert(query, "history_questions", validator, QUESTIONS, questions);
        await insert(query, "history_replies", validator, REPLIES, timed(replies));
        await insert(query, "history_scores", validator, SCORES, timed(scores));
        await query("UPDATE history_values SET value = $3 WHERE validator = $1 AND name = $2", [
          validator,
          COPY_MARKER,
          String(last.number),
        ]);
      });
      after = Number(last.number);
      done += questions.length;
      onProgress?.(done, all.questions);
    }
    const now = tables.count();
    const found = (await history.info()).questions;
    // The file was pruned, or written to, since the copy began: the next one begins anew.
    const isWhole = found === now.questions && now.lastSettled === all.lastSettled;
    await writer.submit(async (query) => {
      if (isWhole) await copySmall(query, validator, tables);
      await query("DELETE FROM history_values WHERE validator = $1 AND name = $2", [validator, COPY_MARKER]);
    });
    if (!isWhole)
      throw new CopyUnfinishedError({ address: history.address, from: store.path, found, wanted: now.questions });
    return { questions: found, resumedAt };
  } finally {
    await history.close();
  }
}
