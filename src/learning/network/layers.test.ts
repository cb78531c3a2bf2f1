import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { batchNorm, dense, dropout, initialParameters, mlp, network, relu, sigmoid, tensorsOf } from "./layers.ts";
import { createRunner } from "./runner.ts";

describe("the size of a network", () => {
  it("is limited, before any memory is taken", () => {
    expect(() => network([dense(40, 20_000), dense(20_000, 20_000), dense(20_000, 1)])).toThrow(
      /layers hold \d+ numbers to learn; 50000000 are the limit/,
    );
  });
});

describe("network", () => {
  it("refuses layers that do not fit, naming the layer and both shapes", () => {
    expect(() => network([dense(40, 64), relu(), dense(32, 1)])).toThrowErrorMatchingInlineSnapshot(`
      [LayerShapeError: layer 2 (dense 32-1) takes rows x 32 but is given rows x 64.

      Layer: layer 2 (dense 32-1)
      Takes: rows x 32
      Given: rows x 64]
    `);
    expect(() => network([dense(40, 64), batchNorm(63)])).toThrow(
      /layer 1 \(batchNorm 63\) takes rows x 63 but is given rows x 64/,
    );
    expect(() => network([relu()])).toThrow(/at least one dense layer/);
  });

  it("refuses sizes that are none", () => {
    expect(() => dense(40, 0)).toThrow(/outputs must be a whole number/);
    expect(() => dropout(1)).toThrow(/rate must be from 0 to 0.99/);
    expect(() => dropout(Number.NaN)).toThrow(/rate/);
  });

  it("names its tensors as a PyTorch Sequential does", () => {
    const shape = network([dense(40, 128), batchNorm(128), relu(), dropout(0.3), dense(128, 1), sigmoid()]);
    expect(tensorsOf(shape).map(({ name, shape: dimensions }) => `${name} ${dimensions.join("x")}`)).toEqual([
      "0.weight 128x40",
      "0.bias 128",
      "1.weight 128",
      "1.bias 128",
      "1.running_mean 128",
      "1.running_var 128",
      "4.weight 1x128",
      "4.bias 1",
    ]);
  });

  it("has the default shape 40-64-32-1", () => {
    expect(mlp(40, [64, 32]).layers).toEqual([dense(40, 64), relu(), dense(64, 32), relu(), dense(32, 1)]);
  });
});

describe("initialParameters", () => {
  it("are He's, from the seed", () => {
    const shape = mlp(40, [64, 32]);
    const first = initialParameters(shape, createRandom(5));
    expect(initialParameters(shape, createRandom(5))).toEqual(first);
    expect(initialParameters(shape, createRandom(6))).not.toEqual(first);
    const weights = first.subarray(0, 64 * 40);
    const variance = weights.reduce((sum, value) => sum + value * value, 0) / weights.length;
    expect(variance).toBeGreaterThan(0.9 * (2 / 40));
    expect(variance).toBeLessThan(1.1 * (2 / 40));
    expect(first.subarray(64 * 40, 64 * 41).every((value) => value === 0)).toBe(true);
  });
});

describe("createRunner", () => {
  it("refuses parameters and inputs of another shape", () => {
    const shape = mlp(40, [4]);
    expect(() => createRunner(shape, new Float64Array(3), { maxRows: 1 })).toThrow(/169 parameters/);
    const runner = createRunner(shape, new Float64Array(169), { maxRows: 2 });
    expect(() => runner.forward(new Float64Array(40), 2, false)).toThrow(/at most 2 x 40/);
  });
});
