import { z } from "zod";
import { SubnetError } from "../../core/index.ts";
import { FEATURE_NAMES, type FeatureName } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { ModelFileError } from "../errors.ts";
import { type Model, SPREAD_LEVELS } from "../models/model.ts";
import { type Layer, network, tensorsOf } from "../network/layers.ts";
import { problemOfTrees, type Trees } from "../trees/trees.ts";
import { layersSchema } from "./layers-schema.ts";
import type { Tensor } from "./safetensors.ts";

/** A model as JSON, its arrays of numbers as tensors: `{"tensor": "time.weights"}` stands where one was. */
export interface PackedState {
  readonly json: unknown;
  readonly tensors: readonly Tensor[];
}

type Numbers = Float32Array | Int32Array | Uint8Array;
const isNumbers = (value: unknown): value is Numbers =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;

/**
 * Takes a model apart. A network's parameters become one tensor a layer, under PyTorch's names (`classifier.0.weight`); every
 * other array one tensor under its own path. All are exact in f32.
 */
export function packModel(model: Model): PackedState {
  const tensors: Tensor[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (isNumbers(value)) {
      tensors.push({ name: path, shape: [value.length], values: Float32Array.from(value) });
      return { tensor: path };
    }
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${path}.${i}`));
    if (typeof value !== "object" || value === null) return value;
    const {
      network: shape,
      parameters,
      ...rest
    } = value as { network?: Parameters<typeof tensorsOf>[0]; parameters?: unknown };
    const entries = Object.entries(rest).map(([key, item]) => [key, walk(item, path === "" ? key : `${path}.${key}`)]);
    if (shape === undefined || !(parameters instanceof Float32Array)) return Object.fromEntries(entries);
    for (const { name, shape: dimensions, offset, length } of tensorsOf(shape)) {
      tensors.push({
        name: `${path}.${name}`,
        shape: dimensions,
        values: parameters.subarray(offset, offset + length),
      });
    }
    return { ...Object.fromEntries(entries), layers: shape.layers, tensors: path };
  };
  return { json: walk(model, ""), tensors };
}

const share = z.number().min(0).max(1);
const feature = z.custom<FeatureName>((name) => FEATURE_NAMES.some((own) => own === name), "is no feature");
const scaled = { mean: z.number(), inverse: z.number().min(0) };
const columnSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("value"), feature, log: z.boolean(), ...scaled }),
  z.strictObject({ kind: z.literal("missing"), feature, ...scaled }),
  z.strictObject({ kind: z.literal("product"), features: z.tuple([feature, feature]), ...scaled }),
]);
const preparationSchema = z.strictObject({
  clip: z.number().positive(),
  columns: z
    .array(columnSchema)
    .max(4096)
    .refine(
      (columns) =>
        columns.length === 0 ||
        FEATURE_NAMES.every((name, i) => {
          const column = columns[i];
          return column?.kind === "value" && column.feature === name;
        }),
      "must begin with the 40 features in their order",
    ),
});
const rising = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number > numbers[i - 1]);
const neverFalling = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number >= numbers[i - 1]);
const calibrationSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("shrink"), weight: share }),
  z.strictObject({ kind: z.literal("temperature"), temperature: z.number().positive() }),
  z.strictObject({ kind: z.literal("platt"), slope: z.number().min(0), intercept: z.number() }),
  z
    .strictObject({
      kind: z.literal("isotonic"),
      inputs: z.array(share).min(1).refine(rising, "must rise"),
      outputs: z.array(share).refine(neverFalling, "must not fall"),
    })
    .refine(({ inputs, outputs }) => inputs.length === outputs.length, "inputs and outputs must be as many"),
]);
const spread = z
  .array(z.number().min(-50).max(50))
  .refine(({ length }) => length === 0 || length === SPREAD_LEVELS.length, "must be one for each level, or none")
  .refine(neverFalling, "must not fall");

/** Where the tensors of a file are taken from; each once. */
export interface TensorStore {
  /** @throws {ModelFileError} when it is not there, or has another shape. */
  take(name: string, shape?: readonly number[]): Float32Array;
}

/** The door for a model's JSON, which takes its tensors out of the store. */
function modelSchema(path: string, store: TensorStore) {
  const refuse = (reason: string) => new ModelFileError({ path, reason });
  const floats = z.strictObject({ tensor: z.string() }).transform(({ tensor }) => store.take(tensor));
  const whole = floats.transform((values) => {
    if (values.every((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 24)) return values;
    throw refuse("a tensor of whole numbers holds another");
  });
  const shapeOf = (layers: readonly Layer[], prefix: string) => {
    try {
      return network(layers);
    } catch (cause) {
      if (!(cause instanceof SubnetError)) throw cause;
      throw refuse(`its ${prefix} is no network (${cause.shortMessage.replace(/\.$/, "")})`);
    }
  };
  const linear = { weights: floats, bias: z.number() };
  const networkSchema = z
    .strictObject({ kind: z.literal("network"), layers: layersSchema, tensors: z.string() })
    .transform(({ kind, layers, tensors: prefix }) => {
      const shape = shapeOf(layers, prefix);
      if (shape.outputs !== 1) throw refuse(`its ${prefix} is a network of ${shape.outputs} outputs`);
      // All are taken before anything is allocated: what is declared is a stranger's word, what is taken is in the file.
      const taken = tensorsOf(shape).map(({ name, shape: dimensions, offset, length }) => ({
        values: store.take(`${prefix}.${name}`, dimensions),
        offset,
        end: offset + length,
      }));
      const parameters = new Float32Array(taken.at(-1)?.end ?? 0);
      for (const { values, offset } of taken) parameters.set(values, offset);
      return { kind, network: shape, parameters };
    });
  const treesSchema = z.strictObject({
    kind: z.literal("trees"),
    trees: z
      .strictObject({
        columns: z.literal(INPUTS),
        objective: z.enum(["logistic", "squared", "huber"]),
        baseScore: z.number(),
        offsets: whole.transform((values) => new Int32Array(values)),
        feature: whole.transform((values) => new Int32Array(values)),
        threshold: floats,
        left: whole.transform((values) => new Int32Array(values)),
        right: whole.transform((values) => new Int32Array(values)),
        defaultLeft: whole.transform((values) => new Uint8Array(values)),
        value: floats,
        gain: floats,
      })
      .transform((trees): Trees => {
        const problem = problemOfTrees(trees);
        if (problem === null) return trees;
        throw refuse(`its trees are damaged: ${problem}`);
      }),
  });
  const logisticSchema = z.strictObject({ kind: z.literal("logistic"), ...linear });
  const member = z.discriminatedUnion("kind", [
    logisticSchema,
    networkSchema,
    treesSchema,
    z.strictObject({ kind: z.literal("constant") }),
  ]);
  const ensembleSchema = z
    .strictObject({
      kind: z.literal("ensemble"),
      members: z.array(member).max(100),
      weights: z.array(z.number()),
      bias: z.number(),
    })
    .refine(({ members, weights }) => members.length === weights.length, "members and weights must be as many");
  const scorer = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("linear"), ...linear }),
    networkSchema,
    treesSchema,
  ]);
  const timeSchema = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("constant") }),
    z.strictObject({
      kind: z.literal("regression"),
      members: z.array(scorer).min(1).max(100),
      centre: z.number(),
      scale: z.number().positive(),
      weight: share,
      spread,
    }),
    z
      .strictObject({
        kind: z.literal("hazard"),
        edgesSeconds: z.array(z.number().positive()).min(1).max(1000).refine(rising, "must rise"),
        logHazards: z.array(z.number().min(-700).max(700)),
        weights: floats,
        weight: share,
      })
      .refine(({ edgesSeconds, logHazards }) => edgesSeconds.length === logHazards.length, "bins must be as many"),
  ]);
  return z.strictObject({
    preparation: preparationSchema,
    classifier: z.discriminatedUnion("kind", [...member.options, ensembleSchema]),
    calibration: calibrationSchema,
    decision: z.strictObject({ threshold: share, scoring: z.string().max(100).nullable() }),
    time: timeSchema,
    baseline: z.strictObject({ rate: share, medianTimeSeconds: z.number().positive(), spread }),
    origin: z.strictObject({
      seed: z.number(),
      rows: z.int().min(0),
      dataHash: z.string().max(64),
      conversations: z.array(z.string().max(64)).max(1000),
      metrics: z.record(z.string(), z.number()),
    }),
  });
}

/** Widths that a part takes against those that the preparation gives; null = they fit. */
function problemOfWidths({ preparation, classifier, time }: Model): string | null {
  const width = preparation.columns.length;
  const members = classifier.kind === "ensemble" ? classifier.members : [classifier];
  const parts = [
    ...members,
    ...(time.kind === "regression" ? time.members : []),
    ...(time.kind === "hazard" ? [time] : []),
  ];
  for (const part of parts) {
    const own = "network" in part ? part.network.inputs : "weights" in part ? part.weights.length : width;
    if (own !== width) return `its ${part.kind} takes ${own} inputs and its preparation gives ${width}`;
  }
  return null;
}

/**
 * Puts a model together; every part is checked, and every tensor taken from the store.
 *
 * @throws {ModelFileError}; {@link z.ZodError} for JSON that is no model.
 */
export function unpackModel(path: string, json: unknown, store: TensorStore): Model {
  // A file is read once: compiling a fast path for it takes longer than it saves.
  const model: Model = modelSchema(path, store).parse(json, { jitless: true });
  const problem = problemOfWidths(model);
  if (problem !== null) throw new ModelFileError({ path, reason: problem });
  return model;
}
