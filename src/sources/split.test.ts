import { expect, test } from "vitest";
import { splitByHash } from "./split.ts";

const ids = Array.from({ length: 4000 }, (_, i) => `chat-${i}`);

test("puts a conversation on the same side whatever else is there, and about the share on each", () => {
  const train = ids.filter((id) => splitByHash(id, 0.7) === "train");
  expect(train.length / ids.length).toBeCloseTo(0.7, 1);
  expect([splitByHash("chat-0", 0.7), splitByHash("chat-1", 0.7), splitByHash("chat-7", 0.7)]).toMatchInlineSnapshot(`
    [
      "test",
      "test",
      "train",
    ]
  `);
});

test("keeps everybody of a smaller training share in a larger one", () => {
  for (const id of ids) if (splitByHash(id, 0.5) === "train") expect(splitByHash(id, 0.7)).toBe("train");
});

test("shares 0 and 1 are everything on one side", () => {
  expect(ids.every((id) => splitByHash(id, 0) === "test" && splitByHash(id, 1) === "train")).toBe(true);
});

test("another seed gives another split", () => {
  const moved = ids.filter((id) => splitByHash(id, 0.5, { seed: "b" }) !== splitByHash(id, 0.5));
  expect(moved.length / ids.length).toBeCloseTo(0.5, 1);
});

test.each([-0.1, 1.1, Number.NaN])("refuses a share of %s by name", (share) => {
  expect(() => splitByHash("a", share)).toThrow(/share must be within 0 and 1/);
});
