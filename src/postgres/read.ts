import {
  createPackedReader,
  createRowReader,
  type HistoryStore,
  LAST_NUMBER,
  type OpenRecord,
  type QuestionRecord,
  REPLY_BYTES,
  type RecordsQuery,
  type StandingRecord,
  type WeightsRecord,
} from "../validator/index.ts";
import type { Ids } from "./ids.ts";
import type { PgRow, Query, Session } from "./session.ts";
import { standingsIn } from "./standings.ts";
import { INFO } from "./statements.ts";

/** Records, and truths, that are read at once. */
const [PAGE, TRUTHS] = [100, 1_000];

/** The half of the port that reads. */
export type HistoryReads = Pick<
  HistoryStore,
  | "question"
  | "latest"
  | "lastNumber"
  | "open"
  | "records"
  | "truths"
  | "prunedStrata"
  | "standings"
  | "weights"
  | "value"
  | "info"
>;

/** What every read needs. */
export interface ReadModules {
  readonly session: Session;
  readonly ids: Ids;
  readonly validator: number;
  /** For people: where what cannot be read lies. */
  readonly address: string;
}

/** A condition for each part of a query that is given. */
function conditionOf(query: RecordsQuery, validator: number, mode: number | null) {
  const values: (number | null)[] = [validator];
  const parts = ["q.validator = $1"];
  const add = (text: string, value: number | null) => {
    values.push(value);
    parts.push(`${text} $${values.length}`);
  };
  if (query.fromMs !== undefined) add("q.asked_at_ms >=", query.fromMs);
  if (query.toMs !== undefined) add("q.asked_at_ms <", query.toMs);
  if (query.mode !== undefined) add("q.mode =", mode);
  if (query.order !== "asked") parts.push("q.scored = 1");
  return { where: parts.join(" AND "), values };
}

/** Reads one validator's history; every statement may be repeated. */
export function createReads({ session, ids, validator, address }: ReadModules): HistoryReads {
  const read = createRowReader(address);
  const packed = createPackedReader(address);
  const ask = (text: string, ...values: readonly (string | number | null)[]) =>
    session.run((query) => query(text, [validator, ...values])).then(({ rows }) => rows);
  const idsOf = (row: PgRow) => (row.asked === undefined ? [] : read.list(row.asked));

  /** What no row names is damage, which the reader says. */
  const nameOf = (id: number) => ids.hotkeyOf(id) ?? read.list(`hotkey ${id}`).join();
  /** Names for what these rows point to. */
  const learn = async (query: Query, rows: readonly PgRow[], cells: readonly Iterable<number>[]) => {
    const isKnown =
      rows.every(
        (row) => ids.modeOf(Number(row.mode)) !== undefined && idsOf(row).every((id) => ids.hotkeyOf(id) !== undefined),
      ) && cells.every((some) => [...some].every((id) => ids.hotkeyOf(id) !== undefined));
    if (!isKnown) await ids.load(query);
  };
  const recordsOf = async (query: Query, rows: readonly PgRow[]): Promise<QuestionRecord[]> => {
    if (rows.length === 0) return [];
    const times = rows.map((row) => Number(row.asked_at_ms));
    const of = async (table: string, wanted: readonly PgRow[]) => {
      if (wanted.length === 0) return new Map<number, PgRow>();
      const text = `SELECT * FROM ${table} WHERE validator = $1 AND question = ANY($2::bigint[]) AND asked_at_ms BETWEEN $3 AND $4`;
      const numbers = wanted.map(({ number }) => Number(number));
      const found = await query(text, [validator, numbers, Math.min(...times), Math.max(...times)]);
      return new Map(found.rows.map((row) => [Number(row.question), row]));
    };
    const replyRows = await of("history_replies", rows);
    const scoreRows = await of(
      "history_scores",
      rows.filter(({ scored }) => scored === 1),
    );
    const cells = rows.map((row) => ({
      replies: packed.replies(replyRows.get(Number(row.number))),
      scores: packed.scores(scoreRows.get(Number(row.number))),
    }));
    await learn(
      query,
      rows,
      cells.flatMap(({ replies, scores }) => [replies.keys(), scores.keys()]),
    );
    const named = <T>(byId: ReadonlyMap<number, T>) => new Map([...byId].map(([id, value]) => [nameOf(id), value]));
    return rows.map((row, i): QuestionRecord => {
      const question = read.question({ ...row, ...ids.modeOf(Number(row.mode)) }, nameOf);
      const replies = named(cells[i]?.replies ?? new Map());
      const known = row.scored === 1 ? read.known(row) : null;
      return {
        ...question,
        replies,
        settled: known === null ? null : { ...known, scores: named(cells[i]?.scores ?? new Map()) },
      };
    });
  };

  async function* pages(wanted: RecordsQuery): AsyncGenerator<QuestionRecord> {
    const { mode: stored, last: most } = wanted;
    const mode = stored === undefined ? null : await session.run((query) => ids.knownMode(query, stored));
    if (stored !== undefined && mode === null) return;
    const key = wanted.order === "asked" ? "number" : "settled_order";
    const { where, values } = conditionOf(wanted, validator, mode);
    let after = -1;
    if (most !== undefined) {
      if (most < 1) return;
      const nth = `SELECT q.${key} AS k FROM history_questions q WHERE ${where} AND q.${key} IS NOT NULL
        ORDER BY q.${key} DESC LIMIT 1 OFFSET $${values.length + 1}`;
      const { rows } = await session.run((query) => query(nth, [...values, most - 1]));
      if (rows[0] !== undefined) after = Number(rows[0].k) - 1;
    }
    const next = `SELECT q.* FROM history_questions q WHERE ${where} AND q.${key} > $${values.length + 1} ORDER BY q.${key} LIMIT ${PAGE}`;
    for (;;) {
      const { rows, records } = await session.run(async (query) => {
        const found = (await query(next, [...values, after])).rows;
        return { rows: found, records: await recordsOf(query, found) };
      });
      yield* records;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = Number(last[key]);
    }
  }

  return {
    async question(questionNumber) {
      const text = "SELECT * FROM history_questions WHERE validator = $1 AND number = $2";
      const found = await session.run(async (query) =>
        recordsOf(query, (await query(text, [validator, questionNumber])).rows),
      );
      return found[0];
    },
    latest: async (limit) => {
      const rows = await ask(
        "SELECT number FROM history_questions WHERE validator = $1 ORDER BY number DESC LIMIT $2",
        limit,
      );
      return rows.map(({ number }) => Number(number));
    },
    async lastNumber() {
      const text = `SELECT greatest((SELECT max(number) FROM history_questions WHERE validator = $1),
        (SELECT value::bigint FROM history_values WHERE validator = $1 AND name = $2), 0) AS n`;
      const rows = await ask(text, LAST_NUMBER);
      return Number(rows[0]?.n ?? 0);
    },
    open: () =>
      session.run(async (query) => {
        const text = `SELECT * FROM history_questions WHERE validator = $1 AND scored = 0
          ORDER BY settled_order IS NULL, settled_order, number`;
        const { rows } = await query(text, [validator]);
        const records = await recordsOf(query, rows);
        return records.map((record, i): OpenRecord => ({ ...record, settled: null, known: read.known(rows[i] ?? {}) }));
      }),
    records: (query = {}) => pages(query),
    async *truths() {
      const next = `SELECT number, stratum, settled_order, converted, time_seconds FROM history_questions
        WHERE validator = $1 AND number > $2 ORDER BY number LIMIT ${TRUTHS}`;
      for (let after = 0; ; ) {
        const rows = await ask(next, after);
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
      (await ask('SELECT * FROM history_strata WHERE validator = $1 ORDER BY stratum COLLATE "C"')).map((row) => ({
        stratum: String(row.stratum),
        settled: Number(row.settled),
        converted: Number(row.converted),
      })),
    standings: (mode) =>
      session.run(async (query) => {
        const id = await ids.knownMode(query, mode);
        const text = "SELECT * FROM history_standings WHERE validator = $1 AND mode = $2 ORDER BY cell";
        const { rows } = id === null ? { rows: [] } : await query(text, [validator, id]);
        const found = rows.flatMap((row) => [...standingsIn(row)]).sort(([a], [b]) => a - b);
        await learn(query, [], [found.map(([hotkey]) => hotkey)]);
        return found.map(([hotkey, sums]): StandingRecord => ({ hotkey: nameOf(hotkey), ...sums }));
      }),
    weights: async (limit) =>
      (await ask("SELECT * FROM history_weights WHERE validator = $1 ORDER BY sequence DESC LIMIT $2", limit)).map(
        (row): WeightsRecord => ({
          setAtMs: Number(row.set_at_ms),
          block: Number(row.block),
          shares: new Map(Object.entries(read.numbers(row.shares))),
        }),
      ),
    async value(name) {
      const rows = await ask("SELECT value FROM history_values WHERE validator = $1 AND name = $2", name);
      return rows[0] === undefined ? null : String(rows[0].value);
    },
    async info() {
      const [row = {}] = await ask(INFO);
      const modes = await ask(`SELECT m.id, m.name, m.version, m.constants, (SELECT count(*) FROM history_questions q
        WHERE q.validator = m.validator AND q.mode = m.id) AS n FROM history_modes m WHERE m.validator = $1 ORDER BY m.id`);
      const [questions, open, settled] = [Number(row.questions), Number(row.open), Number(row.settled)];
      return {
        questions,
        open,
        settled,
        void: questions - open - settled,
        answers: Number(row.bytes) / REPLY_BYTES,
        hotkeys: Number(row.hotkeys),
        pruned: Number(row.pruned),
        firstAskedAtMs: questions === 0 ? null : Number(row.first),
        lastAskedAtMs: questions === 0 ? null : Number(row.last),
        weightsSet: Number(row.weights),
        modes: modes.map((mode) => ({ ...read.mode(mode), questions: Number(mode.n) })),
      };
    },
  };
}
