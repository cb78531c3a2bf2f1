import type { Sql, SqlValue } from "../../store/index.ts";

/** Rows of one statement: each call of SQLite's binding costs as much as some rows. */
const AT_ONCE = 32;

/** Inserts rows; returns how many. */
export type Inserter = (sql: Pick<Sql, "run">, rows: readonly (readonly SqlValue[])[]) => number;

/**
 * Makes what inserts rows, many in a statement; what is left over goes one by one, so that two statements are prepared and no more.
 *
 * @param into the statement up to its values: `INSERT INTO t`.
 * @param width values of each row.
 * @example
 * const insert = createInserter("INSERT INTO t", 2);
 * store.transaction((sql) => insert(sql, [[1, "a"], [2, "b"]])); // 2
 */
export function createInserter(into: string, width: number): Inserter {
  const row = `(${new Array<string>(width).fill("?").join(", ")})`;
  const one = `${into} VALUES ${row}`;
  const many = `${into} VALUES ${new Array<string>(AT_ONCE).fill(row).join(", ")}`;
  return (sql, rows) => {
    let inserted = 0;
    let values: SqlValue[] = [];
    const whole = rows.length - (rows.length % AT_ONCE);
    for (const [i, cells] of rows.entries()) {
      if (i >= whole) {
        inserted += sql.run(one, ...cells);
        continue;
      }
      values.push(...cells);
      if (values.length < AT_ONCE * width) continue;
      inserted += sql.run(many, ...values);
      values = [];
    }
    return inserted;
  };
}
