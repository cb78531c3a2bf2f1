import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertBytes, concatBytes, fromHex, toHex, utf8 } from "./bytes.ts";

describe("hex", () => {
  it("is lower case without a prefix, and reads back with or without one", () => {
    expect(toHex(new Uint8Array([1, 255]))).toBe("01ff");
    expect(toHex(new Uint8Array([9, 1, 255, 9]).subarray(1, 3))).toBe("01ff");
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex("seed", toHex(bytes))).toEqual(bytes);
        expect(fromHex("seed", `0x${toHex(bytes).toUpperCase()}`, bytes.length)).toEqual(bytes);
      }),
    );
  });

  it.each(["0", "0xg0", "zz", "0x0x00", " 00", "0X00"])("refuses %j by name, without repeating it", (text) => {
    expect(() => fromHex("seed", text)).toThrow("seed is not hexadecimal");
  });

  it("refuses another length by name", () => {
    expect(() => fromHex("seed", "00ff", 3)).toThrow("seed must be 3 bytes long, not 2");
  });
});

describe("assertBytes", () => {
  it("gives the bytes themselves, and never echoes them in a refusal", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(assertBytes("key", bytes, 3)).toBe(bytes);
    expect(assertBytes("key", Buffer.from(bytes), 3)).toHaveLength(3);
    for (const wrong of ["abc", [1, 2, 3], null, undefined, bytes.buffer]) {
      expect(() => assertBytes("key", wrong, 3)).toThrow("key must be a Uint8Array");
    }
    expect(() => assertBytes("key", bytes, 4)).toThrow(/^key must be 4 bytes long, not 3\.\n\nArgument: key$/);
  });
});

it("text becomes UTF-8, and parts become a whole of their own", () => {
  expect(toHex(utf8("é🙂"))).toBe("c3a9f09f9982");
  const part = new Uint8Array([1, 2]);
  const whole = concatBytes(part, new Uint8Array(), new Uint8Array([3]));
  part[0] = 9;
  expect([...whole]).toEqual([1, 2, 3]);
  expect(concatBytes()).toHaveLength(0);
});
