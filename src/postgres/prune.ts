import {
  createPackedReader,
  type HistoryStore,
  KEPT_QUESTIONS,
  LAST_NUMBER,
  type PruneOptions,
} from "../validator/index.ts";
import { LOCKS } from "./migrate-schema.ts";
import { type Months, monthOf } from "./months.ts";
import type { PgRow, Query } from "./session.ts";
import type { Writer } from "./writer.ts";

/** Questions that go in one transaction: a round that is recorded meanwhile waits for no longer than this takes. */
const AT_ONCE = 100;
const STRETCH = `SELECT number, asked_at_ms, stratum, mode, converted FROM history_questions
  WHERE validator = $1 AND scored = 1 AND settled_order > 0 AND asked_at_ms < $2 AND settled_order <= coalesce((
    SELECT settled_order FROM history_questions WHERE validator = $1 AND scored = 1 AND settled_order > 0
    ORDER BY settled_order DESC LIMIT 1 OFFSET $3), 0)
  ORDER BY settled_order LIMIT ${AT_ONCE}`;
const CELLS = "validator = $1 AND question = ANY($2::bigint[]) AND asked_at_ms BETWEEN $3 AND $4";
const KEEP_LAST = `INSERT INTO history_values (validator, name, value) VALUES ($1, $2, $3) ON CONFLICT (validator, name)
  DO UPDATE SET value = greatest(history_values.value::bigint, excluded.value::bigint)::text`;
const ADD_STRATUM = `INSERT INTO history_strata AS s VALUES ($1, $2, $3, $4) ON CONFLICT (validator, stratum)
  DO UPDATE SET settled = s.settled + excluded.settled, converted = s.converted + excluded.converted`;
const ADD_DAY = `INSERT INTO history_days AS d VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (validator, day, mode, stratum)
  DO UPDATE SET questions = d.questions + excluded.questions, void = d.void + excluded.void, converted = d.converted + excluded.converted`;
const ADD_HOTKEYS = `INSERT INTO history_hotkey_days AS d
  SELECT $1, n.* FROM unnest($2::text[], $3::int[], $4::int[], $5::bigint[], $6::bigint[], $7::float8[], $8::float8[]) AS n
  ON CONFLICT (validator, day, mode, hotkey) DO UPDATE SET asked = d.asked + excluded.asked, answered = d.answered + excluded.answered,
    total = d.total + excluded.total, prediction = d.prediction + excluded.prediction`;

const dayOf = (row: PgRow) => new Date(Number(row.asked_at_ms)).toISOString().slice(0, 10);

/** Sums by a key of several parts. */
function sums<K extends readonly (string | number)[]>() {
  const byKey = new Map<string, { readonly key: K; readonly values: number[] }>();
  return {
    add(key: K, values: readonly number[]) {
      const text = JSON.stringify(key);
      const one = byKey.get(text) ?? { key, values: values.map(() => 0) };
      for (const [i, value] of values.entries()) one.values[i] = (one.values[i] ?? 0) + value;
      byKey.set(text, one);
    },
    all: () => [...byKey.values()],
  };
}

/** What takes things out of a history in PostgreSQL. */
export function createPruning(
  { validator, address }: { readonly validator: number; readonly address: string },
  { writer, months }: { readonly writer: Writer; readonly months: Months },
): Pick<HistoryStore, "prune"> {
  const packed = createPackedReader(address);

  const count = async (query: Query, rows: readonly PgRow[], cells: readonly PgRow[]): Promise<void> => {
    const [strata, days, hotkeys] = [
      sums<[string]>(),
      sums<[string, number, string]>(),
      sums<[string, number, number]>(),
    ];
    const byNumber = new Map(rows.map((row) => [Number(row.number), row]));
    for (const row of rows) {
      const converted = Number(row.converted ?? 0);
      if (row.converted !== null) strata.add([String(row.stratum)], [1, converted]);
      days.add([dayOf(row), Number(row.mode), String(row.stratum)], [1, row.converted === null ? 1 : 0, converted]);
    }
    for (const cell of cells) {
      const row = byNumber.get(Number(cell.question));
      if (row === undefined) continue;
      for (const [id, { total, prediction, invalid }] of packed.scores(cell))
        hotkeys.add([dayOf(row), Number(row.mode), id], [1, invalid === null ? 1 : 0, total, prediction]);
    }
    for (const { key, values } of strata.all()) await query(ADD_STRATUM, [validator, ...key, ...values]);
    for (const { key, values } of days.all()) await query(ADD_DAY, [validator, ...key, ...values]);
    const lines = hotkeys.all().map(({ key, values }) => [...key, ...values]);
    const columns = [0, 1, 2, 3, 4, 5, 6].map((i) => lines.map((line) => line[i] ?? 0));
    if (lines.length > 0) await query(ADD_HOTKEYS, [validator, ...columns]);
  };

  /** Cells of months that are over go with their month; those of the month of the moment go one by one. */
  const letGo = async (query: Query, { beforeMs, keep = KEPT_QUESTIONS }: PruneOptions): Promise<number> => {
    await query("SELECT pg_advisory_xact_lock($1::int, $2::int)", [LOCKS.pruning, validator]);
    const { rows } = await query(STRETCH, [validator, Math.min(beforeMs, Number.MAX_SAFE_INTEGER), keep]);
    if (rows.length === 0) return 0;
    const numbers = rows.map(({ number }) => Number(number));
    const times = rows.map((row) => Number(row.asked_at_ms));
    const which = [validator, numbers, Math.min(...times), Math.max(...times)];
    const cells = await query(`SELECT * FROM history_scores WHERE ${CELLS}`, which);
    await query(KEEP_LAST, [validator, LAST_NUMBER, String(Math.max(...numbers))]);
    await count(query, rows, cells.rows);
    const rest = rows.filter((row) => monthOf(Number(row.asked_at_ms)).toMs > beforeMs);
    if (rest.length > 0) {
      const some = [validator, rest.map(({ number }) => Number(number)), which[2] ?? 0, which[3] ?? 0];
      for (const table of ["history_replies", "history_scores"])
        await query(`DELETE FROM ${table} WHERE ${CELLS}`, some);
    }
    const gone = "validator = $1 AND number = ANY($2::bigint[]) AND asked_at_ms BETWEEN $3 AND $4";
    return (await query(`DELETE FROM history_questions WHERE ${gone}`, which)).count;
  };

  return {
    async prune(options) {
      const { beforeMs, signal } = options;
      let gone = 0;
      for (let removed = -1; removed !== 0; gone += removed) {
        signal?.throwIfAborted();
        removed = await writer.submit((query) => letGo(query, options));
      }
      await writer.submit((query) =>
        query("DELETE FROM history_weights WHERE validator = $1 AND set_at_ms < $2", [validator, beforeMs]),
      );
      if (gone === 0) return 0;
      for (const { name } of await months.drop(beforeMs)) {
        signal?.throwIfAborted();
        await writer.submit(async (query) => {
          for (const table of ["history_replies", "history_scores"])
            await query(
              `DELETE FROM ${table}_${name} c WHERE c.validator = $1 AND NOT EXISTS (SELECT 1 FROM history_questions_${name} q
                WHERE q.validator = c.validator AND q.number = c.question AND q.asked_at_ms = c.asked_at_ms)`,
              [validator],
            );
        });
      }
      return gone;
    },
  };
}
