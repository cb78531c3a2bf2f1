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
  /** Begins a transaction of it; returns its number. */
  begin(query: Query): Promise<string>;
}

interface OwnerOptions {
  readonly id: number;
  readonly name: string;
  readonly address: string;
  readonly isCopy: boolean;
}

/** @param isCopy fills a place in which no validator has recorded. */
export function createOwner({ id, name, address, isCopy }: OwnerOptions): Owner {
  /** All that were ever tried: whether one was written is not known where the answer was lost. */
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
      token = next;
    },
    async begin(query) {
      const { rows } = await query(
        `BEGIN; SELECT token, pg_current_xact_id()::text AS number FROM history_validators WHERE id = ${id} FOR SHARE`,
      );
      if (rows[0]?.token !== token) {
        await query("ROLLBACK");
        throw taken();
      }
      return String(rows[0]?.number);
    },
  };
}
