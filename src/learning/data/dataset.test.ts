import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromVector } from "../../schema.ts";
import {
  countConverted,
  type Dataset,
  datasetFromRows,
  INPUTS,
  splitDataset,
  takeRows,
  toDataset,
  toMatrixAndTargets,
} from "./dataset.ts";
import { syntheticDataset } from "./synthetic.ts";

const data = syntheticDataset({ rows: 400, seed: 3 });
const shareOf = (side: Dataset) => countConverted(side) / side.rows;

describe("splitDataset", () => {
  it("keeps all rows of a conversation on one side", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.9, noNaN: true }), (seed, testShare) => {
        const { train, test } = splitDataset(data, { seed, testShare });
        expect(train.rows + test.rows).toBe(data.rows);
        const inTrain = new Set(train.groups);
        expect(test.groups.some((group) => inTrain.has(group))).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it("is stratified and of the asked size", () => {
    const { train, test } = splitDataset(data);
    expect(test.rows).toBe(80);
    expect(Math.abs(shareOf(train) - shareOf(test))).toBeLessThan(0.1);
  });

  it("depends on the seed and the names of the groups, not on the order of the rows", () => {
    const { test } = splitDataset(data, { seed: 9 });
    const reversed = takeRows(
      data,
      Array.from({ length: data.rows }, (_, i) => data.rows - 1 - i),
    );
    expect(new Set(splitDataset(reversed, { seed: 9 }).test.groups)).toEqual(new Set(test.groups));
    expect(splitDataset(data, { seed: 9 }).test).toEqual(test);
    expect(splitDataset(data, { seed: 10 }).test.groups).not.toEqual(test.groups);
  });

  it("defect 47: a file with one class only is a clear error", () => {
    const { y, ...rest } = data;
    expect(() => splitDataset({ ...rest, y: new Uint8Array(y.length) })).toThrowErrorMatchingInlineSnapshot(`
      [UnusableDataError: These rows cannot train a model: there is no conversation that converted.

      Rows:      400
      Converted: 0

      Hint: Training needs conversations of both classes, and at least two of each to hold some back.]
    `);
    expect(() => splitDataset(data, { testShare: 1 })).toThrow(/testShare/);
  });
});

describe("datasetFromRows", () => {
  it("puts the features in the table's order and the truth nowhere but in the labels", () => {
    const features = fromVector(Float64Array.from({ length: INPUTS }, (_, i) => (i === 3 ? Number.NaN : i)));
    const row = (truth: { converted: 0 | 1; timeSeconds: number | null }) => ({ conversationId: "c", features, truth });
    const dataset = datasetFromRows([
      row({ converted: 1, timeSeconds: 4242 }),
      row({ converted: 0, timeSeconds: null }),
      row({ converted: 1, timeSeconds: null }),
    ]);
    expect([...dataset.X.subarray(0, 5)]).toEqual([0, 1, 2, Number.NaN, 4]);
    expect(dataset.X.includes(4242)).toBe(false);
    expect([...dataset.y]).toEqual([1, 0, 1]);
    expect([...dataset.timeSeconds]).toEqual([4242, Number.NaN, Number.NaN]);
    expect(dataset.groups).toEqual(["c", "c", "c"]);
  });
});

describe("toDataset", () => {
  const { X, y } = toMatrixAndTargets(data);
  it("is the reverse of toMatrixAndTargets", () => {
    const { landmarks: _, ...rest } = data;
    expect(toDataset(X, y)).toEqual(rest);
  });

  it("defect 11: refuses a matrix of 41 columns, and labels that are not as many as the rows", () => {
    const wide = { rows: 2, columns: 41, values: new Float64Array(82) };
    expect(() => toDataset(wide, y)).toThrow(/rows x 40/);
    expect(() => toDataset(X, { ...y, converted: new Uint8Array(3) })).toThrow(/y.converted must have 400 entries/);
  });
});

describe("what figures are split by", () => {
  const features = fromVector(new Float64Array(INPUTS).fill(1));
  const truth = { converted: 0, timeSeconds: null } as const;
  const row = { conversationId: "a", features, truth, landmark: { messages: 4 }, source: "s" };

  it("travels with the rows, and stays out of the inputs", () => {
    const dataset = datasetFromRows([
      { ...row, startedAt: "2020-05-13T13:34:53Z" },
      { ...row, landmark: { seconds: 60 }, startedAt: null },
    ]);
    expect(takeRows(dataset, [1, 0])).toMatchObject({
      landmarks: ["60 seconds", "4 messages"],
      sources: ["s", "s"],
      startedAtMs: Float64Array.of(Number.NaN, Date.UTC(2020, 4, 13, 13, 34, 53)),
    });
    expect(dataset.X).toHaveLength(2 * INPUTS);
  });

  it("is absent where one row lacks it", () => {
    expect(datasetFromRows([row, { conversationId: "b", features, truth }]).landmarks).toBeUndefined();
  });
});
