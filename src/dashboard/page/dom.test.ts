import fc from "fast-check";
import { expect, it } from "vitest";
import { rising } from "./dom.ts";

it.each([
  [
    [0, 1, 2],
    [0, 1, 2],
  ],
  [
    [2, 0, 1],
    [1, 2],
  ],
  [
    [-1, 0, -1, 1],
    [1, 3],
  ],
  [[-1], []],
  [[], []],
])("of the places %j, %j stay", (places, stay) => {
  expect([...rising(places)].sort((a, b) => a - b)).toEqual(stay);
});

it("what stays rises, and nothing longer would", () => {
  const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6]);
  fc.assert(
    fc.property(orders, (places) => {
      const kept = [...rising(places)].sort((a, b) => a - b).map((i) => places[i] ?? -1);
      expect(kept).toEqual([...kept].sort((a, b) => a - b));
      const lengths = places.map(() => 1);
      for (const [i, place] of places.entries())
        for (let j = 0; j < i; j++)
          if ((places[j] ?? 0) < place) lengths[i] = Math.max(lengths[i] ?? 1, (lengths[j] ?? 1) + 1);
      expect(kept.length).toBe(Math.max(0, ...lengths));
    }),
  );
});
