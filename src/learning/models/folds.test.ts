import { describe, expect, it } from "vitest";
import { type Dataset, takeRows } from "../data/dataset.ts";
import { syntheticDataset } from "../data/synthetic.ts";
import { splitByTime, splitFolds } from "./folds.ts";

const data = syntheticDataset({ rows: 600, seed: 4 });
const began: Dataset = { ...data, startedAtMs: Float64Array.from({ length: 600 }, (_, row) => 1e12 - (row >> 1)) };

describe("splitFolds", () => {
  it("tests every row once, never with a model that has seen its conversation", () => {
    const folds = splitFolds(data, { folds: 5 });
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(data.groups.map((_, row) => row));
    for (const { train, test } of folds) {
      const seen = new Set(train.map((row) => data.groups[row]));
      expect(test.filter((row) => seen.has(data.groups[row]))).toEqual([]);
      expect(train.length + test.length).toBe(600);
    }
  });

  it("gives each fold about the same share of conversions", () => {
    const shares = splitFolds(data, { folds: 5 }).map(
      ({ test }) => takeRows(data, test).y.reduce((a, b) => a + b) / 120,
    );
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(0.15);
  });

  it("depends on the seed, not on the order of the rows", () => {
    const order = data.groups.map((_, row) => 599 - row);
    const names = (dataset: Dataset, seed: number) =>
      splitFolds(dataset, { folds: 3, seed }).map(({ test }) => test.map((row) => dataset.groups[row]).sort());
    expect(names(takeRows(data, order), 1)).toEqual(names(data, 1));
    expect(names(data, 2)).not.toEqual(names(data, 1));
  });

  it("by time learns only from conversations that began earlier", () => {
    const folds = splitFolds(began, { folds: 4, by: "time" });
    expect(folds).toHaveLength(3);
    for (const { train, test } of folds) {
      const latest = Math.max(...train.map((row) => began.startedAtMs?.[row] ?? 0));
      expect(Math.min(...test.map((row) => began.startedAtMs?.[row] ?? 0))).toBeGreaterThan(latest);
    }
    expect(() => splitFolds(data, { by: "time" })).toThrow(/needs the beginning of every conversation/);
  });

  it("refuses more folds than conversations", () => {
    expect(() => splitFolds(takeRows(data, [0, 1, 2, 3]), { folds: 3 })).toThrow(/count of conversations \(2\)/);
  });
});

describe("splitByTime", () => {
  it("tests on the conversations that began last", () => {
    const { train, test } = splitByTime(began, { testShare: 0.25 });
    expect([train.rows, test.rows]).toEqual([450, 150]);
    expect(Math.min(...(test.startedAtMs ?? []))).toBeGreaterThan(Math.max(...(train.startedAtMs ?? [])));
    expect(() => splitByTime(began, { testShare: 0 })).toThrow(/both sides/);
  });
});
