import { ModelFileError } from "../errors.ts";
import { readWhole } from "./read-whole.ts";
import { createWire, type Span, type Wire } from "./wire.ts";

/** Largest `.onnx` file that is read. */
export const MAX_ONNX_BYTES = 256 * 2 ** 20;
const MAX_DEPTH = 8;
const MAX_NODES = 100_000;

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  readonly kind: "tensor" | "sequence" | "map" | "other";
  /** "float", "double", "int64", "string", ..., or ONNX's number of another type; "" where it has none. */
  readonly type: string;
  /** Sizes; a text is a size of any length, "?" one without a name. Null where the file does not tell. */
  readonly shape: readonly (number | string)[] | null;
}

/** What an ONNX file says about itself. */
export interface OnnxHeader {
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** How often each operator occurs. */
  readonly operators: Readonly<Record<string, number>>;
}

/** Numbers of the fields in onnx.proto. */
const MODEL = { producer: 2, graph: 7, opset: 8, metadata: 14, function: 25 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparse: 15 } as const;
const FUNCTION = { node: 7 } as const;
const NODE = { operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { tensors: [5, 10], graphs: [6, 11], sparse: [22, 23] } as const;
const TENSOR = { name: 8, externalData: 13, location: 14 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const VALUE = { name: 1, type: 2 } as const;
const DIMENSION = { size: 1, label: 2 } as const;
/** Element types; the others are no numbers that are read. */
const TYPES: Readonly<Record<number, string>> = {
  1: "float",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "double",
};
const KINDS: Readonly<Record<number, OnnxValue["kind"]>> = { 1: "tensor", 4: "sequence", 5: "map" };
/** Runs as often as a number in the file says. */
const ENDLESS = "Loop";

type Refuse = (reason: string, hint?: string) => ModelFileError;

/** Walks nodes, and the graphs within them; counts operators. */
function createChecker(wire: Wire, refuse: Refuse) {
  const operators = new Map<string, number>();
  let nodes = 0;
  const checkTensor = (tensor: Span) => {
    for (const { number, value } of wire.fields(tensor)) {
      if (number !== TENSOR.externalData && (number !== TENSOR.location || value === 0)) continue;
      const hint = "Save it as one file, with its weights inside.";
      throw refuse("it keeps numbers in other files, which are not read", hint);
    }
  };
  /** A sparse tensor is one of values and one of indices. */
  const checkSparse = (sparse: Span) => {
    for (const field of wire.fields(sparse)) if (field.number <= 2) checkTensor(field);
  };
  const isIn = (list: readonly number[], number: number) => list.includes(number);
  const checkNode = (node: Span, depth: number): void => {
    nodes += 1;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) throw refuse("its graph is too large or too deep");
    const operator = wire.textAt(node, NODE.operator).slice(0, 100);
    if (operator === ENDLESS) throw refuse("it holds a Loop, which may never end");
    operators.set(operator, (operators.get(operator) ?? 0) + 1);
    for (const attribute of wire.fields(node)) {
      if (attribute.number !== NODE.attribute) continue;
      for (const field of wire.fields(attribute)) {
        if (isIn(ATTRIBUTE.tensors, field.number)) checkTensor(field);
        if (isIn(ATTRIBUTE.graphs, field.number)) checkGraph(field, depth + 1);
        if (isIn(ATTRIBUTE.sparse, field.number)) checkSparse(field);
      }
    }
  };
  const checkGraph = (graph: Span, depth: number): void => {
    for (const field of wire.fields(graph)) {
      if (field.number === GRAPH.node) checkNode(field, depth);
      if (field.number === GRAPH.initializer) checkTensor(field);
      if (field.number === GRAPH.sparse) checkSparse(field);
    }
  };
  return { operators, checkNode, checkGraph };
}

function describeShape(wire: Wire, shape: Span): (number | string)[] {
  const sizes: (number | string)[] = [];
  for (const dimension of wire.fields(shape)) {
    if (dimension.number !== 1) continue;
    const label = wire.textAt(dimension, DIMENSION.label);
    sizes.push(wire.last(dimension, DIMENSION.size)?.value ?? (label === "" ? "?" : label));
  }
  return sizes;
}

function describeValue(wire: Wire, span: Span): OnnxValue {
  const name = wire.textAt(span, VALUE.name);
  const type = wire.last(span, VALUE.type);
  for (const field of type === undefined ? [] : wire.fields(type)) {
    const kind = KINDS[field.number] ?? "other";
    if (kind !== "tensor") return { name, kind, type: "", shape: null };
    const element = wire.last(field, 1)?.value ?? 0;
    const shape = wire.last(field, 2);
    return {
      name,
      kind,
      type: TYPES[element] ?? String(element),
      shape: shape === undefined ? null : describeShape(wire, shape),
    };
  }
  return { name, kind: "other", type: "", shape: null };
}

/**
 * Walks an ONNX file's messages without building them.
 *
 * @throws {ModelFileError} for what is no ONNX file, keeps numbers in other files, or holds a Loop.
 */
export function readOnnxHeader(path: string, bytes: Uint8Array): OnnxHeader {
  const refuse: Refuse = (reason, hint) => new ModelFileError({ path, reason, ...(hint !== undefined && { hint }) });
  const damaged = () => refuse("it is no ONNX file, or damaged");
  const wire = createWire(bytes, damaged);
  const { operators, checkNode, checkGraph } = createChecker(wire, refuse);
  const metadata: [string, string][] = [];
  const opsets: { domain: string; version: number }[] = [];
  const graphs: Span[] = [];
  let producer = "";
  for (const field of wire.fields(wire.whole)) {
    if (field.number === MODEL.graph) graphs.push(field);
    if (field.number === MODEL.producer) producer = wire.text(field);
    if (field.number === MODEL.metadata)
      metadata.push([wire.textAt(field, ENTRY.key), wire.textAt(field, ENTRY.value)]);
    if (field.number === MODEL.opset) {
      opsets.push({ domain: wire.textAt(field, ENTRY.key), version: wire.last(field, ENTRY.value)?.value ?? 0 });
    }
    if (field.number !== MODEL.function) continue;
    for (const part of wire.fields(field)) if (part.number === FUNCTION.node) checkNode(part, 0);
  }
  const [graph] = graphs;
  if (graphs.length !== 1 || opsets.length === 0) throw damaged();
  checkGraph(graph, 0);
  const constants = new Set<string>();
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  for (const part of wire.fields(graph)) {
    if (part.number === GRAPH.initializer) constants.add(wire.textAt(part, TENSOR.name));
    if (part.number === GRAPH.input) inputs.push(describeValue(wire, part));
    if (part.number === GRAPH.output) outputs.push(describeValue(wire, part));
  }
  return {
    producer,
    opsets,
    metadata: Object.fromEntries(metadata),
    // Old files list their weights among the inputs.
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs,
    operators: Object.fromEntries([...operators].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/**
 * Inputs, outputs, metadata and operators of an `.onnx` file, without running it.
 *
 * @throws {ModelFileError} for what is no ONNX file, keeps numbers in other files, or holds a Loop.
 * @example
 * (await inspectOnnxFile("model.onnx")).inputs; // [{ name: "features", kind: "tensor", type: "float", shape: ["N", 40] }]
 */
export async function inspectOnnxFile(path: string): Promise<OnnxHeader> {
  return readOnnxHeader(path, await readWhole(path, MAX_ONNX_BYTES));
}
