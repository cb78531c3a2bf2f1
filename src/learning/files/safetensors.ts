import { extname } from "node:path";
import { concatBytes, utf8 } from "../../core/index.ts";
import { ModelFileError } from "../errors.ts";

/** A named array of f32 numbers. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a safetensors file holds. */
export interface SafetensorsContent {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly Tensor[];
}

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const MAX_DIMENSIONS = 8;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isTexts = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((text) => typeof text === "string");

/**
 * The first field of an entry that is not as the format has it; null = all are. By hand and not by zod: a file of trees or folds
 * has some hundred of them, and is read by a process that has just begun, where a schema's first use takes most of the time.
 */
function wrongField(value: unknown): string | null {
  if (!isObject(value)) return "(whole value)";
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") return "dtype";
  if (!Array.isArray(shape)) return "shape";
  const dimension = shape.findIndex((size) => !isCount(size));
  if (dimension >= 0) return `shape.${dimension}`;
  if (shape.length > MAX_DIMENSIONS) return "shape";
  if (!Array.isArray(offsets) || offsets.length !== 2) return "data_offsets";
  const end = offsets.findIndex((offset) => !isCount(offset));
  return end < 0 ? null : `data_offsets.${end}`;
}
const isEntry = (value: unknown): value is Entry => wrongField(value) === null;

/** A header beyond this is not one of ours, and would be memory for nothing. */
const MAX_HEADER_BYTES = 1 << 20;
const OPENING_BRACE = 0x7b;
const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const FORMAT = "https://github.com/huggingface/safetensors#format";

/**
 * A safetensors file: 8 bytes little-endian header length, the JSON header padded with spaces to a multiple of 8, the tensors.
 * The same content gives the same bytes.
 */
export function encodeSafetensors({ metadata, tensors }: SafetensorsContent): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, shape, values }) => {
    const entry = [name, { dtype: "F32", shape, data_offsets: [offset, offset + values.length * 4] }];
    offset += values.length * 4;
    return entry;
  });
  const json = utf8(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  const body = new DataView(new ArrayBuffer(offset));
  let at = 0;
  for (const { values } of tensors) {
    for (const value of values) {
      body.setFloat32(at, value, true);
      at += 4;
    }
  }
  return concatBytes(length, header, new Uint8Array(body.buffer));
}

/** Files that other programs would execute while reading: told by their first bytes, never opened further. */
function refuseExecutable(path: string, bytes: Uint8Array): void {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  // A pickle begins with 0x80 and its protocol; a header of ours is far too short to have its high bytes set.
  const isPickle = bytes[0] === 0x80 && bytes[1] <= 5 && bytes.subarray(4, 8).some((byte) => byte !== 0);
  if (!isZip && !isPickle) return;
  throw new ModelFileError({
    path,
    reason: isZip ? "it is a zip archive, as PyTorch's .pt files are" : "it is a Python pickle",
    hint: "Such files can run code when they are read. This one was not executed; save the model as .safetensors. A PyTorch state_dict is turned into one by: npx conversion-subnet import FILE --out model",
  });
}

/** A header that is too long and does not begin as one: the length is the first letters of something else. */
function refuseForeign(path: string): never {
  const hint =
    extname(path).toLowerCase() === ".onnx"
      ? "An ONNX graph is looked into by `inspect` and served by `miner run --model`; other commands take model files of `train`."
      : "`conversion-subnet train` writes model files, which end in .safetensors.";
  throw new ModelFileError({ path, reason: "it is no model file", hint });
}

function readHeader(path: string, bytes: Uint8Array): { header: [string, unknown][]; start: number } {
  refuseExecutable(path, bytes);
  const refuse = (reason: string, cause?: unknown) =>
    new ModelFileError({ path, reason, hint: `See ${FORMAT}.`, cause });
  if (bytes.length < 8) throw refuse(`it is truncated: ${bytes.length} bytes where the header's length takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    if (bytes[8] !== OPENING_BRACE) refuseForeign(path);
    throw refuse(`its header claims ${length} bytes, and ${MAX_HEADER_BYTES} are the limit`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length)
    throw refuse(`it is truncated: the header claims ${length} bytes, ${bytes.length - 8} are there`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw refuse("its header is not JSON", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw refuse("its header is no object");
  return { header: Object.entries(header), start };
}

/**
 * Reads a safetensors file, strictly: only F32, every byte of the data owned by exactly one tensor, every number finite.
 *
 * @throws {ModelFileError} with the reason.
 */
export function decodeSafetensors(path: string, bytes: Uint8Array): SafetensorsContent {
  const { header, start } = readHeader(path, bytes);
  const refuse = (reason: string) => new ModelFileError({ path, reason, hint: `See ${FORMAT}.` });
  let metadata: Readonly<Record<string, string>> = {};
  const found: (Tensor & { from: number; to: number })[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  for (const [name, value] of header) {
    if (name === "__metadata__") {
      if (!isTexts(value)) throw refuse("its metadata is not texts by name");
      metadata = value;
      continue;
    }
    if (!isEntry(value)) throw refuse(`tensor ${name} has no valid ${wrongField(value)}`);
    const { dtype, shape, data_offsets } = value;
    if (dtype !== "F32") throw refuse(`tensor ${name} has the type ${JSON.stringify(dtype)}; only "F32" is read`);
    const [from, to] = data_offsets;
    const length = shape.reduce((product, n) => product * n, 1);
    if (to - from !== length * 4) {
      throw refuse(`tensor ${name} takes ${length * 4} bytes by its shape and ${to - from} by its offsets`);
    }
    if (to > data.byteLength) {
      throw refuse(`it is truncated: tensor ${name} ends at byte ${to} of ${data.byteLength}`);
    }
    // As on every machine that runs this, little-endian.
    const values = new Float32Array(data.buffer.slice(data.byteOffset + from, data.byteOffset + to));
    if (NOT_FINITE.some((number) => values.includes(number)))
      throw refuse(`tensor ${name} holds a number that is not finite`);
    found.push({ name, shape, values, from, to });
  }
  let end = 0;
  for (const { name, from, to } of found.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end) throw refuse(`tensor ${name} overlaps another`);
    if (from > end) throw refuse(`${from - end} bytes before tensor ${name} belong to none`);
    end = to;
  }
  if (end !== data.byteLength) throw refuse(`${data.byteLength - end} bytes at its end belong to no tensor`);
  return { metadata, tensors: found.map(({ name, shape, values }) => ({ name, shape, values })) };
}
