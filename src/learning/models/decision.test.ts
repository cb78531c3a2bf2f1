import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { scoringMode } from "../../scoring/index.ts";
import { chooseThreshold, decisionCurve } from "./decision.ts";

const random = createRandom("decision");
const rows = 3000;
const probabilities = Float64Array.from({ length: rows }, () => random.next());
const y = Uint8Array.from(probabilities, (p) => (random.next() < p ? 1 : 0));
const timeSeconds = Float64Array.from(y, (label) => (label === 1 ? 100 : Number.NaN));
const exact = { probabilities, timesSeconds: new Float64Array(rows).fill(100) };
const late = { probabilities, timesSeconds: new Float64Array(rows).fill(400) };
const baseline = { rate: 0.5, medianTimeSeconds: 100 };
const truth = { y, timeSeconds };

describe("the class decision", () => {
  it("says yes sooner where the time is known: a yes earns the time as well", () => {
    const by = { baseline, mode: scoringMode("readme-v1") };
    // A right yes pays .55 * .375, a right no .55 * .625: yes from p > .625 on.
    expect(Math.abs(chooseThreshold(late, truth, by).threshold - 0.625)).toBeLessThan(0.08);
    // A right time pays .45 more: yes from p (.20625 + .45) > (1 - p) .34375 on, p > .344.
    expect(Math.abs(chooseThreshold(exact, truth, by).threshold - 0.344)).toBeLessThan(0.08);
  });

  it("takes the top of the curve", () => {
    const by = { baseline, mode: scoringMode("seed-v1") };
    const curve = decisionCurve(exact, truth, by);
    const { threshold, scoring } = chooseThreshold(exact, truth, by);
    expect(scoring).toBe("seed-v1");
    const best = Math.max(...curve.map(({ reward }) => reward));
    expect(curve.find((point) => point.threshold === threshold)?.reward).toBe(best);
    expect(curve).toHaveLength(51);
  });

  it("stays at the likelier class where the class is not paid", () => {
    expect(chooseThreshold(exact, truth, { baseline, mode: scoringMode("proper-v1") }).threshold).toBe(0.5);
  });
});
