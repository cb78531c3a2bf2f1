import { forgottenIn, type Row, type Sql, type SqlValue, type Store } from "../../store/index.ts";
import { createIds } from "./ids.ts";
import { createInserter } from "./insert-many.ts";
import { createPackedReader, REPLY_BYTES, writeReplies, writeScores } from "./packed-rounds.ts";
import type { HistoryStore, OpenRecord, QuestionRecord, RecordsQuery, StandingRecord, WeightsRecord } from "./port.ts";
import { createPruning, LAST_NUMBER } from "./prune.ts";
import { createReader, featuresText } from "./rows.ts";

/** Records read at once. */
const PAGE = 100;
const COLUMNS = `q.*, m.name, m.version, m.constants FROM history_questions q JOIN history_modes m ON m.id = q.mode`;

const INSERT_QUESTION = `INSERT OR IGNORE INTO history_questions (
  number, conversation, session_id, stratum, landmark_messages, landmark_seconds, horizon_seconds, features,
  asked_at_seconds, asked_at_ms, asked, class_weight_0, class_weight_1, base_rate, median_time_seconds, mode
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const SETTLE = `UPDATE history_questions SET
  settled_order = coalesce(settled_order, (SELECT coalesce(max(settled_order), 0) + 1 FROM history_questions)),
  settled_at_seconds = ?, converted = ?, time_seconds = ?, reason = ?, told_by = ?, scored = ?
  WHERE number = ? AND scored = 0`;
const upsertStandings = createInserter("INSERT OR REPLACE INTO history_standings", 7);

/** A condition for each part of a query that is given. */
function conditionOf(query: RecordsQuery, mode: number | null): { where: string; values: SqlValue[] } {
  const parts: [string, SqlValue][] = [];
  if (query.fromMs !== undefined) parts.push(["q.asked_at_ms >= ?", query.fromMs]);
  if (query.toMs !== undefined) parts.push(["q.asked_at_ms < ?", query.toMs]);
  if (query.mode !== undefined) parts.push(["q.mode = ?", mode]);
  if (query.order !== "asked") parts.push(["q.scored = ?", 1]);
  const where = parts.map(([text]) => text).join(" AND ");
  return { where: where === "" ? "1" : where, values: parts.map(([, value]) => value) };
}

/**
 * A history in SQLite, in a store opened with {@link HISTORY_SCHEMA} (others may keep their tables in it too).
 *
 * @example
 * const store = await openStore("history.db", { schemas: [HISTORY_SCHEMA] });
 * await createSqliteHistory(store).lastNumber(); // 0
 */
export function createSqliteHistory(store: Store): HistoryStore {
  const { sql } = store;
  const ids = createIds(store);
  const read = createReader(store.path);
  const packed = createPackedReader(store.path);
  const count = (query: string, ...values: SqlValue[]) => Number(sql.get(query, ...values)?.n ?? 0);

  const recordOf = (row: Row): QuestionRecord => {
    const question = read.question(row, ids.hotkeyOf);
    const number = question.open.number;
    const known = row.scored === 0 ? null : read.known(row);
    const byHotkey = <T>(byId: ReadonlyMap<number, T>) =>
      new Map([...byId].map(([id, value]) => [ids.hotkeyOf(id), value]));
    const replies = byHotkey(packed.replies(sql.get("SELECT * FROM history_replies WHERE question = ?", number)));
    if (known === null) return { ...question, replies, settled: null };
    const scores = byHotkey(packed.scores(sql.get("SELECT * FROM history_scores WHERE question = ?", number)));
    return { ...question, replies, settled: { ...known, scores } };
  };

  const writeStandings = (
    write: Sql,
    mode: number,
    hotkeys: readonly number[],
    standings: readonly StandingRecord[],
  ) => {
    const rows = standings.map(({ asked, answered, weighted, total, prediction }, i) => [
      ...[mode, hotkeys[i] ?? 0, asked, answered, weighted, total, prediction],
    ]);
    upsertStandings(write, rows);
  };

  async function* pages(query: RecordsQuery): AsyncGenerator<QuestionRecord> {
    const mode = query.mode === undefined ? null : ids.knownMode(query.mode);
    if (query.mode !== undefined && mode === null) return;
    const key = query.order === "asked" ? "q.number" : "q.settled_order";
    const { where, values } = conditionOf(query, mode);
    let after: SqlValue = -1;
    if (query.last !== undefined) {
      if (query.last < 1) return;
      const nth = `SELECT ${key} AS k FROM history_questions q WHERE ${where} ORDER BY k DESC LIMIT 1 OFFSET ?`;
      const floor = sql.get(nth, ...values, query.last - 1)?.k;
      if (floor !== undefined) after = Number(floor) - 1;
    }
    const next = `SELECT ${COLUMNS} WHERE ${where} AND ${key} > ? ORDER BY ${key} LIMIT ${PAGE}`;
    for (;;) {
      const rows = sql.all(next, ...values, after);
      for (const row of rows) yield recordOf(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = (query.order === "asked" ? last.number : last.settled_order) ?? -1;
    }
  }

  return {
    async recordQuestion(question) {
      const { open, frozen } = question;
      const [mode, asked] = [await ids.mode(question.mode), await ids.hotkeys(question.asked)];
      const { landmark } = open;
      await store.submit((write) => {
        const forgotten = forgottenIn(write)(open.conversationId);
        write.run(
          INSERT_QUESTION,
          open.number,
          forgotten ? null : open.conversationId,
          open.question.sessionId,
          open.stratum,
          "messages" in landmark ? landmark.messages : null,
          "seconds" in landmark ? landmark.seconds : null,
          open.question.horizonSeconds,
          forgotten ? null : featuresText(question),
          open.askedAtSeconds,
          question.askedAtMs,
          JSON.stringify(asked),
          frozen.classWeights[0],
          frozen.classWeights[1],
          frozen.baseRate,
          frozen.medianTimeSeconds,
          mode,
        );
      });
    },
    async recordReplies(questionNumber, replies) {
      const numbers = await ids.hotkeys([...replies.keys()]);
      const byId = [...replies.values()].map((reply, i) => [numbers[i] ?? 0, reply] as const);
      await store.submit((write) => writeReplies(write, questionNumber, byId));
    },
    async recordTruth(questionNumber, { truth, reason, toldBy, atSeconds }) {
      const values = [
        atSeconds,
        truth?.converted ?? null,
        truth?.timeSeconds ?? null,
        reason,
        toldBy ?? null,
        0,
        questionNumber,
      ] as const;
      await store.submit((write) => write.run(`${SETTLE} AND settled_order IS NULL`, ...values));
    },
    async recordMode(questionNumber, mode) {
      const id = await ids.mode(mode);
      const update = "UPDATE history_questions SET mode = ? WHERE number = ? AND scored = 0";
      await store.submit((write) => write.run(update, id, questionNumber));
    },
    async recordStandings(mode, standings) {
      const id = await ids.mode(mode);
      const hotkeys = await ids.hotkeys(standings.map(({ hotkey }) => hotkey));
      await store.submit((write) => writeStandings(write, id, hotkeys, standings));
    },
    async recordSettled(questionNumber, { truth, reason, toldBy, atSeconds, scores }, standings) {
      const scored = await ids.hotkeys([...scores.keys()]);
      const moved = await ids.hotkeys(standings.map(({ hotkey }) => hotkey));
      const byId = [...scores.values()].map((score, i) => [scored[i] ?? 0, score] as const);
      await store.submit((write) => {
        const settled = [
          atSeconds,
          truth?.converted ?? null,
          truth?.timeSeconds ?? null,
          reason,
          toldBy ?? null,
          1,
        ] as const;
        if (write.run(SETTLE, ...settled, questionNumber) === 0) return;
        const question = write.get("SELECT mode FROM history_questions WHERE number = ?", questionNumber);
        if (byId.length > 0) writeScores(write, questionNumber, byId);
        writeStandings(write, Number(question?.mode), moved, standings);
      });
    },
    async recordWeights({ setAtMs, block, shares }) {
      const text = JSON.stringify(Object.fromEntries(shares));
      const insert = "INSERT INTO history_weights (set_at_ms, block, shares) VALUES (?, ?, ?)";
      await store.submit((write) => write.run(insert, setAtMs, block, text));
    },
    async setValue(name, value) {
      await store.submit((write) =>
        value === null
          ? write.run("DELETE FROM history_values WHERE name = ?", name)
          : write.run("INSERT OR REPLACE INTO history_values VALUES (?, ?)", name, value),
      );
    },

    async question(questionNumber) {
      const row = sql.get(`SELECT ${COLUMNS} WHERE q.number = ?`, questionNumber);
      return row && recordOf(row);
    },
    latest: async (limit) =>
      sql
        .all("SELECT number FROM history_questions ORDER BY number DESC LIMIT ?", limit)
        .map(({ number }) => Number(number)),
    lastNumber: async () =>
      Math.max(
        count("SELECT max(number) AS n FROM history_questions"),
        count("SELECT CAST(value AS INTEGER) AS n FROM history_values WHERE name = ?", LAST_NUMBER),
      ),
    open: async () =>
      sql
        .all(`SELECT ${COLUMNS} WHERE q.scored = 0 ORDER BY q.settled_order IS NULL, q.settled_order, q.number`)
        .map((row): OpenRecord => ({ ...recordOf(row), settled: null, known: read.known(row) })),
    records: (query = {}) => pages(query),
    async *truths() {
      const next = `SELECT number, stratum, settled_order, converted, time_seconds FROM history_questions
        WHERE number > ? ORDER BY number LIMIT 1000`;
      for (let after = 0; ; ) {
        const rows = sql.all(next, after);
        for (const row of rows) {
          const known = read.known({ ...row, reason: "", settled_at_seconds: 0 });
          yield { number: Number(row.number), stratum: String(row.stratum), truth: known?.truth };
        }
        const last = rows.at(-1);
        if (last === undefined) return;
        after = Number(last.number);
      }
    },
    prunedStrata: async () =>
      sql.all("SELECT * FROM history_strata ORDER BY stratum").map(({ stratum, settled, converted }) => ({
        stratum: String(stratum),
        settled: Number(settled),
        converted: Number(converted),
      })),
    async standings(mode) {
      const id = ids.knownMode(mode);
      if (id === null) return [];
      const rows = sql.all("SELECT * FROM history_standings WHERE mode = ? ORDER BY hotkey", id);
      return rows.map(
        (row): StandingRecord => ({
          hotkey: ids.hotkeyOf(Number(row.hotkey)),
          asked: Number(row.asked),
          answered: Number(row.answered),
          weighted: Number(row.weighted),
          total: Number(row.total),
          prediction: Number(row.prediction),
        }),
      );
    },
    weights: async (limit) =>
      sql.all("SELECT * FROM history_weights ORDER BY id DESC LIMIT ?", limit).map(
        (row): WeightsRecord => ({
          setAtMs: Number(row.set_at_ms),
          block: Number(row.block),
          shares: new Map(Object.entries(read.numbers(row.shares))),
        }),
      ),
    async value(name) {
      const value = sql.get("SELECT value FROM history_values WHERE name = ?", name)?.value;
      return value === undefined ? null : String(value);
    },
    async info() {
      const times = sql.get("SELECT min(asked_at_ms) AS first, max(asked_at_ms) AS last FROM history_questions");
      const questions = count("SELECT count(*) AS n FROM history_questions");
      const open = count("SELECT count(*) AS n FROM history_questions WHERE scored = 0");
      const settled = count("SELECT count(*) AS n FROM history_questions WHERE scored = 1 AND converted IS NOT NULL");
      const modes = sql.all(`SELECT m.name, m.version, m.constants, count(q.number) AS n FROM history_modes m
        LEFT JOIN history_questions q ON q.mode = m.id GROUP BY m.id ORDER BY m.id`);
      return {
        questions,
        open,
        settled,
        void: questions - open - settled,
        answers: count("SELECT coalesce(sum(length(numbers)), 0) AS n FROM history_replies") / REPLY_BYTES,
        hotkeys: count("SELECT count(*) AS n FROM history_hotkeys"),
        pruned: count("SELECT coalesce(sum(questions), 0) AS n FROM history_days"),
        firstAskedAtMs: questions === 0 ? null : Number(times?.first),
        lastAskedAtMs: questions === 0 ? null : Number(times?.last),
        weightsSet: count("SELECT count(*) AS n FROM history_weights"),
        modes: modes.map((row) => ({ ...read.mode(row), questions: Number(row.n) })),
      };
    },

    ...createPruning(store),
  };
}
