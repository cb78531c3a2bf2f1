import { describe, expect, it } from "vitest";
import { bceWithLogits, huber } from "./losses.ts";

describe("bceWithLogits", () => {
  it("is -log p of the true class", () => {
    const gradient = new Float64Array(2);
    const loss = bceWithLogits(Float64Array.of(Math.log(3), 0), Float64Array.of(1, 0), 2, gradient);
    expect(loss).toBeCloseTo((-Math.log(0.75) - Math.log(0.5)) / 2, 14);
    expect(gradient[0]).toBeCloseTo(-0.125, 14);
    expect(gradient[1]).toBeCloseTo(0.25, 14);
  });

  it("stays finite where exp would overflow", () => {
    const gradient = new Float64Array(2);
    expect(bceWithLogits(Float64Array.of(2000, -2000), Float64Array.of(0, 1), 2, gradient)).toBe(2000);
    expect([...gradient]).toEqual([0.5, -0.5]);
  });
});

describe("huber", () => {
  it("is squared near 0 and straight beyond delta", () => {
    const gradient = new Float64Array(3);
    const loss = huber(1)(Float64Array.of(0.5, 3, -3), new Float64Array(3), 3, gradient);
    expect(loss).toBeCloseTo((0.125 + 2.5 + 2.5) / 3, 14);
    expect([...gradient]).toEqual([0.5 / 3, 1 / 3, -1 / 3]);
  });
});
