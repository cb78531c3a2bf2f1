import { randomUUID } from "node:crypto";
import { sleep } from "../core/index.ts";
import { HistoryBegunError, HistoryTakenError } from "./errors.ts";
import { LOCKS } from "./migrate-schema.ts";
import type { Query } from "./session.ts";

/** How long a process that was killed may seem to be there: 30 looks. */
const LOOKS = { times: 30, everyMs: 100 };

/**
 * Who records for a validator: one process. It holds a lock as long as its connection lives, and leaves a token that each of its
 * transactions looks at. In a new connection the token is a new one, so what an old connection still has on its way is not done.
 */
export interface Owner {
  /** Makes this connection the one that records. */
  enter(query: Query): Promise<void>;
  /** Begins a transaction of it; returns its mark, which is written with it. */
  begin(query: Query): Promise<string>;
  /**
   * Whether the transaction with this mark, the last one that was tried, was committed. The server's own numbers do not tell: one that a
   * power cut took back is given again, to another transaction.
   */
  wasCommitted(query: Query, mark: string): Promise<boolean>;
}

interface OwnerOptions {
  readonly id: number;
  readonly name: string;
  readonly address: string;
  readonly isCopy: boolean;
}

/** @param isCopy fills a place in which no validator has recorded. */
export function createOwner({ id, name, address, isCopy }: OwnerOptions): Owner {
  /** The one that was written last, and those tried since: whether they were is not known where the answer was lost. */
  const tokens = new Set<string>();
  let token = "";
  const taken = () => new HistoryTakenError({ address, validator: name });
  const lock = async (query: Query) => {
    const { rows } = await query(`SELECT pg_try_advisory_lock(${LOCKS.owner}, ${id})::int AS got`);
    return Number(rows[0]?.got) === 1;
  };
  return {
    async enter(query) {
      const { rows } = await query("SELECT token, recorded::int AS recorded FROM history_validators WHERE id = $1", [
        id,
      ]);
      const before = rows[0]?.token ?? null;
      if (isCopy && rows[0]?.recorded === 1) throw new HistoryBegunError({ address, validator: name });
      const isMine = typeof before === "string" && tokens.has(before);
      if (tokens.size > 0 && !isMine) throw taken();
      let got = await lock(query);
      for (let looks = 0; !got && looks < LOOKS.times; looks++) {
        // It is our own, of a connection that broke on this side only.
        if (isMine)
          await query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = ${LOCKS.owner}
            AND objid = ${id} AND objsubid = 2 AND granted AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
        await sleep(LOOKS.everyMs);
        got = await lock(query);
      }
      if (!got && !isMine) throw taken();
      if (!got) throw new Error("the lock of this validator is still held by an old connection");
      const next = randomUUID();
      const update =
        "UPDATE history_validators SET token = $2, recorded = recorded OR $4::int = 0 WHERE id = $1 AND token IS NOT DISTINCT FROM $3";
      tokens.add(next);
      const { count } = await query(update, [id, next, before, isCopy ? 1 : 0]);
      if (count !== 1) throw isMine ? new Error("the token of this validator has changed meanwhile") : taken();
      tokens.clear();
      tokens.add(next);
      token = next;
    },
    async begin(query) {
      const mark = randomUUID();
      const update = `UPDATE history_validators SET last_commit = '${mark}' WHERE id = ${id} RETURNING token`;
      const { rows } = await query(`BEGIN; ${update}`);
      if (rows[0]?.token !== token) {
        await query("ROLLBACK");
        throw taken();
      }
      return mark;
    },
    async wasCommitted(query, mark) {
      const { rows } = await query("SELECT last_commit FROM history_validators WHERE id = $1", [id]);
      return rows[0]?.last_commit === mark;
    },
  };
}
