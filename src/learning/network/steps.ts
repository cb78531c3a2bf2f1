import type { Random } from "../../core/index.ts";
import { denseBackwardInput, denseBackwardWeights, denseForward } from "../kernels/plain.ts";
import { gelu, geluSlope, logistic } from "./curves.ts";
import { createDropoutStreams, dropoutSeed, dropoutThreshold } from "./dropout.ts";
import type { Layer, TensorPlace } from "./layers.ts";

/** A layer with its buffers. `backward` follows the `forward` of the same rows, and fills the gradients of its tensors. */
export interface Step {
  forward(x: Float64Array, rows: number, training: boolean): Float64Array;
  /** `needInput` false: nobody wants dx (the first layer). */
  backward(dy: Float64Array, rows: number, needInput: boolean): Float64Array;
  /** What it remembers from batch to batch beside its tensors, live. */
  readonly memory?: Int32Array;
}

/** What a step is built on: its tensors, found by name, in the parameters and in their gradients. */
export interface StepContext {
  readonly parameters: Float64Array;
  readonly gradients: Float64Array;
  readonly places: readonly TensorPlace[];
  readonly width: number;
  readonly maxRows: number;
  readonly random: Random;
}

export { logistic };

type View = (array: Float64Array, name: string) => Float64Array;

function viewer(places: readonly TensorPlace[]): View {
  return (array, name) => {
    const place = places.find((candidate) => candidate.name.endsWith(`.${name}`));
    return place === undefined ? new Float64Array(0) : array.subarray(place.offset, place.offset + place.length);
  };
}

/** The step of a layer. */
export function createStep(layer: Layer, context: StepContext): Step {
  switch (layer.kind) {
    case "dense":
      return denseStep(layer.inputs, layer.outputs, context);
    case "batchNorm":
      return batchNormStep(context);
    case "dropout":
      return dropoutStep(layer.rate, context);
    case "relu":
      return reluStep(0, context);
    case "leakyRelu":
      return reluStep(layer.slope, context);
    case "gelu":
      return curveStep(gelu, geluSlope, context);
    case "tanh":
      return curveStep(Math.tanh, (_, y) => 1 - y * y, context);
    case "sigmoid":
      return curveStep(logistic, (_, y) => y * (1 - y), context);
  }
}

function denseStep(inputs: number, outputs: number, context: StepContext): Step {
  const view = viewer(context.places);
  const weight = view(context.parameters, "weight");
  const bias = view(context.parameters, "bias");
  const dWeight = view(context.gradients, "weight");
  const dBias = view(context.gradients, "bias");
  const y = new Float64Array(context.maxRows * outputs);
  const dx = new Float64Array(context.maxRows * inputs);
  let seen: Float64Array = dx;
  return {
    forward(x, rows) {
      seen = x;
      denseForward(x, weight, bias, y, rows, inputs, outputs);
      return y;
    },
    backward(dy, rows, needInput) {
      denseBackwardWeights(dy, seen, dWeight, dBias, rows, inputs, outputs);
      if (needInput) denseBackwardInput(dy, weight, dx, rows, inputs, outputs);
      return dx;
    },
  };
}

function reluStep(slope: number, { width, maxRows }: StepContext): Step {
  const y = new Float64Array(maxRows * width);
  const dx = new Float64Array(maxRows * width);
  let seen: Float64Array = dx;
  return {
    forward(x, rows) {
      seen = x;
      for (let i = 0; i < rows * width; i++) {
        const v = x[i];
        y[i] = v > 0 ? v : slope * v;
      }
      return y;
    },
    backward(dy, rows) {
      for (let i = 0; i < rows * width; i++) dx[i] = seen[i] > 0 ? dy[i] : slope * dy[i];
      return dx;
    },
  };
}

/** An activation, its derivative told by its input and its output. */
function curveStep(
  curve: (x: number) => number,
  slopeAt: (x: number, y: number) => number,
  { width, maxRows }: StepContext,
): Step {
  const y = new Float64Array(maxRows * width);
  const dx = new Float64Array(maxRows * width);
  let seen: Float64Array = dx;
  return {
    forward(x, rows) {
      seen = x;
      for (let i = 0; i < rows * width; i++) y[i] = curve(x[i]);
      return y;
    },
    backward(dy, rows) {
      for (let i = 0; i < rows * width; i++) dx[i] = dy[i] * slopeAt(seen[i], y[i]);
      return dx;
    },
  };
}

function dropoutStep(rate: number, { width, maxRows, random }: StepContext): Step {
  const kept = new Float64Array(maxRows * width);
  const y = new Float64Array(maxRows * width);
  const dx = new Float64Array(maxRows * width);
  const scale = 1 / (1 - rate);
  const threshold = dropoutThreshold(rate);
  const draw = createDropoutStreams(dropoutSeed(random));
  const drawn = new Uint32Array(4);
  return {
    memory: draw.memory,
    forward(x, rows, training) {
      if (!training) return x;
      for (let row = 0; row < rows * width; row += width) {
        for (let c = 0; c < width; c++) {
          if (c % 4 === 0) draw(drawn);
          kept[row + c] = drawn[c % 4] < threshold ? 0 : scale;
          y[row + c] = x[row + c] * kept[row + c];
        }
      }
      return y;
    },
    backward(dy, rows) {
      for (let i = 0; i < rows * width; i++) dx[i] = dy[i] * kept[i];
      return dx;
    },
  };
}

/** As PyTorch: epsilon inside the root, the running variance unbiased. */
const EPSILON = 1e-5;
const MOMENTUM = 0.1;

function batchNormStep({ parameters, gradients, places, width, maxRows }: StepContext): Step {
  const view = viewer(places);
  const gain = view(parameters, "weight");
  const shift = view(parameters, "bias");
  const runningMean = view(parameters, "running_mean");
  const runningVariance = view(parameters, "running_var");
  const dGain = view(gradients, "weight");
  const dShift = view(gradients, "bias");
  const y = new Float64Array(maxRows * width);
  const dx = new Float64Array(maxRows * width);
  const normal = new Float64Array(maxRows * width);
  const inverse = new Float64Array(width);
  let fromBatch = false;

  const normalise = (x: Float64Array, rows: number, c: number, mean: number, variance: number) => {
    inverse[c] = 1 / Math.sqrt(variance + EPSILON);
    for (let i = c; i < rows * width; i += width) {
      normal[i] = (x[i] - mean) * inverse[c];
      y[i] = gain[c] * normal[i] + shift[c];
    }
  };
  return {
    forward(x, rows, training) {
      // One row has no variance of its own: such a batch trains on the running statistics and leaves them alone.
      fromBatch = training && rows > 1;
      for (let c = 0; c < width; c++) {
        if (!fromBatch) {
          normalise(x, rows, c, runningMean[c], runningVariance[c]);
          continue;
        }
        let mean = 0;
        for (let i = c; i < rows * width; i += width) mean += x[i];
        mean /= rows;
        let squares = 0;
        for (let i = c; i < rows * width; i += width) squares += (x[i] - mean) ** 2;
        runningMean[c] += MOMENTUM * (mean - runningMean[c]);
        runningVariance[c] += MOMENTUM * (squares / (rows - 1) - runningVariance[c]);
        normalise(x, rows, c, mean, squares / rows);
      }
      return y;
    },
    backward(dy, rows) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        let product = 0;
        for (let i = c; i < rows * width; i += width) {
          sum += dy[i];
          product += dy[i] * normal[i];
        }
        dShift[c] = sum;
        dGain[c] = product;
        const scale = gain[c] * inverse[c];
        for (let i = c; i < rows * width; i += width) {
          dx[i] = fromBatch ? scale * (dy[i] - (sum + normal[i] * product) / rows) : scale * dy[i];
        }
      }
      return dx;
    },
  };
}
