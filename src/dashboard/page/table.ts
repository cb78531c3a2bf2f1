import { type Child, h, type VNode } from "./dom.ts";
import { isOpen, setUi, uiOf } from "./state.ts";

/** One column: how its cell looks, and by what it is sorted. */
export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** What the short title means, for a pointer and for a screen reader. */
  readonly hint?: string;
  readonly cell: (row: T) => Child;
  /** Absent = the column cannot be sorted by. Unknown values come last, whichever way. */
  readonly sort?: (row: T) => number | string | null;
  /** Which way a first click sorts; numbers go down and texts up by themselves. */
  readonly first?: "up" | "down";
  /** Numbers stand to the right. */
  readonly number?: boolean;
  /** The cell that names the row: it stays in sight where the table scrolls sideways. */
  readonly header?: boolean;
}
export interface TableOptions<T> {
  /** Under which its order is kept. */
  readonly id: string;
  /** Read by screen readers, and shown unless `quiet`. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
  readonly rowClass?: (row: T) => string | undefined;
  /** Rows look the same as long as they are the same object and this is the same text: then they are not even described again. */
  readonly memo?: string;
  /** Column and direction to begin with. */
  readonly order?: readonly [key: string, up: boolean];
  /** Shows so many rows until asked for all. */
  readonly limit?: number;
  readonly empty?: Child;
}

type Order = readonly [key: string, up: boolean];

/** Sorted by a column; what is not known comes last in both directions, and ties keep their order. */
export function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], order: Order | undefined): readonly T[] {
  const by = columns.find(({ key }) => key === order?.[0])?.sort;
  if (by === undefined || order === undefined) return rows;
  const sign = order[1] ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y));
  });
}

function headCell<T>(column: Column<T>, id: string, order: Order | undefined): VNode {
  const { key, title, hint, number, header, sort, first = number ? "down" : "up" } = column;
  const classes = number ? "number" : header ? "names" : undefined;
  const up = order?.[0] === key ? order[1] : null;
  const attributes = { scope: "col", class: classes, title: hint };
  if (sort === undefined) return h("th", attributes, title);
  const next = up === null ? first === "up" : !up;
  const arrow = up === null ? "" : up ? "↑" : "↓";
  return h(
    "th",
    { ...attributes, "aria-sort": up === null ? undefined : up ? "ascending" : "descending" },
    h(
      "button",
      { type: "button", class: "sort", onclick: () => setUi(`sort/${id}`, [key, next]) },
      title,
      h("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    ),
  );
}

function bodyRow<T>(row: T, { columns, keyOf, rowClass }: TableOptions<T>): VNode {
  const cells = columns.map(({ cell, number, header }) =>
    header
      ? h("th", { class: "names", scope: "row" }, cell(row))
      : h("td", { class: number ? "number" : undefined }, cell(row)),
  );
  return h("tr", { key: keyOf(row), class: rowClass?.(row) }, cells);
}

/** What was described of a row that may not have changed, by table. */
const described = new Map<string, WeakMap<object, { readonly memo: string; readonly vnode: VNode }>>();
function rowOf<T>(row: T, options: TableOptions<T>): VNode {
  const { id, memo } = options;
  if (memo === undefined || typeof row !== "object" || row === null) return bodyRow(row, options);
  const rows = described.get(id) ?? new WeakMap<object, { readonly memo: string; readonly vnode: VNode }>();
  described.set(id, rows);
  const known = rows.get(row);
  if (known !== undefined && known.memo === memo) return known.vnode;
  const vnode = bodyRow(row, options);
  rows.set(row, { memo, vnode });
  return vnode;
}

/** A real table in a box that scrolls by itself where it is narrow; its rows are moved and mended, never made anew. */
export function table<T>(options: TableOptions<T>): VNode {
  const { id, caption, columns, rows, limit, empty } = options;
  if (rows.length === 0 && empty !== undefined) return h("div", { class: "empty" }, empty);
  const order = uiOf<Order | undefined>(`sort/${id}`, options.order);
  const all = sorted(rows, columns, order);
  const open = limit === undefined || all.length <= limit || isOpen(`rows/${id}`);
  const shown = open ? all : all.slice(0, limit);
  return h(
    "div",
    { class: "table-box" },
    h(
      "div",
      { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption },
      h(
        "table",
        null,
        h("caption", { class: "hidden" }, caption),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            columns.map((column) => headCell(column, id, order)),
          ),
        ),
        h(
          "tbody",
          null,
          shown.map((row) => rowOf(row, options)),
        ),
      ),
    ),
    limit !== undefined &&
      all.length > limit &&
      h(
        "button",
        { type: "button", class: "more", onclick: () => setUi(`open/rows/${id}`, !open) },
        open ? `Show the first ${limit}` : `Show all ${all.length}`,
      ),
  );
}
