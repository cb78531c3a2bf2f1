import { writeFileAtomic } from "../../core/index.ts";
import { DEFAULT_HORIZON_SECONDS, FEATURE_NAMES, FEATURE_TABLE_HASH } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { MODEL_VERSION, type Model } from "../models/model.ts";
import { MIN_AHEAD_SECONDS } from "../models/predict.ts";
import { addProbability, addTime } from "./onnx-answer.ts";
import { createGraph, encodeGraph } from "./onnx-graph.ts";
import { addPreparation } from "./onnx-parts.ts";

/** What the metadata of our own files say under `format`. */
export const ONNX_FORMAT = "conversion-subnet model";

/** Names of what a graph takes and gives: the guide's words. */
export const ONNX_INPUT = "features";
export const ONNX_OUTPUTS = [
  "conversion_happened",
  "time_to_conversion_seconds",
  "confidence",
  "time_if_converted_seconds",
] as const;

/** Column of conversation_duration_seconds. */
const DURATION = 0;
/** A time above 0 that single precision can hold, for rows that do not know their moment. */
const LEAST_SECONDS = 1e-30;

/**
 * The whole model as an ONNX graph (operator set 13, trees by ai.onnx.ml 3): preparation, classifier, calibration, class and time.
 * Input: `features`, float `N x 40` in the table's order, NaN = unknown. Outputs, each `N x 1`: `conversion_happened` (int64) and
 * `time_to_conversion_seconds`, `confidence`, `time_if_converted_seconds` (float): those of `predict` at the default horizon. The
 * same model gives the same bytes.
 *
 * @example
 * (await encodeOnnx(model)).length; // 6143
 */
export async function encodeOnnx(model: Model): Promise<Uint8Array> {
  const graph = createGraph();
  const raw = graph.cast(ONNX_INPUT, "double");
  const unknown = graph.add("IsNaN", [raw]);
  const prepared = addPreparation(graph, raw, unknown, model.preparation);
  const rows = { raw, unknown, prepared };
  const isMomentUnknown = graph.columns(unknown, [DURATION]);
  const duration = graph.columns(raw, [DURATION]);
  const from = graph.add("Where", [isMomentUnknown, graph.number(0), duration]);
  const probability = addProbability(graph, rows, model);
  const happened = graph.add("Not", [graph.add("Less", [probability, graph.number(model.decision.threshold)])]);
  const soonest = graph.add("Where", [
    isMomentUnknown,
    graph.number(LEAST_SECONDS),
    graph.add("Add", [from, graph.number(MIN_AHEAD_SECONDS)]),
  ]);
  const before = graph.add("Min", [addTime(graph, rows, model, from), graph.number(DEFAULT_HORIZON_SECONDS)]);
  const time = graph.add("Max", [before, soonest]);
  graph.output("conversion_happened", graph.cast(happened, "int64"), "int64");
  const timeOrNone = graph.add("Where", [happened, time, graph.number(-1)]);
  graph.output("time_to_conversion_seconds", graph.cast(timeOrNone, "float"), "float");
  graph.output("confidence", graph.cast(probability, "float"), "float");
  graph.output("time_if_converted_seconds", graph.cast(time, "float"), "float");
  return encodeGraph(graph, {
    input: { name: ONNX_INPUT, columns: INPUTS },
    metadata: {
      format: ONNX_FORMAT,
      version: String(MODEL_VERSION),
      feature_table_hash: FEATURE_TABLE_HASH,
      features: FEATURE_NAMES.join(","),
      horizon_seconds: String(DEFAULT_HORIZON_SECONDS),
      baseline_rate: String(model.baseline.rate),
      baseline_median_seconds: String(model.baseline.medianTimeSeconds),
      data_hash: model.origin.dataHash,
    },
  });
}

/**
 * Writes {@link encodeOnnx} to a file, whole or not at all.
 *
 * @example
 * await writeOnnxFile("model.onnx", model); // undefined
 */
export async function writeOnnxFile(path: string, model: Model): Promise<void> {
  await writeFileAtomic(path, await encodeOnnx(model));
}
