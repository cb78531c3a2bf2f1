import { expect, it } from "vitest";
import { columns } from "./table.ts";

it("cells stand in columns, numbers at their right edge, no blanks at the end", () => {
  const rows = [
    ["uid", "hotkey", "axon"],
    ["7", "5Grw", "-"],
    ["12", "5F", ""],
  ];
  expect(columns(rows, { right: [0] })).toEqual(["uid  hotkey  axon", "  7  5Grw    -", " 12  5F"]);
});

it("a name that somebody chose makes no row of its own, and none as wide as it likes", () => {
  const rows = [
    ["1", "a\n2  conversion\topen", "x"],
    ["3", "b".repeat(1_000_000), "y"],
  ];
  const lines = columns(rows);
  expect(lines[0]).toMatch(/^1 {2}a 2 {2}conversion open {2,}x$/);
  expect(lines[1]).toBe(`3  ${"b".repeat(197)}...  y`);
});
