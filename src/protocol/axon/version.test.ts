import { describe, expect, test } from "vitest";
import { announcesAxon, sdkVersion, signsMonotonicClock } from "./version.ts";

describe("version integers", () => {
  test.each([
    [[6, 9, 4], 694],
    [[6, 12, 2], 722],
    [[7, 1, 2], 712],
    [[7, 2, 0], 7_002_000],
    [[10, 2, 0], 10_002_000],
    [[10, 5, 0], 10_005_000],
    [[11, 3, 0], 11_003_000],
  ] as const)("%j is %i", ([major, minor, patch], integer) => {
    expect(sdkVersion(major, minor, patch)).toBe(integer);
  });

  test("tell who signs a monotonic clock and who serves an axon; ours, 1 and 1000, do not say so", () => {
    expect([694, 722, 7_002_000, 10_005_000].map(signsMonotonicClock)).toEqual([true, true, false, false]);
    expect([694, 722, 7_002_000, 10_005_000].map(announcesAxon)).toEqual([true, true, true, true]);
    expect([0, 1, 599, 1_000, 11_000_000, 11_003_000, 4_294_967_295].map(announcesAxon)).toEqual(Array(7).fill(false));
  });
});
