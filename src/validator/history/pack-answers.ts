import type { Reply, Score } from "../../scoring/index.ts";
import type { Row, Sql, SqlValue } from "../../store/index.ts";
import { writeReplies, writeScores } from "./packed-rounds.ts";

const nullable = (value: SqlValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
const answerOf = (
  happened: unknown,
  time: unknown,
  confidence: SqlValue | undefined,
  timeIf: SqlValue | undefined,
) => ({
  conversionHappened: happened === 1 ? (1 as const) : (0 as const),
  timeToConversionSeconds: Number(time),
  confidence: nullable(confidence),
  timeIfConvertedSeconds: nullable(timeIf),
});

function replyOf(row: Row): Reply {
  const latency = nullable(row.latency_seconds);
  if (row.failure !== null) return { ok: false, reason: String(row.failure), latencySeconds: latency };
  const { conversion_happened, time_to_conversion_seconds, confidence, time_if_converted_seconds } = row;
  const answer = answerOf(conversion_happened, time_to_conversion_seconds, confidence, time_if_converted_seconds);
  return { ok: true, latencySeconds: latency ?? 0, answer };
}
const scoreOf = (row: Row): Score => ({
  total: Number(row.total),
  prediction: Number(row.prediction),
  components: JSON.parse(String(row.components)),
  invalid: row.invalid === null ? null : String(row.invalid),
  best: Number(row.best),
  latencySeconds: nullable(row.score_latency_seconds),
});

/** What a round that was not scored brought: `[hotkey, latency, failure | [class, time, confidence, time if converted]]`. */
type WaitingReply = [number, number | null, string | [number, number, number | null, number | null]];
const waitingOf = ([id, latency, rest]: WaitingReply): [number, Reply] => [
  id,
  typeof rest === "string"
    ? { ok: false, reason: rest, latencySeconds: latency }
    : { ok: true, latencySeconds: latency ?? 0, answer: answerOf(...rest) },
];

/** Version 3 of the tables: what stood in a row for each hotkey, and in a text before that, is a cell a round. */
export function packAnswers(sql: Sql): void {
  for (const { question, replies } of sql.all("SELECT question, replies FROM history_rounds")) {
    const waiting: WaitingReply[] = JSON.parse(String(replies));
    writeReplies(sql, Number(question), waiting.map(waitingOf));
  }
  const numbers = sql.all("SELECT DISTINCT question FROM history_answers").map(({ question }) => Number(question));
  for (const number of numbers) {
    const rows = sql.all("SELECT * FROM history_answers WHERE question = ? ORDER BY place", number);
    const replied = rows.filter(({ replied: is }) => is === 1);
    const scored = rows.filter(({ total }) => total !== null);
    const byHotkey = <T>(all: readonly Row[], of: (row: Row) => T) =>
      all.map((row) => [Number(row.hotkey), of(row)] as const);
    writeReplies(sql, number, byHotkey(replied, replyOf), { scored: true });
    if (scored.length > 0) writeScores(sql, number, byHotkey(scored, scoreOf));
  }
  sql.run("DROP TABLE history_answers");
  sql.run("DROP TABLE history_rounds");
}
