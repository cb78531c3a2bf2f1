/** Element types, as ONNX numbers them. */
const TYPES = { float: 1, int64: 7, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof TYPES;

/** Numbers of an initializer or of an attribute. */
interface TensorOf {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** An attribute of a node; ONNX tells whole numbers from others by their type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: ArrayLike<number> }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly tensor: TensorOf };

/** Trees are no part of ONNX itself. */
const TREES_DOMAIN = "ai.onnx.ml";
const OPSET = 13n;
const TREES_OPSET = 3n;
/** Of ONNX 1.8, which brought operator set 13. */
const IR_VERSION = 7n;

interface Node {
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The name of a value in a graph. */
export type Value = string;

/** A graph that grows node by node; names count up, so the same calls give the same graph. */
export interface Graph {
  /** Adds a node of one output. */
  add(opType: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): Value;
  /** A double without dimensions. */
  number(value: number): Value;
  /** Doubles as `1 x values`. */
  row(values: ArrayLike<number>): Value;
  cast(value: Value, type: ElementType): Value;
  /** Some columns of `rows x columns`. */
  columns(value: Value, indices: readonly number[]): Value;
  /** One number for every row. */
  everywhere(value: number, like: Value): Value;
  output(name: string, value: Value, type: ElementType): void;
  readonly nodes: readonly Node[];
  readonly constants: readonly (TensorOf & { readonly name: string })[];
  readonly outputs: readonly { readonly name: string; readonly type: ElementType }[];
}

/** An empty graph. */
export function createGraph(): Graph {
  const nodes: Node[] = [];
  const constants: (TensorOf & { name: string })[] = [];
  const outputs: { name: string; type: ElementType }[] = [];
  const graph: Graph = {
    nodes,
    constants,
    outputs,
    add(opType, input, attributes = {}) {
      const name = `${opType.toLowerCase()}_${nodes.length}`;
      const domain = opType.startsWith("TreeEnsemble") ? TREES_DOMAIN : "";
      nodes.push({ opType, domain, input, output: [name], attributes });
      return name;
    },
    constant(type, shape, values) {
      const name = `constant_${constants.length}`;
      constants.push({ name, type, shape, values });
      return name;
    },
    number: (value) => graph.constant("double", [], [value]),
    row: (values) => graph.constant("double", [1, values.length], values),
    cast: (value, type) => graph.add("Cast", [value], { to: { int: TYPES[type] } }),
    columns: (value, indices) =>
      graph.add("Gather", [value, graph.constant("int64", [indices.length], indices)], { axis: { int: 1 } }),
    everywhere(value, like) {
      const rows = graph.add("Gather", [graph.add("Shape", [like]), graph.constant("int64", [1], [0])]);
      const shape = graph.add("Concat", [rows, graph.constant("int64", [1], [1])], { axis: { int: 0 } });
      return graph.add("Expand", [graph.number(value), shape]);
    },
    output(name, value, type) {
      nodes.push({ opType: "Identity", domain: "", input: [value], output: [name], attributes: {} });
      outputs.push({ name, type });
    },
  };
  return graph;
}

/** Little-endian, whatever this machine is. */
function rawData({ type, values }: TensorOf): Uint8Array<ArrayBuffer> {
  const size = { float: 4, int64: 8, bool: 1, double: 8 }[type];
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (let i = 0; i < values.length; i++) {
    if (type === "float") view.setFloat32(i * size, values[i], true);
    else if (type === "double") view.setFloat64(i * size, values[i], true);
    else if (type === "int64") view.setBigInt64(i * size, BigInt(values[i]), true);
    else view.setUint8(i, values[i]);
  }
  return new Uint8Array(view.buffer);
}

const encoder = new TextEncoder();
const bigs = (values: ArrayLike<number>) => Array.from(values, BigInt);
const tensorOf = (tensor: TensorOf) => ({
  dims: bigs(tensor.shape),
  dataType: TYPES[tensor.type],
  rawData: rawData(tensor),
});

/** The numbers stand for AttributeProto.AttributeType. */
function attributeOf(name: string, attribute: Attribute) {
  if ("int" in attribute) return { name, type: 2, i: BigInt(attribute.int) };
  if ("float" in attribute) return { name, type: 1, f: attribute.float };
  if ("ints" in attribute) return { name, type: 7, ints: bigs(attribute.ints) };
  if ("text" in attribute) return { name, type: 3, s: encoder.encode(attribute.text) };
  if ("texts" in attribute) return { name, type: 8, strings: attribute.texts.map((text) => encoder.encode(text)) };
  return { name, type: 4, t: tensorOf(attribute.tensor) };
}

const describeValue = (name: string, type: ElementType, columns: number) => ({
  name,
  type: {
    value: {
      case: "tensorType" as const,
      value: {
        elemType: TYPES[type],
        shape: {
          dim: [
            { value: { case: "dimParam" as const, value: "N" } },
            { value: { case: "dimValue" as const, value: BigInt(columns) } },
          ],
        },
      },
    },
  },
});

/** The bytes of an ONNX file: one float input of `N x columns`, every output `N x 1`. */
export async function encodeGraph(
  graph: Graph,
  { input, metadata }: { input: { name: string; columns: number }; metadata: Readonly<Record<string, string>> },
): Promise<Uint8Array> {
  // Loaded when used: importing this room stays cheap.
  const [{ create, toBinary }, { ModelProtoSchema }] = await Promise.all([
    import("@bufbuild/protobuf"),
    import("onnx-buf"),
  ]);
  const usesTrees = graph.nodes.some(({ domain }) => domain === TREES_DOMAIN);
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "conversion-subnet",
    opsetImport: [
      { domain: "", version: OPSET },
      ...(usesTrees ? [{ domain: TREES_DOMAIN, version: TREES_OPSET }] : []),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "model",
      node: graph.nodes.map(({ opType, domain, input: inputs, output, attributes }) => ({
        name: output[0],
        opType,
        domain,
        input: [...inputs],
        output: [...output],
        attribute: Object.entries(attributes).map(([name, attribute]) => attributeOf(name, attribute)),
      })),
      initializer: graph.constants.map((constant) => ({ name: constant.name, ...tensorOf(constant) })),
      input: [describeValue(input.name, "float", input.columns)],
      output: graph.outputs.map(({ name, type }) => describeValue(name, type, 1)),
    },
  });
  return toBinary(ModelProtoSchema, model);
}
