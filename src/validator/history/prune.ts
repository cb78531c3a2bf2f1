import type { Sql, SqlValue, Store } from "../../store/index.ts";
import { createPackedReader, type PackedReader } from "./packed-rounds.ts";
import { type HistoryStore, KEPT_QUESTIONS } from "./port.ts";

/** Questions that go in one transaction: a validator that runs beside waits for no longer than this takes. */
const AT_ONCE = 100;
const DAY = "strftime('%Y-%m-%d', q.asked_at_ms / 1000, 'unixepoch')";

/** Name of the value with the highest number of what is pruned: no number is given twice. */
export const LAST_NUMBER = "last pruned number";
const KEEP_LAST_NUMBER = `INSERT OR REPLACE INTO history_values
  SELECT ?1, CAST(max(max(number), coalesce((SELECT CAST(value AS INTEGER) FROM history_values WHERE name = ?1), 0)) AS TEXT)
  FROM history_questions HAVING count(*) > 0`;

/** Adds what is left of some questions to the counts by stratum, by day and by hotkey. */
const COUNT = [
  `INSERT INTO history_strata SELECT q.stratum, count(*), sum(q.converted) FROM history_questions q
   WHERE q.settled_order BETWEEN ? AND ? AND q.scored = 1 AND q.asked_at_ms < ? AND q.converted IS NOT NULL GROUP BY q.stratum
   ON CONFLICT DO UPDATE SET settled = settled + excluded.settled, converted = converted + excluded.converted`,
  `INSERT INTO history_days SELECT ${DAY}, q.mode, q.stratum, count(*), sum(q.converted IS NULL), sum(coalesce(q.converted, 0))
   FROM history_questions q WHERE q.settled_order BETWEEN ? AND ? AND q.scored = 1 AND q.asked_at_ms < ? GROUP BY 1, 2, 3
   ON CONFLICT DO UPDATE SET questions = questions + excluded.questions, void = void + excluded.void,
     converted = converted + excluded.converted`,
];

const UPSERT_HOTKEY_DAY = `INSERT INTO history_hotkey_days VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET asked = asked + excluded.asked, answered = answered + excluded.answered,
    total = total + excluded.total, prediction = prediction + excluded.prediction`;
/** The same by hotkey, whose scores are packed. */
function countHotkeys(sql: Sql, packed: PackedReader, which: readonly number[]): void {
  const days = new Map<string, { day: SqlValue; mode: SqlValue; id: number; sums: [number, number, number, number] }>();
  const rows = sql.all(
    `SELECT ${DAY} AS day, q.mode, s.* FROM history_questions q JOIN history_scores s ON s.question = q.number
     WHERE q.settled_order BETWEEN ? AND ? AND q.scored = 1 AND q.asked_at_ms < ?`,
    ...which,
  );
  for (const row of rows) {
    const { day = null, mode = null } = row;
    for (const [id, { total, prediction, invalid }] of packed.scores(row)) {
      const key = `${day} ${mode} ${id}`;
      const one = days.get(key) ?? { day, mode, id, sums: [0, 0, 0, 0] };
      days.set(key, one);
      const [asked, answered, totals, predictions] = one.sums;
      one.sums = [asked + 1, answered + (invalid === null ? 1 : 0), totals + total, predictions + prediction];
    }
  }
  for (const { day, mode, id, sums } of days.values()) sql.run(UPSERT_HOTKEY_DAY, day, mode, id, ...sums);
}

/** The oldest settled questions, as far as age and `keep` allow; younger ones may lie between them. */
function nextStretch(sql: Pick<Sql, "get">, beforeMs: number, keep: number): { from: number; to: number } | null {
  const row = sql.get(
    `SELECT min(settled_order) AS f, max(settled_order) AS t FROM (
       SELECT settled_order FROM history_questions WHERE settled_order > 0 AND scored = 1 AND asked_at_ms < ?
         AND settled_order <= coalesce((SELECT settled_order FROM history_questions WHERE settled_order > 0 AND scored = 1
           ORDER BY settled_order DESC LIMIT 1 OFFSET ?), 0)
       ORDER BY settled_order LIMIT ${AT_ONCE})`,
    beforeMs,
    keep,
  );
  return row === undefined || row.f === null || row.t === null ? null : { from: Number(row.f), to: Number(row.t) };
}

/** What takes things out of a history in SQLite. */
export function createPruning(store: Store): Pick<HistoryStore, "prune" | "forget"> {
  const packed = createPackedReader(store.path);
  return {
    async prune({ beforeMs, keep = KEPT_QUESTIONS, signal }) {
      let gone = 0;
      for (;;) {
        signal?.throwIfAborted();
        const removed = await store.submit((sql) => {
          const stretch = nextStretch(sql, beforeMs, keep);
          if (stretch === null) return 0;
          const which = [stretch.from, stretch.to, beforeMs] as const;
          sql.run(KEEP_LAST_NUMBER, LAST_NUMBER);
          for (const statement of COUNT) sql.run(statement, ...which);
          countHotkeys(sql, packed, which);
          return sql.run(
            "DELETE FROM history_questions WHERE settled_order BETWEEN ? AND ? AND scored = 1 AND asked_at_ms < ?",
            ...which,
          );
        });
        if (removed === 0) return gone;
        gone += removed;
      }
    },
    async forget(conversationId) {
      if (conversationId === "") return 0;
      return store.submit((sql) =>
        sql.run(
          "UPDATE history_questions SET conversation = NULL, features = NULL, told_by = NULL WHERE conversation = ?",
          conversationId,
        ),
      );
    },
  };
}
