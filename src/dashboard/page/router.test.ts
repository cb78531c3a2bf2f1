import { expect, it } from "vitest";
import { href, parseHash } from "./router.ts";

it("reads what it writes", () => {
  expect(parseHash(href("question", "validator", 12, "5F/ä %"))).toEqual(["question", "validator", "12", "5F/ä %"]);
});

it.each([
  ["", []],
  ["#main", []],
  ["#/", []],
  ["#/miner//a", ["miner", "a"]],
  ["#/miner/%E0%A4%A", ["miner", "%E0%A4%A"]],
])("takes %s", (hash, parts) => {
  expect(parseHash(hash)).toEqual(parts);
});
