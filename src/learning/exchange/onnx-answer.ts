import type { Calibration } from "../models/calibration.ts";
import type { Hazard } from "../models/hazard.ts";
import type { Model } from "../models/model.ts";
import type { Graph, Value } from "./onnx-graph.ts";
import { addLogit, addScore, type Rows } from "./onnx-parts.ts";

/** 1 / (1 + e^-z), which ends at 0 and 1 where e^-z leaves the doubles. */
function addLogistic(graph: Graph, z: Value): Value {
  const one = graph.number(1);
  return graph.add("Div", [one, graph.add("Add", [one, graph.add("Exp", [graph.add("Neg", [z])])])]);
}

/** `x` cut to 0 and above, and to `most` for each column. */
const cut = (graph: Graph, x: Value, most: Value) => graph.add("Min", [graph.add("Max", [x, graph.number(0)]), most]);

/** A curve of straight pieces as the sum of how far each piece has been walked. */
function addInterpolation(graph: Graph, x: Value, inputs: readonly number[], outputs: readonly number[]): Value {
  const [first, ...rest] = outputs;
  if (rest.length === 0) return graph.everywhere(first, x);
  const widths = graph.row(rest.map((_, i) => inputs[i + 1] - inputs[i]));
  const walked = cut(graph, graph.add("Sub", [x, graph.row(inputs.slice(0, -1))]), widths);
  const rises = graph.constant(
    "double",
    [rest.length, 1],
    rest.map((output, i) => output - outputs[i]),
  );
  return graph.add("Add", [graph.add("MatMul", [graph.add("Div", [walked, widths]), rises]), graph.number(first)]);
}

function addCalibration(graph: Graph, logit: Value, calibration: Calibration, rate: number): Value {
  const scaled = (slope: number) => graph.add("Mul", [logit, graph.number(slope)]);
  switch (calibration.kind) {
    case "none":
      return addLogistic(graph, logit);
    case "shrink": {
      const distance = graph.add("Sub", [addLogistic(graph, logit), graph.number(rate)]);
      return graph.add("Add", [graph.add("Mul", [distance, graph.number(calibration.weight)]), graph.number(rate)]);
    }
    case "temperature":
      return addLogistic(graph, graph.add("Div", [logit, graph.number(calibration.temperature)]));
    case "platt":
      return addLogistic(graph, graph.add("Add", [scaled(calibration.slope), graph.number(calibration.intercept)]));
    case "isotonic":
      return addInterpolation(graph, addLogistic(graph, logit), calibration.inputs, calibration.outputs);
  }
}

/** P(conversion), `N x 1` doubles in [0, 1]. */
export function addProbability(graph: Graph, rows: Rows, { classifier, calibration, baseline }: Model): Value {
  const probability =
    classifier.kind === "constant"
      ? graph.everywhere(baseline.rate, rows.raw)
      : addCalibration(graph, addLogit(graph, rows, classifier), calibration, baseline.rate);
  return graph.add("Clip", [probability, graph.number(0), graph.number(1)]);
}

/** Below this, 1 - e^-x has lost too many digits, and three terms of a series have them all. */
const SMALL = 1e-3;
/** Keeps a bin whose hazard is too small for a double from dividing by 0. */
const LEAST_HAZARD = 1e-300;
/** As `hazardQuantile`: what keeps e^x finite. */
const MAX_LOG_HAZARD = 30;

/**
 * The median of a piecewise constant hazard, as `hazardQuantile` at .5. With `h` half the cumulative hazard up to the horizon, the
 * median has come where it reaches `h - log cosh h`; each bin then adds as many seconds as it takes to get there, within its width.
 *
 * @param from seconds, `N x 1`.
 */
function addHazardMedian(graph: Graph, rows: Rows, { edgesSeconds, logHazards, weights }: Hazard, from: Value): Value {
  const bins = edgesSeconds.length;
  const z = graph.add("MatMul", [rows.prepared, graph.constant("double", [weights.length, 1], weights)]);
  const logs = graph.add("Min", [graph.add("Add", [z, graph.row(logHazards)]), graph.number(MAX_LOG_HAZARD)]);
  const hazards = graph.add("Max", [graph.add("Exp", [logs]), graph.number(LEAST_HAZARD)]);
  const starts = graph.add("Max", [graph.row([0, ...edgesSeconds.slice(0, -1)]), from]);
  const seconds = graph.add("Max", [graph.add("Sub", [graph.row(edgesSeconds), starts]), graph.number(0)]);
  const masses = graph.add("Mul", [seconds, hazards]);
  const ones = (width: number, isAdded: (row: number, column: number) => boolean) =>
    graph.constant(
      "double",
      [bins, width],
      Array.from({ length: bins * width }, (_, i) => (isAdded(Math.floor(i / width), i % width) ? 1 : 0)),
    );
  const total = graph.add("MatMul", [masses, ones(1, () => true)]);
  const before = graph.add("MatMul", [masses, ones(bins, (row, column) => row < column)]);
  const half = graph.add("Mul", [total, graph.number(0.5)]);
  const squared = graph.add("Mul", [half, half]);
  const quarter = graph.add("Mul", [graph.add("Mul", [squared, squared]), graph.number(1 / 12)]);
  const series = graph.add("Add", [graph.add("Sub", [half, graph.add("Mul", [squared, graph.number(0.5)])]), quarter]);
  const tail = graph.add("Add", [graph.add("Exp", [graph.add("Neg", [total])]), graph.number(1)]);
  const closed = graph.add("Sub", [graph.number(Math.LN2), graph.add("Log", [tail])]);
  const target = graph.add("Where", [graph.add("Less", [total, graph.number(SMALL)]), series, closed]);
  const left = graph.add("Div", [graph.add("Sub", [target, before]), hazards]);
  const walked = graph.add("MatMul", [cut(graph, left, seconds), ones(1, () => true)]);
  return graph.add("Add", [graph.add("Max", [from, graph.number(0)]), walked]);
}

/** Median seconds of a conversion, `N x 1` doubles, not yet after the landmark's moment. */
export function addTime(graph: Graph, rows: Rows, { time, baseline }: Model, from: Value): Value {
  const { medianTimeSeconds } = baseline;
  if (time.kind === "constant") return graph.everywhere(medianTimeSeconds, rows.raw);
  const ownLog = () => {
    if (time.kind === "hazard") return graph.add("Log", [addHazardMedian(graph, rows, time, from)]);
    const scores = time.members.map((member) => addScore(graph, rows, member));
    const sum = scores.reduce((total, score) => graph.add("Add", [total, score]));
    const scaled = graph.add("Mul", [sum, graph.number(time.scale / scores.length)]);
    return graph.add("Add", [scaled, graph.number(time.centre)]);
  };
  const distance = graph.add("Sub", [ownLog(), graph.number(Math.log(medianTimeSeconds))]);
  const weighted = graph.add("Mul", [distance, graph.number(time.weight)]);
  return graph.add("Mul", [graph.add("Exp", [weighted]), graph.number(medianTimeSeconds)]);
}
