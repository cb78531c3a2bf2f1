import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { InvalidArgumentError, type LoadPackage, type Logger } from "../core/index.ts";
import { featuresText, type HistoryStore, packReplies, packScores, type StandingRecord } from "../validator/index.ts";
import { serversOf } from "./address.ts";
import { CopyUnfinishedError, PostgresMissingError, PostgresRefusedError } from "./errors.ts";
import { createIds } from "./ids.ts";
import { migrate, versionOf } from "./migrate-schema.ts";
import { createMonths } from "./months.ts";
import { createOwner } from "./owner.ts";
import { createPruning } from "./prune.ts";
import { createReads } from "./read.ts";
import { MIGRATIONS } from "./schema.ts";
import { createSession, loadPg, type Query, type Session } from "./session.ts";
import { createStandingCells } from "./standings.ts";
import * as SQL from "./statements.ts";
import { createWriter, type Writer } from "./writer.ts";

/** Plain values of a history in PostgreSQL. */
export interface PostgresHistoryOptions {
  /** `postgres://user:password@host:port[,host:port]/database[?sslmode=...]`: of several servers the first that takes writes. */
  readonly url: string;
  /** Whose history: a hotkey, or any name. Those of others in the same database are kept apart. */
  readonly validator: string;
  /**
   * `own` records, and is one process at a time (default); `share` prunes and forgets beside it; `read` changes nothing; `copy` is `own`
   * in a place where no validator has recorded.
   */
  readonly access?: "own" | "share" | "read" | "copy";
  /** Deadline of one statement that records, and of connecting. Default 10 s. */
  readonly timeoutMs?: number;
  /** So long what a lost connection interrupted is tried again. Default 60 s. */
  readonly retryMs?: number;
  readonly load?: LoadPackage;
}
/** A history in PostgreSQL. */
export interface PostgresHistory extends HistoryStore {
  /** For people: no user, no password. */
  readonly address: string;
  readonly validator: string;
  /** Its number in the database, and the writer: for what copies a whole history. */
  readonly parts: {
    readonly validator: number;
    readonly writer: Writer;
    readonly ensureMonth: (askedAtMs: number) => Promise<void>;
  };
  close(): Promise<void>;
}

/** Reads look through much at once. */
const READ_MS = 60_000;
const FIRST_MS = 5_000;
const MARK_BYTES = 16;
const NO_PART = "23514";
/** Name of the value that says how far a copy came; it is gone when the copy is whole. */
export const COPY_MARKER = "copied up to";

/** Makes the tables and the validator's place, or finds them. */
async function enter(session: Session, address: string, validator: string, access: string) {
  return session.run(
    async (query) => {
      if (access === "own" || access === "copy") {
        await migrate(query, address);
        const insert = "INSERT INTO history_validators (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        await query(insert, [validator, randomBytes(32)]);
      } else if ((await versionOf(query)) !== MIGRATIONS.length) throw new PostgresMissingError({ address, validator });
      const { rows } = await query("SELECT id, secret FROM history_validators WHERE name = $1", [validator]);
      const { id, secret } = rows[0] ?? {};
      if (!(secret instanceof Uint8Array)) throw new PostgresMissingError({ address, validator });
      const half = await query("SELECT 1 FROM history_values WHERE validator = $1 AND name = $2", [
        Number(id),
        COPY_MARKER,
      ]);
      if (half.rows.length > 0 && access !== "copy") throw new CopyUnfinishedError({ address });
      return { id: Number(id), secret };
    },
    { retryMs: FIRST_MS },
  );
}

const withIds = (ids: readonly number[], standings: readonly StandingRecord[]) =>
  standings.map((standing, i) => [ids[i] ?? 0, standing] as const);

/**
 * A history in PostgreSQL, for validators that share a database. What it has acknowledged is committed there, once: a connection that
 * breaks, a server that is killed and one that takes over from it are waited for, and what they interrupted is done again.
 *
 * @throws {PackageMissingError}; {InvalidArgumentError}; {PostgresUnavailableError} when nothing answers within 5 s at the start, or within `retryMs`
 * later; {PostgresRefusedError}; {PostgresNewerError}; {HistoryTakenError} when another process records for this validator;
 * {PostgresMissingError} when there is nothing to read.
 * @example
 * const history = await createPostgresHistory({ url: "postgres://me@127.0.0.1/subnet", validator: "5Grw" }, { logger });
 * await history.lastNumber(); // 0
 */
export async function createPostgresHistory(
  { url, validator: name, access = "own", timeoutMs = 10_000, retryMs = 60_000, load }: PostgresHistoryOptions,
  { logger }: { readonly logger: Logger },
): Promise<PostgresHistory> {
  const servers = serversOf(url);
  const { address } = servers;
  if (name === "") throw new InvalidArgumentError({ argument: "validator", problem: "must not be empty" });
  const pg = await loadPg(load);
  const plain = { onConnect: async () => undefined, logger };
  const reading = createSession(pg, servers, { timeoutMs: Math.max(timeoutMs, READ_MS), retryMs }, plain);
  try {
    const { id: validator, secret } = await enter(reading, address, name, access);
    const owner =
      access === "own" || access === "copy"
        ? createOwner({ id: validator, name, address, isCopy: access === "copy" })
        : null;
    const onConnect = async (query: Query) => owner?.enter(query);
    const writing = createSession(pg, servers, { timeoutMs, retryMs }, { onConnect, logger });
    if (owner !== null) await writing.run(async () => undefined, { retryMs: FIRST_MS });
    const ids = createIds(validator);
    const averages = createStandingCells(validator);
    const onTakenBack = () => {
      ids.forget();
      averages.forget();
    };
    const writer = createWriter(writing, { owner, onTakenBack });
    const months = createMonths(reading);
    const reads = createReads({ session: reading, ids: createIds(validator), validator, address });
    const markOf = (conversation: string) =>
      createHmac("sha256", secret).update(conversation).digest().subarray(0, MARK_BYTES);
    const write = (text: string, ...values: Parameters<Query>[1] & {}) =>
      writer.submit((query) => query(text, [validator, ...values]));

    return {
      address,
      validator: name,
      parts: { validator, writer, ensureMonth: months.ensure },
      async recordQuestion(question) {
        const { open, frozen, askedAtMs } = question;
        const { landmark, number } = open;
        const record = async () => {
          await months.ensure(askedAtMs);
          await writer.submit(async (query) => {
            const [mode, asked] = [await ids.mode(query, question.mode), await ids.hotkeys(query, question.asked)];
            await query(SQL.INSERT_QUESTION, [
              ...[validator, number, askedAtMs, open.conversationId, open.question.sessionId, open.stratum],
              "messages" in landmark ? landmark.messages : null,
              "seconds" in landmark ? landmark.seconds : null,
              ...[open.question.horizonSeconds, featuresText(question), open.askedAtSeconds, JSON.stringify(asked)],
              ...[frozen.classWeights[0], frozen.classWeights[1], frozen.baseRate, frozen.medianTimeSeconds, mode],
              markOf(open.conversationId),
            ]);
          });
        };
        await record().catch((error: unknown) => {
          // Another process has dropped its month meanwhile.
          if (!(error instanceof PostgresRefusedError) || error.sqlState !== NO_PART) throw error;
          months.forget();
          return record();
        });
      },
      async recordReplies(questionNumber, replies) {
        await writer.submit(async (query) => {
          const numbers = await ids.hotkeys(query, [...replies.keys()]);
          const cell = packReplies([...replies.values()].map((reply, i) => [numbers[i] ?? 0, reply] as const));
          await query(SQL.UPSERT_REPLIES, [validator, questionNumber, cell.numbers, cell.words]);
        });
      },
      async recordTruth(questionNumber, { truth, reason, toldBy, atSeconds }) {
        const values = [atSeconds, truth?.converted ?? null, truth?.timeSeconds ?? null, reason, toldBy ?? null];
        await write(SQL.SET_TRUTH, questionNumber, ...values);
      },
      async recordSettled(questionNumber, { truth, reason, toldBy, atSeconds, scores }, standings) {
        await writer.submit(async (query) => {
          const scored = await ids.hotkeys(query, [...scores.keys()]);
          const moved = await ids.hotkeys(
            query,
            standings.map(({ hotkey }) => hotkey),
          );
          const cell =
            scores.size === 0
              ? null
              : packScores([...scores.values()].map((score, i) => [scored[i] ?? 0, score] as const));
          const known = [atSeconds, truth?.converted ?? null, truth?.timeSeconds ?? null, reason, toldBy ?? null];
          const cells = [cell?.numbers ?? null, cell?.components ?? null, cell?.words ?? null];
          const settled = await query(SQL.SET_SETTLED, [validator, questionNumber, ...known, ...cells]);
          const [row] = settled.rows;
          if (row !== undefined) await averages.put(query, Number(row.mode), withIds(moved, standings));
        });
      },
      async recordMode(questionNumber, mode) {
        await writer.submit(async (query) =>
          query(SQL.SET_MODE, [validator, questionNumber, await ids.mode(query, mode)]),
        );
      },
      async recordStandings(mode, standings) {
        await writer.submit(async (query) => {
          const hotkeys = await ids.hotkeys(
            query,
            standings.map(({ hotkey }) => hotkey),
          );
          await averages.put(query, await ids.mode(query, mode), withIds(hotkeys, standings));
        });
      },
      async recordWeights({ setAtMs, block, shares }) {
        await write(SQL.INSERT_WEIGHTS, randomUUID(), setAtMs, block, JSON.stringify(Object.fromEntries(shares)));
      },
      async setValue(key, value) {
        if (value === null) await write(SQL.DELETE_VALUE, key);
        else await write(SQL.SET_VALUE, key, value);
      },
      ...reads,
      ...createPruning({ validator, address }, { writer, months }),
      async forget(conversationId) {
        if (conversationId === "") return 0;
        return writer.submit(async (query) => {
          // The mark first: what is asked from here on is written down without it.
          const mark = "INSERT INTO history_forgotten (validator, mark) VALUES ($1, $2) ON CONFLICT DO NOTHING";
          await query(mark, [validator, markOf(conversationId)]);
          const update = `UPDATE history_questions SET conversation = NULL, features = NULL, told_by = NULL
            WHERE validator = $1 AND conversation = $2`;
          return (await query(update, [validator, conversationId])).count;
        });
      },
      async close() {
        await Promise.all([reading.close(), writing.close()]);
      },
    };
  } catch (error) {
    await reading.close();
    throw error;
  }
}
