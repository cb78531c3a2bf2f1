import { describe, expect, it } from "vitest";
import { createRandom } from "../../core/index.ts";
import { denseBackwardInput, denseBackwardWeights, denseForward } from "./plain.ts";

const random = createRandom("kernels");
const numbers = (length: number) => Float64Array.from({ length }, () => random.normal());
const SHAPES = [
  [1, 1, 1],
  [2, 3, 4],
  [3, 5, 7],
  [1, 40, 64],
  [5, 4, 9],
  [64, 40, 64],
  [7, 33, 1],
] as const;

describe("dense kernels", () => {
  it.each(SHAPES)("agree with the plain triple loop: %i rows, %i inputs, %i outputs", (rows, inputs, outputs) => {
    const [x, weight, bias, dy] = [rows * inputs, outputs * inputs, outputs, rows * outputs].map(numbers);
    const y = new Float64Array(rows * outputs);
    const dx = new Float64Array(rows * inputs);
    const dWeight = new Float64Array(outputs * inputs);
    const dBias = new Float64Array(outputs);
    const want = { dx: dx.slice(), dWeight: dWeight.slice(), dBias: dBias.slice(), y: y.slice() };
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        want.y[r * outputs + o] += bias[o];
        want.dBias[o] += dy[r * outputs + o];
        for (let i = 0; i < inputs; i++) {
          want.y[r * outputs + o] += x[r * inputs + i] * weight[o * inputs + i];
          want.dx[r * inputs + i] += dy[r * outputs + o] * weight[o * inputs + i];
          want.dWeight[o * inputs + i] += dy[r * outputs + o] * x[r * inputs + i];
        }
      }
    }
    denseForward(x, weight, bias, y, rows, inputs, outputs);
    denseBackwardInput(dy, weight, dx, rows, inputs, outputs);
    denseBackwardWeights(dy, x, dWeight, dBias, rows, inputs, outputs);
    // One accumulator in one order: not close, but the same bits.
    expect({ dx, dWeight, dBias, y }).toEqual(want);
  });

  it("give a row the same bits alone as in a batch", () => {
    const [rows, inputs, outputs] = [5, 40, 33];
    const [x, weight, bias] = [rows * inputs, outputs * inputs, outputs].map(numbers);
    const batch = new Float64Array(rows * outputs);
    denseForward(x, weight, bias, batch, rows, inputs, outputs);
    for (let r = 0; r < rows; r++) {
      const alone = new Float64Array(outputs);
      denseForward(x.subarray(r * inputs), weight, bias, alone, 1, inputs, outputs);
      expect(alone).toEqual(batch.slice(r * outputs, (r + 1) * outputs));
    }
  });
});
