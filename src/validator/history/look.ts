import { type Clock, systemClock } from "../../core/index.ts";
import { type Landmark, landmarkName } from "../../schema.ts";
import type { Reply, Score } from "../../scoring/index.ts";
import type { Row, SqlValue, Store } from "../../store/index.ts";
import { createPackedReader } from "./packed-rounds.ts";

/** A question as a list shows it. */
export interface QuestionLook {
  readonly number: number;
  readonly askedAtMs: number;
  readonly askedAtSeconds: number;
  readonly stratum: string;
  readonly baseRate: number;
  readonly asked: number;
  /** Valid replies, and those that were none; both 0 while the round goes on. */
  readonly answered: number;
  readonly failed: number;
  readonly meanProbability: number | null;
  readonly state: "open" | "settled" | "void";
  readonly converted: 0 | 1 | null;
  readonly timeSeconds: number | null;
  readonly reason: string | null;
  readonly meanTotal: number | null;
}
/** One miner's reply to one question, with what it earned. */
export interface AnswerLook {
  readonly question: number;
  readonly askedAtMs: number;
  readonly landmark: string;
  readonly converted: 0 | 1 | null;
  readonly timeSeconds: number | null;
  readonly ok: boolean;
  readonly reason: string | null;
  readonly probability: number | null;
  readonly named: 0 | 1 | null;
  /** When it converts, if it does. */
  readonly predictedSeconds: number | null;
  readonly latencySeconds: number | null;
  readonly total: number | null;
  readonly prediction: number | null;
  readonly components: Readonly<Record<string, number>> | null;
}
/** A history as those look at it who must not hold up its owner: in pages, made in slices of some milliseconds. */
export interface HistoryLook {
  /** Newest first, those with a smaller number than `before`. */
  questions(query: { readonly before: number; readonly limit: number }): Promise<QuestionLook[]>;
  /**
   * Scored replies of one hotkey, newest first: of the questions before `before`, at most `questions` of them.
   */
  answers(query: {
    readonly hotkey: string;
    readonly before: number;
    readonly questions: number;
  }): AsyncGenerator<AnswerLook, void, undefined>;
}

/** A slice is made larger below the first, and smaller above the second, ms. */
const [QUICK_MS, SLOW_MS] = [2, 4];
const MAX_SLICE = 256;

/** How many questions a slice has: as many as the last ones say. */
function createSlices(clock: Pick<Clock, "monotonicMs">) {
  let size = 4;
  return {
    get size() {
      return size;
    },
    async take<T>(work: () => T): Promise<T> {
      const startedMs = clock.monotonicMs();
      const result = work();
      const tookMs = clock.monotonicMs() - startedMs;
      if (tookMs < QUICK_MS) size = Math.min(MAX_SLICE, size * 2);
      else if (tookMs > SLOW_MS) size = Math.max(1, Math.floor(size / 2));
      await new Promise((resolve) => setImmediate(resolve));
      return result;
    },
  };
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

/** A reply with what it earned, as a list shows it. */
export function answerLook(
  {
    number,
    ...question
  }: Pick<AnswerLook, "askedAtMs" | "landmark" | "converted" | "timeSeconds"> & { readonly number: number },
  reply: Reply | undefined,
  score: Score | undefined,
): AnswerLook {
  const answer = reply?.ok === true ? reply.answer : null;
  const named = answer?.conversionHappened ?? null;
  return {
    question: number,
    ...question,
    ok: answer !== null && (score?.invalid ?? null) === null,
    reason: reply?.ok === false ? reply.reason : (score?.invalid ?? null),
    probability: answer === null ? null : (answer.confidence ?? 0.5),
    named,
    predictedSeconds:
      answer?.timeIfConvertedSeconds ?? (named === 1 ? (answer?.timeToConversionSeconds ?? null) : null),
    latencySeconds: reply?.latencySeconds ?? null,
    total: score?.total ?? null,
    prediction: score?.prediction ?? null,
    components: score?.components ?? null,
  };
}

const numberOf = (value: SqlValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
const outcomeOf = (row: Row): 0 | 1 | null => (row.converted === null ? null : row.converted === 1 ? 1 : 0);
function landmarkOf(row: Row): string {
  const messages = numberOf(row.landmark_messages);
  const landmark: Landmark = messages === null ? { seconds: Number(row.landmark_seconds) } : { messages };
  return landmarkName(landmark);
}

const QUESTIONS = `SELECT number, asked_at_ms, asked_at_seconds, stratum, base_rate, json_array_length(asked) AS asked, scored, converted,
  time_seconds, reason FROM history_questions WHERE number < ? ORDER BY number DESC LIMIT ?`;
const REPLIES = "SELECT * FROM history_replies WHERE question BETWEEN ? AND ?";
const SCORES = "SELECT * FROM history_scores WHERE question BETWEEN ? AND ?";
const OUTCOMES = `SELECT number, asked_at_ms, converted, time_seconds, landmark_messages, landmark_seconds, scored
  FROM history_questions WHERE number < ? ORDER BY number DESC LIMIT ?`;

/**
 * A look at a history in SQLite: a round is two cells, of which a page reads no more than it shows. One miner's answers are found by
 * walking the latest questions back, which needs no index that every answer would pay for.
 *
 * @example
 * await createHistoryLook(store).questions({ before: Number.MAX_SAFE_INTEGER, limit: 50 }); // []
 */
export function createHistoryLook(
  store: Store,
  { clock = systemClock }: { readonly clock?: Pick<Clock, "monotonicMs"> } = {},
): HistoryLook {
  const { sql } = store;
  const read = createPackedReader(store.path);
  const between = (query: string, rows: readonly Row[]) => {
    const found = sql.all(query, Number(rows.at(-1)?.number ?? 0), Number(rows[0]?.number ?? -1));
    return new Map(found.map((row) => [Number(row.question), row]));
  };

  const pageOf = (before: number, count: number): QuestionLook[] => {
    const rows = sql.all(QUESTIONS, before, count);
    const [allReplies, allScores] = [between(REPLIES, rows), between(SCORES, rows)];
    return rows.map((row): QuestionLook => {
      const number = Number(row.number);
      const [replies, scores] = [read.replies(allReplies.get(number)), read.scores(allScores.get(number))];
      const good: number[] = [];
      for (const [id, reply] of replies)
        if (reply.ok && (scores.get(id)?.invalid ?? null) === null) good.push(reply.answer.confidence ?? 0.5);
      const asked = Number(row.asked);
      const over = replies.size > 0 || scores.size > 0;
      return {
        number,
        askedAtMs: Number(row.asked_at_ms),
        askedAtSeconds: Number(row.asked_at_seconds),
        stratum: String(row.stratum),
        baseRate: Number(row.base_rate),
        asked,
        answered: good.length,
        failed: over ? asked - good.length : 0,
        meanProbability: mean(good),
        state: row.scored === 0 ? "open" : row.converted === null ? "void" : "settled",
        converted: row.scored === 0 ? null : outcomeOf(row),
        timeSeconds: row.scored === 0 ? null : numberOf(row.time_seconds),
        reason: row.scored === 0 ? null : String(row.reason),
        meanTotal: mean([...scores.values()].map(({ total }) => total)),
      };
    });
  };

  const answersOf = (before: number, count: number, id: number) => {
    const rows = sql.all(OUTCOMES, before, count);
    const [allReplies, allScores] = [between(REPLIES, rows), between(SCORES, rows)];
    const found = rows.flatMap((row): AnswerLook[] => {
      if (row.scored === 0) return [];
      const number = Number(row.number);
      const [reply, score] = [read.replyOf(allReplies.get(number), id), read.scoreOf(allScores.get(number), id)];
      if (reply === undefined && score === undefined) return [];
      const question = { number, askedAtMs: Number(row.asked_at_ms), landmark: landmarkOf(row) };
      return [
        answerLook({ ...question, converted: outcomeOf(row), timeSeconds: numberOf(row.time_seconds) }, reply, score),
      ];
    });
    return { found, seen: rows.length, floor: Number(rows.at(-1)?.number ?? 0) };
  };

  return {
    async questions({ before, limit }) {
      const slices = createSlices(clock);
      const found: QuestionLook[] = [];
      for (let from = before; found.length < limit; ) {
        const count = Math.min(slices.size, limit - found.length);
        const page = await slices.take(() => pageOf(from, count));
        found.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < count) break;
        from = last.number;
      }
      return found;
    },
    async *answers({ hotkey, before, questions }) {
      const id = sql.get("SELECT id FROM history_hotkeys WHERE hotkey = ?", hotkey)?.id;
      if (id === undefined) return;
      const slices = createSlices(clock);
      for (let [from, left] = [before, questions]; left > 0; ) {
        const count = Math.min(slices.size, left);
        const { found, seen, floor } = await slices.take(() => answersOf(from, count, Number(id)));
        yield* found;
        if (seen < count) return;
        [from, left] = [floor, left - count];
      }
    },
  };
}
