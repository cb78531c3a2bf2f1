import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pack, unpack } from "./pack.ts";

describe("packed numbers", () => {
  it("come back to the last bit, the unknown too", () => {
    const cell = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 })), (rows) => {
        expect(unpack(pack(rows, 3), 3)).toEqual(rows);
      }),
    );
  });

  it("are refused where one is none, and where bytes are missing", () => {
    expect(() => pack([[1, Number.NaN]], 2)).toThrow("must be finite");
    expect(() => pack([[Number.POSITIVE_INFINITY]], 1)).toThrow("must be finite");
    expect(unpack(pack([[1, 2]], 2).subarray(0, 15), 2)).toBeNull();
    expect(unpack("text", 2)).toBeNull();
  });
});
