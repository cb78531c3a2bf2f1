import { FEATURES, fromVector, type Landmark, type Truth } from "../../schema.ts";
import type { Reply, Score, StoredMode } from "../../scoring/index.ts";
import { type Row, type SqlValue, StoreDamagedError } from "../../store/index.ts";
import { NO_FEATURES } from "./memory.ts";
import type { KnownTruth, NewQuestion } from "./port.ts";

/** What a round brought, until it is scored: `[hotkey id, latency, failure | [class, time, confidence, time if converted]]`. */
type StoredReply = readonly [number, number | null, string | readonly [number, number, number | null, number | null]];

/** Features in the order of the table, null where unknown. */
export const featuresText = ({ open }: NewQuestion): string =>
  JSON.stringify(FEATURES.map(({ name }) => open.question.features[name]));

export const repliesText = (replies: readonly (readonly [id: number, reply: Reply])[]): string =>
  JSON.stringify(
    replies.map(([id, reply]): StoredReply => {
      if (!reply.ok) return [id, reply.latencySeconds, reply.reason];
      const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = reply.answer;
      return [
        id,
        reply.latencySeconds,
        [conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds],
      ];
    }),
  );

/** The door back: the file may have been changed by others. */
export interface Reader {
  replies(text: string): Map<number, Reply>;
  list(text: SqlValue | undefined): number[];
  numbers(text: SqlValue | undefined): Record<string, number>;
  mode(row: Row): StoredMode;
  question(row: Row, hotkeyOf: (id: number) => string): NewQuestion;
  known(row: Row): KnownTruth | null;
  reply(row: Row): Reply | null;
  score(row: Row): Score | null;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const nullable = (value: SqlValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

/** Reads rows of one file; what makes no sense in them is the file's damage. */
export function createReader(path: string): Reader {
  const damaged = (what: string) => new StoreDamagedError({ path, cause: new Error(`${what} cannot be read`) });
  const parse = (text: SqlValue | undefined, what: string): unknown => {
    try {
      return JSON.parse(String(text));
    } catch {
      throw damaged(what);
    }
  };
  const storedReply = (entry: unknown): [number, Reply] => {
    if (!Array.isArray(entry) || !isNumber(entry[0])) throw damaged("a reply");
    const [id, latency, rest] = entry;
    if (typeof rest === "string")
      return [id, { ok: false, reason: rest, latencySeconds: isNumber(latency) ? latency : null }];
    if (!Array.isArray(rest) || !isNumber(rest[1]) || !isNumber(latency)) throw damaged("a reply");
    const [happened, time, confidence, timeIf] = rest;
    const answer = {
      conversionHappened: happened === 1 ? (1 as const) : (0 as const),
      timeToConversionSeconds: time,
      confidence: isNumber(confidence) ? confidence : null,
      timeIfConvertedSeconds: isNumber(timeIf) ? timeIf : null,
    };
    return [id, { ok: true, latencySeconds: latency, answer }];
  };
  const landmarkOf = (row: Row): Landmark | null => {
    if (row.landmark_messages !== null) return { messages: Number(row.landmark_messages) };
    return row.landmark_seconds === null ? null : { seconds: Number(row.landmark_seconds) };
  };
  const truthOf = (row: Row): Truth | null =>
    row.converted === null ? null : { converted: row.converted === 1 ? 1 : 0, timeSeconds: nullable(row.time_seconds) };
  const reader: Reader = {
    replies(text) {
      const entries = parse(text, "a round");
      if (!Array.isArray(entries)) throw damaged("a round");
      return new Map(entries.map(storedReply));
    },
    list(text) {
      const found = parse(text, "a list");
      if (!Array.isArray(found) || !found.every(isNumber)) throw damaged("a list");
      return found;
    },
    numbers(text) {
      const found = parse(text, "numbers");
      if (typeof found !== "object" || found === null || !Object.values(found).every(isNumber))
        throw damaged("numbers");
      return found as Record<string, number>;
    },
    mode: (row) => ({ name: String(row.name), version: Number(row.version), constants: reader.numbers(row.constants) }),
    question(row, hotkeyOf) {
      const landmark = landmarkOf(row);
      if (landmark === null) throw damaged("a landmark");
      const vector = row.features === null ? null : parse(row.features, "features");
      if (vector !== null && (!Array.isArray(vector) || vector.length !== FEATURES.length)) throw damaged("features");
      const features =
        vector === null
          ? NO_FEATURES
          : fromVector(vector.map((value: unknown) => (isNumber(value) ? value : Number.NaN)));
      return {
        open: {
          number: Number(row.number),
          conversationId: String(row.conversation ?? ""),
          stratum: String(row.stratum),
          landmark,
          askedAtSeconds: Number(row.asked_at_seconds),
          question: {
            sessionId: String(row.session_id),
            features,
            landmark,
            horizonSeconds: Number(row.horizon_seconds),
          },
        },
        frozen: {
          classWeights: { 0: Number(row.class_weight_0), 1: Number(row.class_weight_1) },
          baseRate: Number(row.base_rate),
          medianTimeSeconds: Number(row.median_time_seconds),
        },
        mode: reader.mode(row),
        asked: reader.list(row.asked).map(hotkeyOf),
        askedAtMs: Number(row.asked_at_ms),
      };
    },
    known: (row) =>
      row.settled_order === null
        ? null
        : { truth: truthOf(row), reason: String(row.reason), atSeconds: Number(row.settled_at_seconds) },
    reply(row) {
      if (row.replied === 0) return null;
      const latency = nullable(row.latency_seconds);
      if (row.failure !== null) return { ok: false, reason: String(row.failure), latencySeconds: latency };
      return {
        ok: true,
        latencySeconds: latency ?? 0,
        answer: {
          conversionHappened: row.conversion_happened === 1 ? 1 : 0,
          timeToConversionSeconds: Number(row.time_to_conversion_seconds),
          confidence: nullable(row.confidence),
          timeIfConvertedSeconds: nullable(row.time_if_converted_seconds),
        },
      };
    },
    score: (row) =>
      row.total === null
        ? null
        : {
            total: Number(row.total),
            prediction: Number(row.prediction),
            components: reader.numbers(row.components),
            invalid: row.invalid === null ? null : String(row.invalid),
            best: Number(row.best),
            latencySeconds: nullable(row.score_latency_seconds),
          },
  };
  return reader;
}
