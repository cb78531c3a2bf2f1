import { describe, expect, it } from "vitest";
import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { checkDataset } from "./check.ts";
import { type Dataset, INPUTS } from "./dataset.ts";
import { syntheticDataset } from "./synthetic.ts";

// As from a CSV, which has no column for the landmark: the count of messages stands for it.
const { landmarks: _, ...sound } = syntheticDataset({ rows: 400, seed: 5 });
sound.X.forEach((_, i) => {
  if (i % INPUTS === FEATURE_NAMES.indexOf("total_messages")) sound.X[i] = Math.floor(i / INPUTS) % 2 === 0 ? 4 : 8;
});
/** The sound rows with one column put in their place. */
function withColumn(name: FeatureName, cell: (row: number) => number, dataset: Dataset = sound): Dataset {
  const X = dataset.X.slice();
  const place = FEATURE_NAMES.indexOf(name);
  for (let row = 0; row < dataset.rows; row++) X[row * INPUTS + place] = cell(row);
  return { ...dataset, X };
}
const converted = (row: number) => sound.y[row] === 1;

describe("checkDataset", () => {
  it("has nothing to say of sound rows, several landmarks of one conversation among them", () => {
    expect(checkDataset(sound)).toEqual([]);
  });

  it("names columns that never change, and columns that are blank", () => {
    const dataset = withColumn(
      "hour_of_day",
      () => Number.NaN,
      withColumn("total_messages", (row) => (row % 2) * 4),
    );
    const both = withColumn("has_target_entity", () => 0, dataset);
    expect(checkDataset(both)).toEqual([
      "Columns that never change tell nothing: has_target_entity (0).",
      "Columns that are blank in every row: hour_of_day.",
    ]);
  });

  it("says which class is rare", () => {
    const few = { ...sound, y: Uint8Array.from(sound.y, (_, row) => (row < 12 ? 1 : 0)) };
    const many = { ...few, y: few.y.map((label) => 1 - label) };
    const ids = { groups: Array.from({ length: sound.rows }, (_, row) => `id-${row}`) };
    const timeSeconds = new Float64Array(sound.rows).fill(Number.NaN);
    const told = " of 400 rows ";
    expect(checkDataset({ ...few, ...ids, timeSeconds })).toEqual([
      `Only 12${told}converted: expect a model close to the base rate.`,
    ]);
    expect(checkDataset({ ...many, ...ids, timeSeconds })).toEqual([
      `Only 12${told}did not convert: expect a model close to the base rate.`,
    ]);
  });

  it("names an id that stands at one landmark twice", () => {
    const repeated = withColumn("total_messages", (row) => (row === 7 || row % 2 === 0 ? 4 : 8));
    expect(checkDataset(repeated)).toEqual([
      "1 row repeats a session_id at the same landmark (synthetic-3 at 4 messages): one conversation twice, or two under one id.",
    ]);
    const landmarks = repeated.groups.map((_, row) => `${row < 4 ? 60 : 120 * (row % 2)} seconds`);
    expect(checkDataset({ ...repeated, landmarks })[0]).toMatch(/^2 rows repeat .* \(synthetic-0 at 60 seconds\)/);
  });

  it("refuses the class among the inputs", () => {
    const copy = withColumn("is_weekend", (row) => sound.y[row] ?? 0);
    expect(() => checkDataset(copy)).toThrowErrorMatchingInlineSnapshot(`
      [TargetAmongInputsError: The input is_weekend is a copy of conversion_happened.

      Input:  is_weekend
      Target: conversion_happened

      Hint: Inputs hold what was known at the landmark: make the rows again, with \`features\` or landmarkRows.]
    `);
    const blanks = withColumn("is_weekend", (row) => (row % 3 === 0 ? Number.NaN : (sound.y[row] ?? 0)));
    expect(() => checkDataset(blanks)).toThrow(/copy of conversion_happened/);
  });

  it.each([
    ["seconds", 1],
    ["minutes", 1 / 60],
  ])("refuses the time in %s among the inputs", (unit, factor) => {
    const time = (row: number) => (sound.timeSeconds[row] ?? 0) * factor;
    const copy = withColumn("conversation_duration_seconds", (row) =>
      converted(row) ? (factor === 1 ? time(row) : (sound.timeSeconds[row] ?? 0) / 60) : row,
    );
    expect(() => checkDataset(copy)).toThrow(`conversation_duration_seconds is a copy of time_to_conversion_${unit}`);
  });

  it("refuses an infinite input", () => {
    const infinite = withColumn("message_ratio", (row) => (row === 3 ? Number.POSITIVE_INFINITY : row));
    expect(() => checkDataset(infinite)).toThrow("message_ratio holds an infinite number");
  });

  it("suspects a column that tells the classes apart by itself", () => {
    const telling = withColumn("conversation_duration_seconds", (row) => (converted(row) ? 100 : 0) + (row % 7));
    expect(checkDataset(telling)).toEqual([
      "conversation_duration_seconds alone separates the classes (AUC 1.000): check that it was taken before the outcome.",
    ]);
  });
});
