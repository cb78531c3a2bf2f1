import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { shrinkWeight } from "./shrink.ts";

const random = createRandom("shrink");
const truths = Array.from({ length: 400 }, () => random.integer(2));
const groups = truths.map((_, i) => `g${i}`);

describe("shrinkWeight", () => {
  it("trusts a forecast that is right", () => {
    expect(shrinkWeight({ forecasts: truths, truths, base: 0.5, groups })).toBe(1);
  });

  it("gives noise next to nothing, and a contrary forecast nothing", () => {
    const noise = truths.map(() => random.next());
    expect(shrinkWeight({ forecasts: noise, truths, base: 0.5, groups })).toBeLessThan(0.1);
    const contrary = truths.map((y) => 1 - y);
    expect(shrinkWeight({ forecasts: contrary, truths, base: 0.5, groups })).toBe(0);
  });

  it("says 0 when the forecast is the base rate, or there are no rows", () => {
    expect(shrinkWeight({ forecasts: [0.5], truths: [1], base: 0.5, groups: ["a"] })).toBe(0);
    expect(shrinkWeight({ forecasts: [], truths: [], base: 0.5, groups: [] })).toBe(0);
  });

  it("halves a forecast that is twice too bold", () => {
    const bold = truths.map((y) => (random.next() < 0.75 ? y : 1 - y));
    const weight = shrinkWeight({ forecasts: bold, truths, base: 0.5, groups });
    expect(weight).toBeGreaterThan(0.35);
    expect(weight).toBeLessThan(0.55);
  });

  it("counts conversations, not rows, as witnesses", () => {
    const forecasts = truths.map((y) => (random.next() < 0.6 ? y : 1 - y));
    const once = { forecasts, truths, base: 0.5, groups };
    const twice = {
      forecasts: [...forecasts, ...forecasts],
      truths: [...truths, ...truths],
      base: 0.5,
      groups: [...groups, ...groups],
    };
    expect(shrinkWeight(twice)).toBeCloseTo(shrinkWeight(once), 12);
  });
});
