import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { logistic } from "../network/steps.ts";
import { averageOf, combineLogits, ensembleOf, stack } from "./combine.ts";

const random = createRandom("combine");
const rows = 4000;
const signal = Float64Array.from({ length: rows }, () => random.normal());
const y = signal.map((z) => (random.next() < logistic(z) ? 1 : 0));
const noise = signal.map(() => random.normal());

describe("stack", () => {
  it("weighs what is right over what is noise", () => {
    const { weights, bias } = stack({ logits: [signal, noise], y });
    expect(Math.abs(weights[0] - 1)).toBeLessThan(0.12);
    expect(weights[1]).toBeLessThan(0.1);
    expect(Math.abs(bias)).toBeLessThan(0.1);
  });

  it("leaves out a member that would count against itself", () => {
    const { weights } = stack({ logits: [signal, signal.map((z) => -z)], y });
    expect(weights[1]).toBe(0);
    expect(stack({ logits: [signal.map((z) => -z)], y }).weights).toEqual([0]);
  });

  it("shares the weight between members that say the same", () => {
    const { weights } = stack({ logits: [signal, signal], y });
    expect(weights[0]).toBeCloseTo(weights[1], 6);
  });
});

it("an average of one is that one, and weights are applied to logits", () => {
  const member = { kind: "logistic" as const, weights: Float32Array.of(1), bias: 0 };
  expect(ensembleOf([member], averageOf(1))).toBe(member);
  expect(ensembleOf([member, member], { weights: [0, 2], bias: 1 })).toMatchObject({
    members: [member],
    weights: [2],
    bias: 1,
  });
  expect([
    ...combineLogits(
      [
        [1, 2],
        [3, 4],
      ],
      { weights: [0.5, 0.25], bias: 1 },
    ),
  ]).toEqual([2.25, 3]);
});
