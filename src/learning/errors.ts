import { errorText, SubnetError } from "../core/index.ts";

/** What a cell must be, where that is more than a number. */
const CELL_HINTS: Readonly<Record<string, string>> = {
  conversion_happened: "A row to learn from tells what came of it: 1 = converted, 0 = did not.",
  time_to_conversion_seconds:
    "Seconds from the first message to the conversion: -1 = none, blank = at an unknown moment.",
};
const NUMBER_HINT = "A cell holds one plain number; leave it blank when the value is unknown.";

/** A data file that is refused, with the place: a cell, a line, or the whole of it. */
export class DataError extends SubnetError {
  override readonly name = "DataError";
  readonly path: string;
  /** Null = the file as such. */
  readonly line: number | null;
  /** Null = the line as such. */
  readonly column: string | null;
  /** @param unit what `line` counts: files without lines count rows. */
  constructor({
    path,
    line,
    column,
    problem,
    hint = column === undefined ? undefined : (CELL_HINTS[column] ?? NUMBER_HINT),
    unit = "line",
  }: {
    path: string;
    line?: number | undefined;
    column?: string | undefined;
    problem: string;
    hint?: string | undefined;
    unit?: "line" | "row";
  }) {
    const place = line === undefined ? path : `${path}, ${unit} ${line}`;
    super(`${place}${column === undefined ? "" : `: ${column}`} ${problem}.`, {
      code: "DATA_INVALID",
      details: { File: path, [unit === "line" ? "Line" : "Row"]: line, Column: column },
      ...(hint === undefined ? {} : { hint }),
    });
    this.path = path;
    this.line = line ?? null;
    this.column = column ?? null;
  }
}

/** A data file without columns that training needs. */
export class MissingColumnsError extends SubnetError {
  override readonly name = "MissingColumnsError";
  readonly columns: readonly string[];
  constructor({ path, columns, labels }: { path: string; columns: readonly string[]; labels: boolean }) {
    super(`${path} lacks ${columns.length === 1 ? "the column" : "the columns"} ${columns.join(", ")}.`, {
      code: "COLUMNS_MISSING",
      details: { File: path, Missing: columns.length },
      hint: labels
        ? "Training needs what happened: conversion_happened (0 or 1) and time_to_conversion_seconds (-1 when it did not)."
        : "A training file has one column for each of the 40 features, in any order; blank cells mean unknown.",
    });
    this.columns = columns;
  }
}

/** A data file that another reader gave up on. */
export class DataUnreadableError extends SubnetError {
  override readonly name = "DataUnreadableError";
  readonly path: string;
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(`${path} cannot be read.`, {
      code: "DATA_UNREADABLE",
      cause,
      details: { File: path, Reason: errorText(cause) },
      hint: "Check that it is there and is what its name says.",
    });
    this.path = path;
  }
}

/** An input column that is the answer: it would be known only afterwards. */
export class TargetAmongInputsError extends SubnetError {
  override readonly name = "TargetAmongInputsError";
  readonly column: string;
  readonly target: string;
  constructor({ column, target }: { column: string; target: string }) {
    super(`The input ${column} is a copy of ${target}.`, {
      code: "TARGET_AMONG_INPUTS",
      details: { Input: column, Target: target },
      hint: "Inputs hold what was known at the landmark: make the rows again, with `features` or landmarkRows.",
    });
    this.column = column;
    this.target = target;
  }
}

/** Rows from which nothing can be learned. */
export class UnusableDataError extends SubnetError {
  override readonly name = "UnusableDataError";
  readonly rows: number;
  constructor({ problem, rows, converted }: { problem: string; rows: number; converted: number }) {
    super(`These rows cannot train a model: ${problem}.`, {
      code: "DATA_UNUSABLE",
      details: { Rows: rows, Converted: converted },
      hint: "Training needs conversations of both classes, and at least two of each to hold some back.",
    });
    this.rows = rows;
  }
}

/** Two neighbouring layers, or a layer and its input, that do not fit. */
export class LayerShapeError extends SubnetError {
  override readonly name = "LayerShapeError";
  readonly layer: string;
  readonly expected: string;
  readonly received: string;
  constructor({ layer, expected, received }: { layer: string; expected: string; received: string }) {
    super(`${layer} takes ${expected} but is given ${received}.`, {
      code: "LAYER_SHAPE",
      details: { Layer: layer, Takes: expected, Given: received },
    });
    this.layer = layer;
    this.expected = expected;
    this.received = received;
  }
}

/** The loss stopped being a number. */
export class LossNotFiniteError extends SubnetError {
  override readonly name = "LossNotFiniteError";
  readonly epoch: number;
  readonly batch: number;
  constructor({ what, epoch, batch }: { what: string; epoch: number; batch: number }) {
    super(`The loss of the ${what} is not a finite number in epoch ${epoch}, batch ${batch}.`, {
      code: "LOSS_NOT_FINITE",
      details: { Epoch: epoch, Batch: batch },
      hint: "Lower the learning rate.",
    });
    this.epoch = epoch;
    this.batch = batch;
  }
}

/** A model that answered with NaN, infinity or no probability: nothing is sent, and the node falls back to its baseline. */
export class PredictionNotFiniteError extends SubnetError {
  override readonly name = "PredictionNotFiniteError";
  constructor({ probability, timeSeconds }: { probability: number; timeSeconds: number }) {
    const isNumber = Number.isFinite(probability) && Number.isFinite(timeSeconds);
    super(`The model's prediction is ${isNumber ? "no probability" : "not a finite number"}.`, {
      code: "PREDICTION_NOT_FINITE",
      details: { Probability: probability, "Time (s)": timeSeconds },
      hint: isNumber
        ? 'A graph of another program may give logits: openOnnxModel(path, { output: "logit" }), or --onnx.output logit.'
        : "The model is damaged: train or load it again.",
    });
  }
}

/** A miner that was asked before it had a model: random weights are never served. */
export class ModelMissingError extends SubnetError {
  override readonly name = "ModelMissingError";
  constructor() {
    super("This miner has no model yet.", {
      code: "MODEL_MISSING",
      hint: "Call trainModel or loadModel first, or set `miner.model = baselineModel(...)` to serve the base rate on purpose.",
    });
  }
}

/** A device that this package does not compute on. */
export class DeviceUnavailableError extends SubnetError {
  override readonly name = "DeviceUnavailableError";
  readonly device: string;
  constructor({ device }: { device: string }) {
    super(`Training on "${device}" is not possible here.`, {
      code: "DEVICE_UNAVAILABLE",
      details: { Device: device, Available: "cpu" },
      hint: 'Training and serving both run on the CPU, in this process: leave `device` out, or give "cpu".',
    });
    this.device = device;
  }
}

/** Compiled kernels that this package came with, and that are no longer what was built. */
export class KernelsDamagedError extends SubnetError {
  override readonly name = "KernelsDamagedError";
  readonly path: string;
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super("The compiled kernels of this package are damaged.", {
      code: "KERNELS_DAMAGED",
      details: { Path: path },
      hint: "Install the package again. Without the file, training and serving run in plain TypeScript, more slowly.",
      cause,
    });
    this.path = path;
  }
}

/** A sweep of which no trial came to anything. */
export class SweepFailedError extends SubnetError {
  override readonly name = "SweepFailedError";
  constructor({ trials, reason }: { trials: number; reason: string | null }) {
    super(`No trial of the sweep could be learned: ${(reason ?? "none was measured").replace(/\.$/, "")}.`, {
      code: "SWEEP_FAILED",
      details: { Trials: trials },
      hint: "Try `train` on these rows first: what stops it stops every trial.",
    });
  }
}

/** A training that is to go on from the checkpoint of another one. */
export class CheckpointDiffersError extends SubnetError {
  override readonly name = "CheckpointDiffersError";
  readonly differing: readonly string[];
  constructor({ differing }: { differing: readonly string[] }) {
    super("The checkpoint is that of another training.", {
      code: "CHECKPOINT_DIFFERS",
      details: { Differing: differing.join(", ") },
      hint: "Give the rows and switches that it was begun with, or leave the resuming out to start anew.",
    });
    this.differing = differing;
  }
}

/** A checkpoint that cannot be read, with the reason. */
export class CheckpointFileError extends SubnetError {
  override readonly name = "CheckpointFileError";
  readonly path: string;
  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The checkpoint is refused: ${reason}.`, {
      code: "CHECKPOINT_INVALID",
      details: { Path: path },
      hint: "Leave the resuming out to start anew: it is written over then.",
      cause,
    });
    this.path = path;
  }
}

/** A model file that is refused, with the reason. */
export class ModelFileError extends SubnetError {
  override readonly name = "ModelFileError";
  readonly path: string;
  readonly reason: string;
  constructor({ path, reason, hint, cause }: { path: string; reason: string; hint?: string; cause?: unknown }) {
    super(`The model file is refused: ${reason}.`, {
      code: "MODEL_FILE_INVALID",
      details: { Path: path },
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
    this.path = path;
    this.reason = reason;
  }
}

/** A model made for another table of features: its inputs would mean something else here. */
export class FeatureTableError extends SubnetError {
  override readonly name = "FeatureTableError";
  readonly path: string;
  readonly differing: readonly string[];
  constructor({
    path,
    fileHash,
    ownHash,
    differing,
  }: {
    path: string;
    fileHash: string;
    ownHash: string;
    differing: readonly string[];
  }) {
    const names = `${differing.slice(0, 5).join(", ")}${differing.length > 5 ? ", ..." : ""}`;
    super("The model file is refused: it was trained on another feature table.", {
      code: "FEATURE_TABLE_DIFFERS",
      details: {
        Path: path,
        "Its table": fileHash.slice(0, 16),
        "This table": ownHash.slice(0, 16),
        Differing: differing.length === 0 ? "which features are whole numbers" : names,
      },
      hint: "Train it again with this version, or use the version that wrote it.",
    });
    this.differing = differing;
    this.path = path;
  }
}
