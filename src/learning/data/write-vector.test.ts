import { describe, expect, it } from "vitest";
import { FEATURE_NAMES, fromVector, toVector } from "../../schema.ts";
import { writeVector } from "./write-vector.ts";

describe("writeVector", () => {
  it("writes every feature of the table in its place, and NaN where it is unknown", () => {
    const numbers = Float64Array.from(FEATURE_NAMES, (_, i) => (i % 7 === 3 ? Number.NaN : i + 0.5));
    const features = fromVector(numbers);
    expect(writeVector(features, new Float64Array(40))).toEqual(numbers);
    expect(writeVector(features, new Float64Array(40))).toEqual(toVector(features));
  });
});
