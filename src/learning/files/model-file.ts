import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { errorText, writeFileAtomic } from "../../core/index.ts";
import { FEATURE_NAMES, FEATURE_TABLE_HASH, firstIssue } from "../../schema.ts";
import { INPUTS } from "../data/dataset.ts";
import { FeatureTableError, ModelFileError } from "../errors.ts";
import { MODEL_VERSION, type Model, type TrainedNetwork } from "../models/model.ts";
import { type Layer, type Network, network, tensorsOf } from "../network/layers.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts";

const FORMAT = "conversion-subnet model";

const share = z.number().min(0).max(1);
const units = z.int().min(1).max(65_536);
const layerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dense"), inputs: units, outputs: units }),
  z.strictObject({ kind: z.literal("batchNorm"), size: units }),
  z.strictObject({ kind: z.literal("relu") }),
  z.strictObject({ kind: z.literal("leakyRelu"), slope: share }),
  z.strictObject({ kind: z.literal("tanh") }),
  z.strictObject({ kind: z.literal("sigmoid") }),
  z.strictObject({ kind: z.literal("dropout"), rate: z.number().min(0).max(0.99) }),
]) satisfies z.ZodType<Layer>;
const layersSchema = z.array(layerSchema).min(1).max(100);
const column = z.array(z.number()).length(INPUTS);
const baselineSchema = z.object({ rate: share, medianTimeSeconds: z.number().positive() });
const plainSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("baseline"), baseline: baselineSchema }),
  z.object({
    kind: z.literal("network"),
    baseline: baselineSchema,
    scaler: z.object({ mean: column, inverse: column }),
    classifier: z.object({ layers: layersSchema, weight: share }),
    time: z
      .object({ layers: layersSchema, weight: share, centre: z.number(), scale: z.number().positive() })
      .nullable(),
    origin: z.object({
      seed: z.number(),
      rows: z.int().min(0),
      dataHash: z.string().max(64),
      metrics: z.record(z.string(), z.number()),
    }),
  }),
]);
type PlainModel = z.output<typeof plainSchema>;

function plainOf(model: Model): PlainModel {
  if (model.kind === "baseline") return { kind: "baseline", baseline: { ...model.baseline } };
  const { baseline, scaler, classifier, time, origin } = model;
  return {
    kind: "network",
    baseline: { ...baseline },
    scaler: { mean: [...scaler.mean], inverse: [...scaler.inverse] },
    classifier: { layers: [...classifier.network.layers], weight: classifier.weight },
    time:
      time === null
        ? null
        : { layers: [...time.network.layers], weight: time.weight, centre: time.centre, scale: time.scale },
    origin: { ...origin, metrics: { ...origin.metrics } },
  };
}

function tensorsOfPart(prefix: string, { network: shape, parameters }: TrainedNetwork): Tensor[] {
  return tensorsOf(shape).map(({ name, shape: dimensions, offset, length }) => ({
    name: `${prefix}.${name}`,
    shape: dimensions,
    values: parameters.subarray(offset, offset + length),
  }));
}

/** The bytes of a model file: tensors in f32, all else as JSON in the metadata. */
export function encodeModel(model: Model): Uint8Array {
  const tensors =
    model.kind === "baseline"
      ? []
      : [
          ...tensorsOfPart("classifier", model.classifier),
          ...(model.time === null ? [] : tensorsOfPart("time", model.time)),
        ];
  const metadata = {
    format: FORMAT,
    version: String(MODEL_VERSION),
    feature_table_hash: FEATURE_TABLE_HASH,
    features: FEATURE_NAMES.join(","),
    model: JSON.stringify(plainOf(model)),
  };
  return encodeSafetensors({ metadata, tensors });
}

function parametersOf(path: string, prefix: string, shape: Network, tensors: Map<string, Tensor>): Float32Array {
  const places = tensorsOf(shape);
  const parameters = new Float32Array(places.reduce((sum, { length }) => sum + length, 0));
  for (const { name, shape: dimensions, offset } of places) {
    const key = `${prefix}.${name}`;
    const tensor = tensors.get(key);
    if (tensor === undefined) throw new ModelFileError({ path, reason: `tensor ${key} is missing` });
    if (tensor.shape.join() !== dimensions.join()) {
      const reason = `tensor ${key} is ${tensor.shape.join(" x ")} where its layer has ${dimensions.join(" x ")}`;
      throw new ModelFileError({ path, reason });
    }
    parameters.set(tensor.values, offset);
    tensors.delete(key);
  }
  return parameters;
}

function checkOrigin(path: string, { format, version, feature_table_hash, features }: Record<string, string>): void {
  if (format !== FORMAT) {
    const hint = "Only files that saveModel or writeModelFile wrote are read.";
    throw new ModelFileError({ path, reason: "it is a safetensors file, but no model of this package", hint });
  }
  if (version !== String(MODEL_VERSION)) {
    const reason = `it has version ${version}, and this program reads version ${MODEL_VERSION}`;
    throw new ModelFileError({ path, reason, hint: "Train it again, or use the program that wrote it." });
  }
  if (feature_table_hash === FEATURE_TABLE_HASH) return;
  throw new FeatureTableError({
    path,
    fileHash: feature_table_hash ?? "none",
    ownHash: FEATURE_TABLE_HASH,
    differing: differingNames((features ?? "").split(",")),
  });
}

/** Names on one side only, else those that moved, else the table differs in what is a whole number. */
function differingNames(theirs: readonly string[]): readonly string[] {
  const own: readonly string[] = FEATURE_NAMES;
  const added = theirs.filter((name) => !own.includes(name));
  const lacking = own.filter((name) => !theirs.includes(name));
  const different = [...added, ...lacking];
  return different.length > 0 ? different : own.filter((name, i) => theirs[i] !== name);
}

/**
 * The model in the bytes of a file.
 *
 * @throws {ModelFileError} with the reason; {@link FeatureTableError} when it was trained on another table.
 */
export function decodeModel(path: string, bytes: Uint8Array): Model {
  const content = decodeSafetensors(path, bytes);
  checkOrigin(path, content.metadata);
  const plain = parsePlain(path, content.metadata.model ?? "");
  const tensors = new Map(content.tensors.map((tensor) => [tensor.name, tensor]));
  const part = (prefix: string, layers: readonly Layer[]): TrainedNetwork => {
    const shape = network(layers);
    if (shape.inputs !== INPUTS || shape.outputs !== 1) {
      const reason = `its ${prefix} is a network of ${shape.inputs} inputs and ${shape.outputs} outputs`;
      throw new ModelFileError({ path, reason });
    }
    return { network: shape, parameters: parametersOf(path, prefix, shape, tensors) };
  };
  let model: Model;
  if (plain.kind === "baseline") model = plain;
  else {
    const { classifier, time } = plain;
    const head =
      time === null
        ? null
        : { ...part("time", time.layers), weight: time.weight, centre: time.centre, scale: time.scale };
    model = {
      ...plain,
      classifier: { ...part("classifier", classifier.layers), weight: classifier.weight },
      time: head,
    };
  }
  const [extra] = tensors.keys();
  if (extra !== undefined) throw new ModelFileError({ path, reason: `tensor ${extra} belongs to no layer` });
  return model;
}

function parsePlain(path: string, text: string): PlainModel {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError({ path, reason: "its description is not JSON", cause });
  }
  const parsed = plainSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw new ModelFileError({ path, reason: `its description is invalid at ${field} (${problem})` });
}

/**
 * Writes a model file, whole or not at all. The same model gives the same bytes.
 *
 * @example
 * await writeModelFile("checkpoints/my_model.safetensors", model);
 */
export async function writeModelFile(path: string, model: Model): Promise<void> {
  await writeFileAtomic(path, encodeModel(model));
}

/** Largest model file that is read into memory. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

/**
 * Reads a model file: its predictions are those of the model that was written, bit for bit.
 *
 * @throws {ModelFileError} with the reason; {@link FeatureTableError} when it was trained on another table.
 * @example
 * (await readModelFile("checkpoints/my_model.safetensors")).kind; // "network"
 */
export async function readModelFile(path: string): Promise<Model> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new ModelFileError({ path, reason: `it has ${size} bytes, over the limit` });
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    throw new ModelFileError({ path, reason: `it cannot be read (${errorText(cause)})`, cause });
  }
  return decodeModel(path, bytes);
}
