import { packNumbers, type StandingRecord, unpackNumbers } from "../validator/index.ts";
import type { PgRow, Query } from "./session.ts";

/** Hotkey, asked, answered, weighted, total, prediction. */
const WIDTH = 6;
/** Hotkeys of one cell: it stays small enough to lie in its row. A row for each hotkey is most of what a round of 256 costs. */
const IN_A_CELL = 32;
const FIND = "SELECT cell, numbers FROM history_standings WHERE validator = $1 AND mode = $2 AND cell = ANY($3::int[])";
const UPSERT = `INSERT INTO history_standings (validator, mode, cell, numbers)
  SELECT $1, $2::int, c.* FROM unnest($3::int[], $4::bytea[]) AS c ON CONFLICT (validator, mode, cell) DO UPDATE SET numbers = excluded.numbers`;

type Sums = Omit<StandingRecord, "hotkey">;
const sumsOf = (row: readonly (number | null)[]): readonly [id: number, sums: Sums] => {
  const [id = 0, asked = 0, answered = 0, weighted = 0, total = 0, prediction = 0] = row.map((value) => value ?? 0);
  return [id, { asked, answered, weighted, total, prediction }];
};
/** What a row of the table holds, by the hotkey's number. */
export const standingsIn = ({ numbers }: PgRow): ReadonlyMap<number, Sums> =>
  new Map((unpackNumbers(numbers, WIDTH) ?? []).map(sumsOf));

/** Averages of one validator, as the process that records has them. */
export interface StandingCells {
  /** Puts those that moved in place of those that were. */
  put(query: Query, mode: number, moved: readonly (readonly [id: number, sums: Sums])[]): Promise<void>;
  /** A transaction was taken back: what is remembered may never have been written. */
  forget(): void;
}

/** Remembers what is in each cell, since nobody else writes there; see `createOwner`. */
export function createStandingCells(validator: number): StandingCells {
  const remembered = new Map<string, Map<number, Sums>>();
  return {
    async put(query, mode, moved) {
      if (moved.length === 0) return;
      const cellOf = (id: number) => Math.floor(id / IN_A_CELL);
      const keyOf = (cell: number) => `${mode} ${cell}`;
      const cells = [...new Set(moved.map(([id]) => cellOf(id)))];
      const unknown = cells.filter((cell) => !remembered.has(keyOf(cell)));
      if (unknown.length > 0) {
        const found = new Map<number, PgRow>();
        for (const row of (await query(FIND, [validator, mode, unknown])).rows) found.set(Number(row.cell), row);
        for (const cell of unknown) remembered.set(keyOf(cell), new Map(standingsIn(found.get(cell) ?? {})));
      }
      for (const [id, sums] of moved) remembered.get(keyOf(cellOf(id)))?.set(id, sums);
      const numbers = cells.map((cell) => {
        const rows = [...(remembered.get(keyOf(cell)) ?? [])].map(
          ([id, { asked, answered, weighted, total, prediction }]) => [
            ...[id, asked, answered, weighted, total, prediction],
          ],
        );
        return packNumbers(rows, WIDTH);
      });
      await query(UPSERT, [validator, mode, cells, numbers]);
    },
    forget: () => remembered.clear(),
  };
}
