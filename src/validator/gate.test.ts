import { expect, it } from "vitest";
import { createGate } from "./gate.ts";

it("gives each miner its own places, and takes them back", () => {
  const gate = createGate(2);
  expect([gate.enter("a"), gate.enter("a"), gate.enter("a"), gate.enter("b")]).toEqual([true, true, false, true]);
  gate.leave("a");
  expect([gate.enter("a"), gate.enter("a")]).toEqual([true, false]);
  gate.leave("nobody");
  expect(gate.enter("nobody")).toBe(true);
});
