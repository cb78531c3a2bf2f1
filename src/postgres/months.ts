import { isTable, LOCKS } from "./migrate-schema.ts";
import { MONTHLY } from "./schema.ts";
import type { Query, Session } from "./session.ts";

/** A month of UTC, as the end of a table's name, and its bounds in ms since 1970. */
export interface Month {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * @example
 * monthOf(1_700_000_000_000).name; // "2023_11"
 */
export function monthOf(ms: number, later = 0): Month {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + later];
  const from = new Date(Date.UTC(year, month));
  const name = `${from.getUTCFullYear()}_${String(from.getUTCMonth() + 1).padStart(2, "0")}`;
  return { name, fromMs: from.getTime(), toMs: Date.UTC(year, month + 1) };
}

/** Parts of the big tables, by month of asking. */
export interface Months {
  /** Makes the month of this moment, and the one after it, where they are not there. */
  ensure(askedAtMs: number): Promise<void>;
  /** Something was let go of by others: looks again next time. */
  forget(): void;
  /** Drops months before this moment in which no validator has a question; returns what it left. */
  drop(beforeMs: number): Promise<Month[]>;
}

/** @param session not the one that records: a lock that is waited for must not hold up a round. */
export function createMonths(session: Session): Months {
  const known = new Set<string>();
  const make = async (query: Query, { name, fromMs, toMs }: Month) => {
    await query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCKS.months}, 0)`);
    // Attached, not made in place: readers and writers of the other months go on.
    if (!(await isTable(query, `history_questions_${name}`)))
      for (const table of MONTHLY)
        await query(`CREATE TABLE ${table}_${name} (LIKE ${table} INCLUDING ALL);
          ALTER TABLE ${table} ATTACH PARTITION ${table}_${name} FOR VALUES FROM (${fromMs}) TO (${toMs})`);
    await query("COMMIT");
  };
  return {
    async ensure(askedAtMs) {
      for (const month of [monthOf(askedAtMs), monthOf(askedAtMs, 1)]) {
        if (known.has(month.name)) continue;
        await session.run((query) => make(query, month));
        known.add(month.name);
      }
    },
    forget: () => known.clear(),
    async drop(beforeMs) {
      const old = await session.run(async (query) => {
        const { rows } = await query(`SELECT substring(c.relname from '\\d{4}_\\d\\d$') AS name FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'history_questions'::regclass ORDER BY 1`);
        return rows.map(({ name }) => monthOf(Date.parse(`${String(name).replace("_", "-")}-01T00:00:00Z`)));
      });
      const left: Month[] = [];
      for (const month of old.filter(({ toMs }) => toMs <= beforeMs)) {
        const dropped = await session.run(async (query) => {
          const rest = `SELECT 1 FROM history_questions_${month.name} LIMIT 1`;
          if ((await query(rest)).rows.length > 0) return false;
          await query(
            `BEGIN; SELECT pg_advisory_xact_lock(${LOCKS.months}, 0); LOCK TABLE ${MONTHLY.join(", ")} IN ACCESS EXCLUSIVE MODE`,
          );
          const isEmpty = (await query(rest)).rows.length === 0;
          if (isEmpty) await query(`DROP TABLE ${MONTHLY.map((table) => `${table}_${month.name}`).join(", ")}`);
          await query("COMMIT");
          return isEmpty;
        });
        if (dropped) known.delete(month.name);
        else left.push(month);
      }
      return left;
    },
  };
}
