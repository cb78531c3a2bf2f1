import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { batchNorm, dense, dropout, gelu, initialParameters, network, relu, sigmoid } from "./layers.ts";
import { createFirstOutput } from "./serving.ts";

const shape = network([
  ...[dense(13, 21), batchNorm(21), relu(), dropout(0.5), dense(21, 40), relu()],
  ...[dense(40, 9), gelu(), dense(9, 1), sigmoid(), dropout(0.1)],
]);
const random = createRandom("serving");
const parameters = Float32Array.from(initialParameters(shape, random), (value) => value + 0.1 * random.next());
const rows = Array.from({ length: 50 }, () => Float64Array.from({ length: 13 }, () => random.normal()));

describe("createFirstOutput", () => {
  it("serves on the kernels what plain TypeScript serves", () => {
    const plain = createFirstOutput(shape, parameters, { prefer: "plain" });
    for (const options of [{ deterministic: true }, {}]) {
      const fast = createFirstOutput(shape, parameters, options);
      for (const row of rows) expect(fast(row)).toBeCloseTo(plain(row), 6);
    }
  });

  it("serves the same when other networks come after it, in memory that moves and memory that is full", () => {
    const first = createFirstOutput(shape, parameters);
    const before = rows.map(first);
    const wide = network([dense(13, 700), relu(), dense(700, 300), relu(), dense(300, 1)]);
    const others = Array.from({ length: 5 }, () => createFirstOutput(wide, initialParameters(wide, random)));
    expect(others.every((output) => Number.isFinite(output(rows[0])))).toBe(true);
    expect(rows.map(first)).toEqual(before);
  });

  it("takes parameters as they are now, and lets NaN through to be refused", () => {
    const own = parameters.slice();
    const output = createFirstOutput(shape, own);
    const before = output(rows[0]);
    own.fill(0);
    expect(output(rows[0])).toBe(before);
    expect(createFirstOutput(shape, own.fill(Number.NaN))(rows[0])).toBeNaN();
  });
});
