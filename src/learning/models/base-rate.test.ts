import { describe, expect, it } from "vitest";
import { splitDataset, takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { baseRateOf, conversationSketch, shareLearned } from "./base-rate.ts";
import { baselineModel } from "./model.ts";

const data = syntheticDataset({ rows: 800, seed: 9 });
const { train, test } = splitDataset(data, { testShare: 0.5 });
const base = baselineModel(baseRateOf(train));
const model = { ...base, origin: { ...base.origin, conversations: conversationSketch(train) } };

describe("shareLearned", () => {
  it("is 0 on other conversations, 1 on the same, and about half on half of them", () => {
    expect(shareLearned(model, test)).toBe(0);
    expect(shareLearned(model, data)).toBe(1);
    const half = takeRows(train, [...Array(train.rows / 2).keys()]);
    expect(Math.abs(shareLearned(model, half) - 0.5)).toBeLessThan(0.25);
    expect(shareLearned(base, train)).toBe(0);
  });
});

describe("baseRateOf", () => {
  it("gives share, median and the spread of the times around it", () => {
    const { rate, medianTimeSeconds, spread = [] } = baseRateOf(train);
    expect(rate).toBeCloseTo(train.y.reduce((a, b) => a + b, 0) / train.rows, 12);
    const times = train.timeSeconds.filter((time) => time > 0);
    const share = (level: number) =>
      times.filter((time) => time <= medianTimeSeconds * Math.exp(spread[level])).length / times.length;
    expect([share(1), share(3), share(5)].map((value) => Math.round(20 * value) / 20)).toEqual([0.1, 0.5, 0.9]);
    expect(spread).toEqual(spread.toSorted((a, b) => a - b));
  });

  it("refuses rows of one class, by name", () => {
    const none = takeRows(
      train,
      train.groups.flatMap((_, row) => (train.y[row] === 0 ? [row] : [])),
    );
    expect(() => baseRateOf(none)).toThrow(/none converted/);
    expect(() => baseRateOf(takeRows(train, []))).toThrow(/there are none/);
  });
});
