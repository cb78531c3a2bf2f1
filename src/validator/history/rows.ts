import { FEATURES, fromVector, type Landmark, type Truth } from "../../schema.ts";
import type { StoredMode } from "../../scoring/index.ts";
import { type Row, type SqlValue, StoreDamagedError } from "../../store/index.ts";
import { NO_FEATURES } from "./memory.ts";
import type { KnownTruth, NewQuestion } from "./port.ts";

/** Features in the order of the table, null where unknown. */
export const featuresText = ({ open }: NewQuestion): string =>
  JSON.stringify(FEATURES.map(({ name }) => open.question.features[name]));

/** The door back: the file may have been changed by others. */
export interface Reader {
  list(text: SqlValue | undefined): number[];
  numbers(text: SqlValue | undefined): Record<string, number>;
  mode(row: Row): StoredMode;
  question(row: Row, hotkeyOf: (id: number) => string): NewQuestion;
  known(row: Row): KnownTruth | null;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const nullable = (value: SqlValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

/**
 * Reads rows of one file; what makes no sense in them is the file's damage.
 *
 * @param path for messages; the file itself is not opened.
 * @throws {StoreDamagedError} from its functions.
 * @example
 * createRowReader("history.db").list("[1,2]"); // [1, 2]
 */
export function createReader(path: string): Reader {
  const damaged = (what: string) => new StoreDamagedError({ path, cause: new Error(`${what} cannot be read`) });
  const parse = (text: SqlValue | undefined, what: string): unknown => {
    try {
      return JSON.parse(String(text));
    } catch {
      throw damaged(what);
    }
  };
  const landmarkOf = (row: Row): Landmark | null => {
    if (row.landmark_messages !== null) return { messages: Number(row.landmark_messages) };
    return row.landmark_seconds === null ? null : { seconds: Number(row.landmark_seconds) };
  };
  const truthOf = (row: Row): Truth | null =>
    row.converted === null ? null : { converted: row.converted === 1 ? 1 : 0, timeSeconds: nullable(row.time_seconds) };
  const reader: Reader = {
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
        : {
            truth: truthOf(row),
            reason: String(row.reason),
            ...(typeof row.told_by === "string" && { toldBy: row.told_by }),
            atSeconds: Number(row.settled_at_seconds),
          },
  };
  return reader;
}
