import { forgottenMarks, type Row, type Store } from "../../store/index.ts";

/** Rows of a history in SQLite as they are, for a copy of it elsewhere: numbers of hotkeys and modes stay what they are. */
export interface HistoryTables {
  /** All that is small beside questions and answers, by table without its `history_`. */
  small(): ReadonlyMap<string, readonly Row[]>;
  /** How many questions, and the highest place in the order of scoring: whether it is as it was. */
  count(): { readonly questions: number; readonly lastSettled: number };
  /** Questions after a number with their rounds and scores, by number. */
  page(
    after: number,
    limit: number,
  ): { readonly questions: readonly Row[]; readonly replies: readonly Row[]; readonly scores: readonly Row[] };
  readonly forgotten: ReturnType<typeof forgottenMarks>;
}

const SMALL = ["hotkeys", "modes", "standings", "weights", "values", "strata", "days", "hotkey_days"];

/**
 * Reads the tables of a history in SQLite.
 *
 * @example
 * historyTables(store).count(); // { questions: 0, lastSettled: 0 }
 */
export function historyTables(store: Store): HistoryTables {
  const { sql } = store;
  return {
    small: () => new Map(SMALL.map((table) => [table, sql.all(`SELECT * FROM history_${table} ORDER BY 1`)])),
    count() {
      const row = sql.get("SELECT count(*) AS n, coalesce(max(settled_order), 0) AS last FROM history_questions");
      return { questions: Number(row?.n ?? 0), lastSettled: Number(row?.last ?? 0) };
    },
    page(after, limit) {
      const questions = sql.all(
        "SELECT * FROM history_questions WHERE number > ? ORDER BY number LIMIT ?",
        after,
        limit,
      );
      const [from, to] = [Number(questions[0]?.number ?? 0), Number(questions.at(-1)?.number ?? -1)];
      const between = (table: string) =>
        sql.all(`SELECT * FROM history_${table} WHERE question BETWEEN ? AND ?`, from, to);
      return { questions, replies: between("replies"), scores: between("scores") };
    },
    forgotten: forgottenMarks(sql),
  };
}
