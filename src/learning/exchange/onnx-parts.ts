import { FEATURE_NAMES } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import type { Linear } from "../models/linear.ts";
import type { Classifier, Scorer, TrainedNetwork } from "../models/model.ts";
import type { Preparation, PreparedColumn } from "../models/preparation.ts";
import { type Layer, tensorsOf } from "../network/layers.ts";
import { type Trees, treeCount } from "../trees/trees.ts";
import type { Graph, Value } from "./onnx-graph.ts";

/** What the parts of a model read, as values of a graph. */
export interface Rows {
  /** `N x 40` doubles; NaN = unknown. */
  readonly raw: Value;
  /** `N x 40` truths. */
  readonly unknown: Value;
  /** `N x columns` doubles; `raw` where the preparation has no columns. */
  readonly prepared: Value;
}

const indexOf = (feature: PreparedColumn & { kind: "value" | "missing" }) => FEATURE_NAMES.indexOf(feature.feature);

/** As `createPrepareRow`: in double, so that nothing is lost but the last digit of a logarithm. */
export function addPreparation(graph: Graph, raw: Value, unknown: Value, { clip, columns }: Preparation): Value {
  if (columns.length === 0) return raw;
  const zero = graph.number(0);
  const standardised = (value: Value, list: readonly PreparedColumn[]) => {
    const centred = graph.add("Sub", [value, graph.row(list.map(({ mean }) => mean))]);
    const scaled = graph.add("Mul", [centred, graph.row(list.map(({ inverse }) => inverse))]);
    return graph.add("Clip", [scaled, graph.number(-clip), graph.number(clip)]);
  };
  const features = columns.slice(0, INPUTS);
  const known = graph.add("Where", [unknown, zero, raw]);
  const logs = features.map((column) => (column.kind === "value" && column.log ? 1 : 0));
  const logged = () => graph.add("Log", [graph.add("Add", [graph.add("Max", [known, zero]), graph.number(1)])]);
  const values = logs.includes(1)
    ? graph.add("Where", [graph.constant("bool", [1, INPUTS], logs), logged(), known])
    : known;
  const first = graph.add("Where", [unknown, zero, standardised(values, features)]);
  const extra = columns.slice(INPUTS).map((column) => {
    if (column.kind !== "product") return graph.cast(graph.columns(unknown, [indexOf(column)]), "double");
    const [a, b] = column.features.map((name) => graph.columns(first, [FEATURE_NAMES.indexOf(name)]));
    return graph.add("Mul", [a, b]);
  });
  if (extra.length === 0) return first;
  const others = standardised(graph.add("Concat", extra, { axis: { int: 1 } }), columns.slice(INPUTS));
  return graph.add("Concat", [first, others], { axis: { int: 1 } });
}

function addLinear(graph: Graph, { prepared }: Rows, { weights, bias }: Linear): Value {
  const product = graph.add("MatMul", [prepared, graph.constant("double", [weights.length, 1], weights)]);
  return graph.add("Add", [product, graph.number(bias)]);
}

/** One layer in serving form; `tensor` gives its numbers by name. */
function addLayer(graph: Graph, x: Value, layer: Layer, tensor: (name: string) => Value): Value {
  switch (layer.kind) {
    case "dense":
      return graph.add("Gemm", [x, tensor("weight"), tensor("bias")], { transB: { int: 1 } });
    case "batchNorm":
      return graph.add(
        "BatchNormalization",
        [x, ...["weight", "bias", "running_mean", "running_var"].map(tensor)],
        // Ours and PyTorch's: see network/steps.ts.
        { epsilon: { float: 1e-5 } },
      );
    case "relu":
      return graph.add("Relu", [x]);
    case "leakyRelu":
      return graph.add("LeakyRelu", [x], { alpha: { float: layer.slope } });
    case "gelu": {
      const float = (value: number) => graph.constant("float", [], [value]);
      const erf = graph.add("Erf", [graph.add("Mul", [x, float(Math.SQRT1_2)])]);
      return graph.add("Mul", [graph.add("Mul", [x, float(0.5)]), graph.add("Add", [erf, float(1)])]);
    }
    case "tanh":
      return graph.add("Tanh", [x]);
    case "sigmoid":
      return graph.add("Sigmoid", [x]);
    case "dropout":
      return x;
  }
}

/** In single precision, as networks are served here. */
function addNetwork(graph: Graph, { prepared }: Rows, { network, parameters }: TrainedNetwork): Value {
  const places = tensorsOf(network);
  let x = graph.cast(prepared, "float");
  network.layers.forEach((layer, index) => {
    x = addLayer(graph, x, layer, (name) => {
      const place = places.find((candidate) => candidate.name === `${index}.${name}`);
      const { shape, offset, length } = place ?? { shape: [0], offset: 0, length: 0 };
      return graph.constant("float", shape, parameters.subarray(offset, offset + length));
    });
  });
  return graph.cast(x, "double");
}

/** In double, since onnxruntime adds up leaves in the precision of its input; the features themselves are exact in either. */
function addTrees(graph: Graph, { raw }: Rows, trees: Trees): Value {
  const { offsets, feature, threshold, left, right, defaultLeft, value } = trees;
  if (treeCount(trees) === 0) return graph.everywhere(trees.baseScore, raw);
  const tree = new Int32Array(feature.length);
  for (let i = 0; i + 1 < offsets.length; i++) tree.fill(i, offsets[i], offsets[i + 1]);
  const number = tree.map((own, node) => node - offsets[own]);
  const child = (children: Int32Array) => children.map((node, at) => (node < 0 ? 0 : node - offsets[tree[at]]));
  const leaves = Array.from(feature.keys()).filter((node) => feature[node] < 0);
  const doubles = (values: ArrayLike<number>) => ({
    tensor: { type: "double" as const, shape: [values.length], values },
  });
  const score = graph.add("TreeEnsembleRegressor", [raw], {
    n_targets: { int: 1 },
    aggregate_function: { text: "SUM" },
    post_transform: { text: "NONE" },
    nodes_treeids: { ints: tree },
    nodes_nodeids: { ints: number },
    nodes_modes: { texts: Array.from(feature, (column) => (column < 0 ? "LEAF" : "BRANCH_LT")) },
    nodes_featureids: { ints: feature.map((column) => Math.max(0, column)) },
    nodes_values_as_tensor: doubles(threshold),
    nodes_truenodeids: { ints: child(left) },
    nodes_falsenodeids: { ints: child(right) },
    nodes_missing_value_tracks_true: { ints: defaultLeft },
    target_treeids: { ints: leaves.map((node) => tree[node]) },
    target_nodeids: { ints: leaves.map((node) => number[node]) },
    target_ids: { ints: leaves.map(() => 0) },
    target_weights_as_tensor: doubles(leaves.map((node) => value[node])),
  });
  return graph.add("Add", [graph.cast(score, "double"), graph.number(trees.baseScore)]);
}

/** The number that a scorer gives, `N x 1` doubles. */
export function addScore(graph: Graph, rows: Rows, scorer: Scorer): Value {
  if (scorer.kind === "linear") return addLinear(graph, rows, scorer);
  if (scorer.kind === "network") return addNetwork(graph, rows, scorer);
  return addTrees(graph, rows, scorer.trees);
}

/** Logits beyond this say nothing more: as `logitOf` of the calibration. */
const MAX_LOGIT = 30;

/** The logit of a conversion, `N x 1` doubles. */
export function addLogit(graph: Graph, rows: Rows, classifier: Exclude<Classifier, { kind: "constant" }>): Value {
  if (classifier.kind === "logistic") return addLinear(graph, rows, classifier);
  if (classifier.kind !== "ensemble") {
    const score = addScore(graph, rows, classifier);
    if (classifier.kind === "trees" || classifier.network.layers.at(-1)?.kind !== "sigmoid") return score;
    const opposite = graph.add("Log", [graph.add("Sub", [graph.number(1), score])]);
    const logit = graph.add("Sub", [graph.add("Log", [score]), opposite]);
    return graph.add("Clip", [logit, graph.number(-MAX_LOGIT), graph.number(MAX_LOGIT)]);
  }
  const { members, weights, bias } = classifier;
  return members.reduce<Value>(
    (sum, member, i) => {
      if (member.kind === "constant") return sum;
      return graph.add("Add", [sum, graph.add("Mul", [addLogit(graph, rows, member), graph.number(weights[i])])]);
    },
    graph.everywhere(bias, rows.raw),
  );
}
