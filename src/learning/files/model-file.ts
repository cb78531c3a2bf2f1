import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { errorText, writeFileAtomic } from "../../core/index.ts";
import { FEATURE_NAMES, FEATURE_TABLE_HASH, firstIssue } from "../../schema.ts";
import { FeatureTableError, ModelFileError } from "../errors.ts";
import { MODEL_VERSION, type Model } from "../models/model.ts";
import { packModel, unpackModel } from "./model-state.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const FORMAT = "conversion-subnet model";

/** The bytes of a model file: tensors in f32, all else as JSON in the metadata. */
export function encodeModel(model: Model): Uint8Array {
  const { json, tensors } = packModel(model);
  const metadata = {
    format: FORMAT,
    version: String(MODEL_VERSION),
    feature_table_hash: FEATURE_TABLE_HASH,
    features: FEATURE_NAMES.join(","),
    model: JSON.stringify(json),
  };
  return encodeSafetensors({ metadata, tensors });
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
export function differingNames(theirs: readonly string[]): readonly string[] {
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
  const tensors = new Map(content.tensors.map((tensor) => [tensor.name, tensor]));
  const take = (name: string, shape?: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new ModelFileError({ path, reason: `tensor ${name} is missing` });
    const expected = shape ?? [tensor.values.length];
    if (tensor.shape.join() !== expected.join()) {
      const reason = `tensor ${name} is ${tensor.shape.join(" x ")} where the model has ${expected.join(" x ")}`;
      throw new ModelFileError({ path, reason });
    }
    tensors.delete(name);
    return tensor.values;
  };
  let model: Model;
  try {
    model = unpackModel(path, parseJson(path, content.metadata.model ?? ""), { take });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { field, problem } = firstIssue(error);
    throw new ModelFileError({ path, reason: `its description is invalid at ${field} (${problem})` });
  }
  const [extra] = tensors.keys();
  if (extra !== undefined) throw new ModelFileError({ path, reason: `tensor ${extra} belongs to no part` });
  return model;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError({ path, reason: "its description is not JSON", cause });
  }
}

/**
 * Writes a model file, whole or not at all. The same model gives the same bytes.
 *
 * @example
 * await writeModelFile("checkpoints/my_model.safetensors", model);
 * (await readModelFile("checkpoints/my_model.safetensors")).baseline.rate; // 0.421
 */
export async function writeModelFile(path: string, model: Model): Promise<void> {
  await writeFileAtomic(path, encodeModel(model));
}

/** Largest model file that is read into memory. */
const MAX_FILE_BYTES = 256 * 2 ** 20;
/**
 * A file up to here is read at once: that takes a tenth of a millisecond, and waiting for it lets everything else that a process
 * has put off as it began, garbage above all, come before the first answer.
 */
const READ_AT_ONCE_BYTES = 2 ** 20;

/**
 * Reads a model file: its predictions are those of the model that was written, bit for bit.
 *
 * @throws {ModelFileError} with the reason; {@link FeatureTableError} when it was trained on another table.
 * @example
 * (await readModelFile("checkpoints/my_model.safetensors")).classifier.kind; // "network"
 */
export async function readModelFile(path: string): Promise<Model> {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) throw new ModelFileError({ path, reason: `it has ${size} bytes, over the limit` });
    bytes = size <= READ_AT_ONCE_BYTES ? readFileSync(path) : await readFile(path);
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    throw new ModelFileError({ path, reason: `it cannot be read (${errorText(cause)})`, cause });
  }
  return decodeModel(path, bytes);
}
