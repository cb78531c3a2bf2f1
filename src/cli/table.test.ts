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
