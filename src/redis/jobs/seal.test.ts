import { serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { createSeal, read } from "./seal.ts";

const value = { X: Float64Array.of(1, Number.NaN), deep: [new Map([["a", { ok: true }]]), undefined, -0], text: "ü" };

describe("a seal", () => {
  const seal = createSeal("secret");

  it("gives back what was closed, typed arrays, maps and all, shared memory too", () => {
    expect(seal.open(["in", 1], seal.close(["in", 1], value))).toEqual(value);
    const shared = new Float64Array(new SharedArrayBuffer(16)).fill(2);
    expect(seal.open(["in", 1], seal.close(["in", 1], { shared }))).toEqual({ shared: Float64Array.of(2, 2) });
  });

  it("opens for nothing but what it was closed for, and for nobody without the password", () => {
    const sealed = seal.close(["in", 1, "a"], value);
    for (const context of [
      ["in", 1],
      ["in", 1, "b"],
      ["in", "1", "a"],
      ["in", 1, "a", ""],
      ["out", 1, "a"],
    ]) {
      expect(() => seal.open(context, sealed)).toThrow(/same password/);
    }
    expect(() => createSeal("").open(["in", 1, "a"], sealed)).toThrow(/same password/);
  });

  it("refuses whatever was changed, cut off or never closed", () => {
    const sealed = seal.close(["in", 1], value);
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => seal.open(["in", 1], changed)).toThrow(/same password/);
    }
    for (const bytes of [Buffer.alloc(0), sealed.subarray(0, 31), sealed.subarray(0, -1), serialize(value)]) {
      expect(() => seal.open(["in", 1], bytes)).toThrow(/same password/);
    }
  });

  it("says so when another Node wrote in a way that this one does not know", () => {
    expect(() => read(Buffer.from([0xff, 0x63, 0x6f]))).toThrow(/same release of Node/);
  });
});
