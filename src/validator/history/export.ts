import type { Reply, Score } from "../../scoring/index.ts";
import type { HistoryStore, QuestionRecord, RecordsQuery } from "./port.ts";

/** Columns of an exported table, with DuckDB's types: a row for each hotkey that was asked. */
export const EXPORT_COLUMNS = {
  question: "BIGINT",
  asked_at_ms: "BIGINT",
  conversation: "VARCHAR",
  stratum: "VARCHAR",
  base_rate: "DOUBLE",
  median_time_seconds: "DOUBLE",
  class_weight_0: "DOUBLE",
  class_weight_1: "DOUBLE",
  mode: "VARCHAR",
  mode_version: "INTEGER",
  settled_at_seconds: "DOUBLE",
  converted: "TINYINT",
  time_seconds: "DOUBLE",
  reason: "VARCHAR",
  told_by: "VARCHAR",
  hotkey: "VARCHAR",
  failure: "VARCHAR",
  latency_seconds: "DOUBLE",
  conversion_happened: "TINYINT",
  time_to_conversion_seconds: "DOUBLE",
  confidence: "DOUBLE",
  time_if_converted_seconds: "DOUBLE",
  total: "DOUBLE",
  prediction: "DOUBLE",
  best: "DOUBLE",
  invalid: "VARCHAR",
  components: "VARCHAR",
} as const satisfies Readonly<Record<string, string>>;
type Cells = Readonly<Record<keyof typeof EXPORT_COLUMNS, string | number | null>>;

const NAMES = Object.keys(EXPORT_COLUMNS) as readonly (keyof typeof EXPORT_COLUMNS)[];

function cellsOf(record: QuestionRecord, hotkey: string, reply: Reply | undefined, score: Score | undefined): Cells {
  const { open, frozen, mode, settled } = record;
  const answer = reply?.ok === true ? reply.answer : null;
  return {
    question: open.number,
    asked_at_ms: record.askedAtMs,
    conversation: open.conversationId,
    stratum: open.stratum,
    base_rate: frozen.baseRate,
    median_time_seconds: frozen.medianTimeSeconds,
    class_weight_0: frozen.classWeights[0],
    class_weight_1: frozen.classWeights[1],
    mode: mode.name,
    mode_version: mode.version,
    settled_at_seconds: settled?.atSeconds ?? null,
    converted: settled?.truth?.converted ?? null,
    time_seconds: settled?.truth?.timeSeconds ?? null,
    reason: settled?.reason ?? null,
    told_by: settled?.toldBy ?? null,
    hotkey,
    failure: reply === undefined ? "not recorded" : reply.ok ? null : reply.reason,
    latency_seconds: reply?.latencySeconds ?? null,
    conversion_happened: answer?.conversionHappened ?? null,
    time_to_conversion_seconds: answer?.timeToConversionSeconds ?? null,
    confidence: answer?.confidence ?? null,
    time_if_converted_seconds: answer?.timeIfConvertedSeconds ?? null,
    total: score?.total ?? null,
    prediction: score?.prediction ?? null,
    best: score?.best ?? null,
    invalid: score?.invalid ?? null,
    components: score === undefined ? null : JSON.stringify(score.components),
  };
}

const written = (cell: string | number | null): string => {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * A history as lines of a CSV: a header, then a row for each hotkey that was asked, by the question's number. What is unknown is blank.
 *
 * @example
 * for await (const line of exportCsv(history)) console.log(line); // "question,asked_at_ms,…"
 */
export async function* exportCsv(
  history: Pick<HistoryStore, "records">,
  query: Omit<RecordsQuery, "order"> = {},
): AsyncGenerator<string, void, undefined> {
  yield NAMES.join(",");
  for await (const record of history.records({ ...query, order: "asked" })) {
    for (const hotkey of record.asked) {
      const cells = cellsOf(record, hotkey, record.replies.get(hotkey), record.settled?.scores.get(hotkey));
      yield NAMES.map((name) => written(cells[name])).join(",");
    }
  }
}

/**
 * A history as JSON Lines: a whole question each, features, frozen values and constants included, by its number.
 *
 * @example
 * for await (const line of exportJsonLines(history)) JSON.parse(line).open.number; // 1
 */
export async function* exportJsonLines(
  history: Pick<HistoryStore, "records">,
  query: Omit<RecordsQuery, "order"> = {},
): AsyncGenerator<string, void, undefined> {
  const plain = (_name: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  for await (const record of history.records({ ...query, order: "asked" })) yield JSON.stringify(record, plain);
}
