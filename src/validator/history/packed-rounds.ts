import type { Reply, Score } from "../../scoring/index.ts";
import { type Row, type Sql, type SqlValue, StoreDamagedError } from "../../store/index.ts";
import { findRow, type Numbers, pack, unpack } from "./pack.ts";

/** Hotkey, latency, class, time, confidence, time if converted. */
const REPLY_WIDTH = 6;
/** What one reply takes. */
export const REPLY_BYTES = REPLY_WIDTH * 8;
/** Hotkey, total, prediction, best, latency; then the components. */
const SCORE_WIDTH = 5;

type ById<T> = readonly (readonly [id: number, value: T])[];
/** Words beside numbers, by the place of their row. */
type Words = [place: number, word: string][];

const insert = (table: string, from: string) => `INSERT OR REPLACE INTO ${table} ${from}`;

/**
 * What came back from a round, as its cells: `numbers` are {@link REPLY_BYTES} for each reply, `words` the reasons as JSON, by place.
 *
 * @example
 * packReplies([[7, { ok: false, reason: "timeout", latencySeconds: 12 }]]).words; // '[[0,"timeout"]]'
 */
export function packReplies(replies: ById<Reply>): { readonly numbers: Uint8Array; readonly words: string } {
  const words: Words = [];
  const rows = replies.map(([id, reply], place): Numbers => {
    if (!reply.ok) {
      words.push([place, reply.reason]);
      return [id, reply.latencySeconds];
    }
    const { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds } = reply.answer;
    const numbers = [conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds];
    return [id, reply.latencySeconds, ...numbers];
  });
  return { numbers: pack(rows, REPLY_WIDTH), words: JSON.stringify(words) };
}

/**
 * Writes what came back from a round, unless its question is not known.
 *
 * @param scored whether it may be scored already: what is settled stays as it is.
 */
export function writeReplies(
  sql: Pick<Sql, "run">,
  question: number,
  replies: ById<Reply>,
  { scored = false }: { scored?: boolean } = {},
): void {
  const { numbers, words } = packReplies(replies);
  const known = `SELECT number, ?, ? FROM history_questions WHERE number = ?${scored ? "" : " AND scored = 0"}`;
  sql.run(insert("history_replies", known), numbers, words, question);
}

/**
 * What a round's replies earned, as its cells: `numbers` are five doubles for each score and one for each component, whose names are in
 * `components`; `words` says why replies were invalid, by place. Both are JSON.
 *
 * @example
 * packScores([[7, score]]).components; // '["classification"]'
 */
export function packScores(scores: ById<Score>): {
  readonly numbers: Uint8Array;
  readonly components: string;
  readonly words: string;
} {
  const names: string[] = [];
  const at = new Map<string, number>();
  for (const [, { components }] of scores) {
    for (const name of Object.keys(components)) {
      if (at.has(name)) continue;
      at.set(name, SCORE_WIDTH + names.length);
      names.push(name);
    }
  }
  const words: Words = [];
  const rows = scores.map(([id, { total, prediction, best, latencySeconds, invalid, components }], place): Numbers => {
    if (invalid !== null) words.push([place, invalid]);
    const row: (number | null)[] = [id, total, prediction, best, latencySeconds];
    for (const [name, value] of Object.entries(components)) row[at.get(name) ?? 0] = value;
    return row;
  });
  const numbers = pack(rows, SCORE_WIDTH + names.length);
  return { numbers, components: JSON.stringify(names), words: JSON.stringify(words) };
}

/** Writes what a round's replies earned. */
export function writeScores(sql: Pick<Sql, "run">, question: number, scores: ById<Score>): void {
  const { numbers, components, words } = packScores(scores);
  sql.run(insert("history_scores", "VALUES (?, ?, ?, ?)"), question, numbers, components, words);
}

/** The door back: the file may have been changed by others. */
export interface PackedReader {
  replies(row: Row | undefined): Map<number, Reply>;
  scores(row: Row | undefined): Map<number, Score>;
  /** One hotkey's of a round, without the others being read. */
  replyOf(row: Row | undefined, id: number): Reply | undefined;
  scoreOf(row: Row | undefined, id: number): Score | undefined;
}

/**
 * Reads packed rounds of one file.
 *
 * @param path for messages; the file itself is not opened.
 * @throws {StoreDamagedError} from its functions, for cells that make no sense.
 * @example
 * createPackedReader("history.db").replyOf(packReplies([[7, reply]]), 7); // { ok: false, reason: "timeout", latencySeconds: 12 }
 */
export function createPackedReader(path: string): PackedReader {
  const damaged = (what: string) => new StoreDamagedError({ path, cause: new Error(`${what} cannot be read`) });
  const listOf = (text: SqlValue | undefined, what: string): unknown[] => {
    try {
      const list: unknown = JSON.parse(String(text));
      if (Array.isArray(list)) return list;
    } catch {
      // Said below.
    }
    throw damaged(what);
  };
  const wordsOf = (text: SqlValue | undefined, what: string): Map<number, string> =>
    new Map(
      listOf(text, what).map((entry) => {
        if (!Array.isArray(entry) || typeof entry[0] !== "number" || typeof entry[1] !== "string") throw damaged(what);
        return [entry[0], entry[1]];
      }),
    );
  const known = (value: number | null | undefined, what: string): number => {
    if (value === null || value === undefined) throw damaged(what);
    return value;
  };
  /** The same row with one line of numbers in it, whose words stand at its place. */
  const alone = (row: Row, width: number, id: number): Row | null => {
    const found = findRow(row.numbers, width, id);
    if (found === null) return null;
    const word = row.words === "[]" ? undefined : wordsOf(row.words, "a round").get(found.place);
    const words = JSON.stringify(word === undefined ? [] : [[0, word]]);
    return { ...row, numbers: pack([found.row], width), words };
  };
  const reader: PackedReader = {
    replyOf(row, id) {
      const one = row === undefined ? null : alone(row, REPLY_WIDTH, id);
      return one === null ? undefined : reader.replies(one).get(id);
    },
    scoreOf(row, id) {
      if (row === undefined) return undefined;
      const one = alone(row, SCORE_WIDTH + listOf(row.components, "scores").length, id);
      return one === null ? undefined : reader.scores(one).get(id);
    },
    replies(row) {
      if (row === undefined) return new Map();
      const [rows, words] = [unpack(row.numbers, REPLY_WIDTH), wordsOf(row.words, "a round")];
      if (rows === null) throw damaged("a round");
      return new Map(
        rows.map(([id, latency, happened, time, confidence, timeIf], place): [number, Reply] => {
          const reason = words.get(place);
          const hotkey = known(id, "a reply");
          if (reason !== undefined) return [hotkey, { ok: false, reason, latencySeconds: latency ?? null }];
          const answer = {
            conversionHappened: happened === 1 ? (1 as const) : (0 as const),
            timeToConversionSeconds: known(time, "a reply"),
            confidence: confidence ?? null,
            timeIfConvertedSeconds: timeIf ?? null,
          };
          return [hotkey, { ok: true, latencySeconds: known(latency, "a reply"), answer }];
        }),
      );
    },
    scores(row) {
      if (row === undefined) return new Map();
      const [names, words] = [listOf(row.components, "scores"), wordsOf(row.words, "scores")];
      const rows = unpack(row.numbers, SCORE_WIDTH + names.length);
      if (rows === null) throw damaged("scores");
      return new Map(
        rows.map(([id, total, prediction, best, latency, ...parts], place): [number, Score] => {
          const components: Record<string, number> = {};
          for (const [i, name] of names.entries()) {
            const part = parts[i] ?? null;
            if (part !== null) components[String(name)] = part;
          }
          const score: Score = {
            total: known(total, "a score"),
            prediction: known(prediction, "a score"),
            components,
            invalid: words.get(place) ?? null,
            best: known(best, "a score"),
            latencySeconds: latency ?? null,
          };
          return [known(id, "a score"), score];
        }),
      );
    },
  };
  return reader;
}
