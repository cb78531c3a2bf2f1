import { ModelFileError } from "../errors.ts";
import type { StorageType, TensorReference } from "./torch-pickle.ts";

/** A tensor of a `.pt` file, in the order of its shape. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAX_DIMENSIONS = 4;

/** A half-precision number from its bits. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

const READERS: Readonly<Record<StorageType, { size: number; read: (view: DataView, at: number) => number }>> = {
  float: { size: 4, read: (view, at) => view.getFloat32(at, true) },
  double: { size: 8, read: (view, at) => view.getFloat64(at, true) },
  half: { size: 2, read: (view, at) => halfOf(view.getUint16(at, true)) },
  bfloat16: { size: 2, read: (view, at) => bfloatOf(view.getUint16(at, true)) },
  long: { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  int: { size: 4, read: (view, at) => view.getInt32(at, true) },
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isCount);

/**
 * The numbers of a tensor, whatever their precision and layout. A tensor never has more of them than its storage, so a small file
 * cannot unfold to a large one.
 *
 * @throws {ModelFileError} naming the tensor.
 */
export function readTensor(
  path: string,
  name: string,
  { type, storage, count, offset, shape, strides }: TensorReference,
  storages: ReadonlyMap<string, Uint8Array>,
): TorchTensor {
  const refuse = (problem: string) => new ModelFileError({ path, reason: `tensor ${name.slice(0, 100)} ${problem}` });
  if (!isCount(count) || !isCount(offset) || !areCounts(shape) || !areCounts(strides))
    throw refuse("has no valid shape");
  if (shape.length !== strides.length) throw refuse("has not one stride per dimension");
  const bytes = storages.get(storage);
  if (bytes === undefined) throw refuse("has its numbers in an entry that is not there");
  const { size, read } = READERS[type];
  if (bytes.length < count * size) throw refuse(`takes ${count * size} bytes of an entry of ${bytes.length}`);
  const length = shape.reduce((product, units) => product * units, 1);
  const last = offset + shape.reduce((sum, units, i) => sum + (units - 1) * strides[i], 0);
  if (length > count || (length > 0 && last >= count)) throw refuse("reaches beyond its storage");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(length);
  const position = shape.map(() => 0);
  for (let i = 0; i < length; i++) {
    const at = position.reduce((sum, steps, axis) => sum + steps * strides[axis], offset);
    values[i] = read(view, at * size);
    if (!Number.isFinite(values[i])) throw refuse("holds a number that is not finite");
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] += 1;
      if (position[axis] < shape[axis]) break;
      position[axis] = 0;
    }
  }
  return { shape, values };
}
