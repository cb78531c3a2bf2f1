import { describe, expect, it } from "vitest";
import type { TensorReference } from "./torch-pickle.ts";
import { readTensor } from "./torch-tensors.ts";

const whole: TensorReference = {
  kind: "tensor",
  type: "float",
  storage: "0",
  count: 6,
  offset: 0,
  shape: [2, 3],
  strides: [3, 1],
};
const six = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const read = (change: Partial<TensorReference>, bytes: Uint8Array = six) => [
  ...readTensor("m.pt", "w", { ...whole, ...change }, new Map([["0", bytes]])).values,
];
const line = { shape: [4], strides: [1], count: 4 };
const bytesOf = (array: Uint16Array | Float64Array | BigInt64Array | Int32Array) => new Uint8Array(array.buffer);

describe("a tensor is read in the order of its shape", () => {
  it("whatever its layout", () => {
    expect(read({})).toEqual([1, 2, 3, 4, 5, 6]);
    expect(read({ shape: [3, 2], strides: [1, 3] })).toEqual([1, 4, 2, 5, 3, 6]);
    expect(read({ shape: [2], strides: [2], offset: 3 })).toEqual([4, 6]);
    expect(read({ shape: [], strides: [], offset: 5 })).toEqual([6]);
    expect(read({ shape: [0, 3], strides: [3, 1] })).toEqual([]);
    expect(read({ shape: [3], strides: [0] })).toEqual([1, 1, 1]);
  });

  it("whatever its precision", () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff);
    expect(read({ ...line, type: "half" }, bytesOf(half))).toEqual([1, -2, 2 ** -24, 65_504]);
    const brain = Uint16Array.of(0x3f80, 0xc000, 0x0000, 0x4049);
    expect(read({ ...line, type: "bfloat16" }, bytesOf(brain))).toEqual([1, -2, 0, 3.140625]);
    expect(read({ ...line, type: "double" }, bytesOf(Float64Array.of(0.5, 1, -3, 9)))).toEqual([0.5, 1, -3, 9]);
    expect(read({ ...line, type: "long" }, bytesOf(BigInt64Array.of(1n, -2n, 3n, 4n)))).toEqual([1, -2, 3, 4]);
    expect(read({ ...line, type: "int" }, bytesOf(Int32Array.of(1, -2, 3, 4)))).toEqual([1, -2, 3, 4]);
  });
});

describe("a tensor is refused", () => {
  it.each<[string, Partial<TensorReference>, RegExp]>([
    ["beyond its storage", { offset: 1 }, /tensor w reaches beyond its storage/],
    ["by a stride", { strides: [4, 1] }, /reaches beyond its storage/],
    ["by sizes whose product is no number of them", { shape: [2 ** 40, 2 ** 40], strides: [0, 0] }, /reaches beyond/],
    ["that unfolds from one number", { shape: [7], strides: [0] }, /reaches beyond its storage/],
    ["of a storage larger than its entry", { count: 7 }, /takes 28 bytes of an entry of 24/],
    ["of an entry that is not there", { storage: "1" }, /an entry that is not there/],
    ["of a negative size", { shape: [-2, -3] }, /no valid shape/],
    ["of half a size", { shape: [1.5, 3] }, /no valid shape/],
    ["of a text", { offset: "0" }, /no valid shape/],
    ["of nine dimensions", { shape: Array(9).fill(1), strides: Array(9).fill(1) }, /no valid shape/],
    ["with a stride missing", { strides: [1] }, /not one stride per dimension/],
  ])("%s", (_, change, reason) => {
    expect(() => read(change)).toThrow(expect.objectContaining({ code: "MODEL_FILE_INVALID" }));
    expect(() => read(change)).toThrow(reason);
  });

  it("with a number that is not finite, or is not in single precision", () => {
    const half = bytesOf(Uint16Array.of(0x7c00, 0x7e00, 0, 0));
    expect(() => read({ ...line, type: "half" }, half)).toThrow(/holds a number that is not finite/);
    expect(() => read({ ...line, type: "double" }, bytesOf(Float64Array.of(1e300, 0, 0, 0)))).toThrow(/not finite/);
  });
});
