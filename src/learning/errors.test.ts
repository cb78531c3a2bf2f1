import { describe, expect, it } from "vitest";
import { PackageMissingError } from "../core/index.ts";
import {
  DataError,
  DataUnreadableError,
  DeviceUnavailableError,
  FeatureTableError,
  KernelsDamagedError,
  LayerShapeError,
  LossNotFiniteError,
  MissingColumnsError,
  ModelFileError,
  ModelMissingError,
  PredictionNotFiniteError,
  TargetAmongInputsError,
  UnusableDataError,
} from "./errors.ts";

describe("errors read well", () => {
  it("PackageMissingError, TargetAmongInputsError, DataUnreadableError", () => {
    const missing = new PackageMissingError({
      name: "@duckdb/node-api",
      version: "1.5.6-r.1",
      work: "Reading rows.parquet",
    });
    expect(missing.message).toMatchInlineSnapshot(`
      "Reading rows.parquet needs the package @duckdb/node-api, which is not installed.

      Package: @duckdb/node-api
      Version: 1.5.6-r.1

      Hint: Run: npm install --save-prod @duckdb/node-api@1.5.6-r.1"
    `);
    const target = new TargetAmongInputsError({ column: "is_weekend", target: "conversion_happened" });
    expect(target.message).toMatchInlineSnapshot(`
      "The input is_weekend is a copy of conversion_happened.

      Input:  is_weekend
      Target: conversion_happened

      Hint: Inputs hold what was known at the landmark: make the rows again, with \`features\` or landmarkRows."
    `);
    expect(
      new DataUnreadableError({ path: "a.parquet", cause: new Error("no footer") }).message,
    ).toMatchInlineSnapshot(`
      "a.parquet cannot be read.

      File:   a.parquet
      Reason: no footer

      Hint: Check that it is there and is what its name says."
    `);
  });

  it("DataError", () => {
    const error = new DataError({
      path: "train.csv",
      line: 7,
      column: "hour_of_day",
      problem: "must be at most 23, not 24",
    });
    expect(error.message).toMatchInlineSnapshot(`
      "train.csv, line 7: hour_of_day must be at most 23, not 24.

      File:   train.csv
      Line:   7
      Column: hour_of_day

      Hint: A cell holds one plain number; leave it blank when the value is unknown."
    `);
  });
  it("DataError of a whole file", () => {
    expect(new DataError({ path: "train.csv", problem: "is empty" }).message).toMatchInlineSnapshot(`
      "train.csv is empty.

      File: train.csv"
    `);
  });
  it("MissingColumnsError", () => {
    const error = new MissingColumnsError({ path: "train.csv", columns: ["conversion_happened"], labels: true });
    expect(error.message).toMatchInlineSnapshot(`
      "train.csv lacks the column conversion_happened.

      File:    train.csv
      Missing: 1

      Hint: Training needs what happened: conversion_happened (0 or 1) and time_to_conversion_seconds (-1 when it did not)."
    `);
  });
  it("UnusableDataError", () => {
    expect(new UnusableDataError({ problem: "none converted", rows: 9, converted: 0 }).message).toMatchInlineSnapshot(`
      "These rows cannot train a model: none converted.

      Rows:      9
      Converted: 0

      Hint: Training needs conversations of both classes, and at least two of each to hold some back."
    `);
  });
  it("LayerShapeError", () => {
    const error = new LayerShapeError({ layer: "layer 2 (dense 32-1)", expected: "rows x 32", received: "rows x 64" });
    expect(error.message).toMatchInlineSnapshot(`
      "layer 2 (dense 32-1) takes rows x 32 but is given rows x 64.

      Layer: layer 2 (dense 32-1)
      Takes: rows x 32
      Given: rows x 64"
    `);
  });
  it("LossNotFiniteError", () => {
    expect(new LossNotFiniteError({ what: "classifier", epoch: 3, batch: 17 }).message).toMatchInlineSnapshot(`
      "The loss of the classifier is not a finite number in epoch 3, batch 17.

      Epoch: 3
      Batch: 17

      Hint: Lower the learning rate."
    `);
  });
  it("PredictionNotFiniteError", () => {
    const error = new PredictionNotFiniteError({ probability: Number.NaN, timeSeconds: 60 });
    expect(error.message).toMatchInlineSnapshot(`
      "The model's prediction is not a finite number.

      Probability: NaN
      Time (s):    60

      Hint: The model is damaged: train or load it again."
    `);
  });
  it("ModelMissingError", () => {
    expect(new ModelMissingError().message).toMatchInlineSnapshot(`
      "This miner has no model yet.

      Hint: Call trainModel or loadModel first, or set \`miner.model = baselineModel(...)\` to serve the base rate on purpose."
    `);
  });
  it("DeviceUnavailableError", () => {
    expect(new DeviceUnavailableError({ device: "cuda" }).message).toMatchInlineSnapshot(`
      "Training on "cuda" is not possible here.

      Device:    cuda
      Available: cpu

      Hint: Training and serving both run on the CPU, in this process: leave \`device\` out, or give "cpu"."
    `);
  });
  it("KernelsDamagedError", () => {
    expect(new KernelsDamagedError({ path: "network.wasm", cause: null }).message).toMatchInlineSnapshot(`
      "The compiled kernels of this package are damaged.

      Path: network.wasm

      Hint: Install the package again. Without the file, training and serving run in plain TypeScript, more slowly."
    `);
  });
  it("ModelFileError", () => {
    const error = new ModelFileError({
      path: "a.pt",
      reason: "it is a Python pickle",
      hint: "Save it as .safetensors.",
    });
    expect(error.message).toMatchInlineSnapshot(`
      "The model file is refused: it is a Python pickle.

      Path: a.pt

      Hint: Save it as .safetensors."
    `);
  });
  it("FeatureTableError", () => {
    const hashes = { fileHash: "ab".repeat(32), ownHash: "cd".repeat(32) };
    const error = new FeatureTableError({ path: "m.safetensors", ...hashes, differing: ["mood"] });
    expect(error.message).toMatchInlineSnapshot(`
      "The model file is refused: it was trained on another feature table.

      Path:       m.safetensors
      Its table:  abababababababab
      This table: cdcdcdcdcdcdcdcd
      Differing:  mood

      Hint: Train it again with this version, or use the version that wrote it."
    `);
  });
});
