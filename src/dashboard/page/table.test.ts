import { expect, it } from "vitest";
import { type Column, sorted } from "./table.ts";

interface Row {
  readonly name: string;
  readonly score: number | null;
}
const rows: readonly Row[] = [
  { name: "b", score: 0.2 },
  { name: "a", score: null },
  { name: "c", score: 0.9 },
  { name: "d", score: 0.2 },
];
const columns: readonly Column<Row>[] = [
  { key: "name", title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
  { key: "score", title: "Score", cell: ({ score }) => score, sort: ({ score }) => score },
  { key: "other", title: "Other", cell: () => "" },
];
const names = (order: readonly [string, boolean] | undefined) => sorted(rows, columns, order).map(({ name }) => name);

it("sorts both ways, what is not known last, ties in their order", () => {
  expect(names(["score", false])).toEqual(["c", "b", "d", "a"]);
  expect(names(["score", true])).toEqual(["b", "d", "c", "a"]);
  expect(names(["name", true])).toEqual(["a", "b", "c", "d"]);
});

it("leaves the order alone where nothing says which", () => {
  expect(names(undefined)).toEqual(["b", "a", "c", "d"]);
  expect(names(["other", true])).toEqual(["b", "a", "c", "d"]);
});
