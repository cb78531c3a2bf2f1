import { create, toBinary } from "@bufbuild/protobuf";
import { StringStringEntryProtoSchema, TensorProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { createWire } from "./wire.ts";

const wireOf = (bytes: Uint8Array) => createWire(bytes, () => new Error("damaged"));
const numbersOf = (bytes: Uint8Array) => {
  const wire = wireOf(bytes);
  return [...wire.fields(wire.whole)].map(({ number }) => number);
};

describe("protobuf messages", () => {
  it("are read as protobuf's own library writes them", () => {
    const entry = toBinary(
      StringStringEntryProtoSchema,
      create(StringStringEntryProtoSchema, { key: "k", value: "äö" }),
    );
    const wire = wireOf(entry);
    expect([wire.textAt(wire.whole, 1), wire.textAt(wire.whole, 2), wire.textAt(wire.whole, 3)]).toEqual([
      "k",
      "äö",
      "",
    ]);
    const numbers = create(TensorProtoSchema, { dataType: 300, dims: [2n ** 40n], floatData: [1, 2], name: "t" });
    const tensor = wireOf(toBinary(TensorProtoSchema, numbers));
    expect(tensor.last(tensor.whole, 2)?.value).toBe(300);
    expect(tensor.textAt(tensor.whole, 8)).toBe("t");
  });

  it("say a field twice, and the last counts", () => {
    const wire = wireOf(Uint8Array.of(0x08, 1, 0x08, 2));
    expect(wire.last(wire.whole, 1)?.value).toBe(2);
  });

  it("hold fixed numbers of four and eight bytes, which are stepped over", () => {
    expect(numbersOf(Uint8Array.of(0x0d, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 5))).toEqual([1, 2, 3]);
  });

  it.each([
    ["a number that never ends", [0x08, ...Array(12).fill(0xff)]],
    ["a number that is cut", [0x08, 0x80]],
    ["a length beyond the end", [0x0a, 5, 1]],
    ["a length of 2^63", [0x0a, ...Array(8).fill(0xff), 0x7f]],
    ["a group", [0x0b]],
    ["a field of number 0", [0x00, 1]],
    ["a fixed number that is cut", [0x0d, 1]],
  ])("are refused for %s", (_, bytes) => {
    expect(() => numbersOf(Uint8Array.from(bytes))).toThrow("damaged");
  });
});
