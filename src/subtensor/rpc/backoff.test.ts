import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const limits = { minMs: 250, maxMs: 30_000 };

it("doubles up to the most, half of it by chance", () => {
  expect([0, 1, 2, 6, 7, 1_000].map((attempt) => backoffMs(attempt, limits, 0))).toEqual([
    125, 250, 500, 8_000, 15_000, 15_000,
  ]);
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
      const waitMs = backoffMs(attempt, limits, chance);
      expect(waitMs >= 125 && waitMs <= 30_000).toBe(true);
    }),
  );
});
