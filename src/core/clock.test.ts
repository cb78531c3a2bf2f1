import { expect, it } from "vitest";
import { createManualClock, systemClock } from "./clock.ts";

it("a manual clock stands still until it is moved", () => {
  const clock = createManualClock(1_000);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0]);
  clock.advance(500);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_500, 500]);
});

it("the machine's monotonic clock never goes back", () => {
  const readings = Array.from({ length: 1_000 }, () => systemClock.monotonicMs());
  expect([...readings].sort((a, b) => a - b)).toEqual(readings);
  expect(Number.isInteger(systemClock.nowMs())).toBe(true);
});
