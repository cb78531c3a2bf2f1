import { createRandom, type Random } from "../../core/index.ts";
import { LayerShapeError } from "../errors.ts";
import { type Network, parameterCount, tensorsOf } from "./layers.ts";
import { createStep, type Step } from "./steps.ts";

/** A network with parameters and buffers, ready to run. It allocates once, here. */
export interface Runner {
  readonly parameters: Float64Array;
  /** As long as the parameters; filled by `backward`. Running statistics keep the gradient 0. */
  readonly gradients: Float64Array;
  /** `x` is rows x inputs; the result (rows x outputs) is a buffer that the next call overwrites. */
  forward(x: Float64Array, rows: number, training: boolean): Float64Array;
  /** From the gradient of the outputs; returns that of the inputs when `wantInput`. */
  backward(dy: Float64Array, rows: number, wantInput?: boolean): Float64Array;
  /** What its steps remember beside the parameters, live. */
  readonly memory: readonly Int32Array[];
}

/**
 * Binds a network to its parameters (used in place, not copied).
 *
 * @throws {LayerShapeError} when the count of parameters, or later the input, is not the network's.
 */
export function createRunner(
  shape: Network,
  parameters: Float64Array,
  { maxRows, random = createRandom(0) }: { maxRows: number; random?: Random },
): Runner {
  const count = parameterCount(shape);
  if (parameters.length !== count) {
    throw new LayerShapeError({
      layer: "the network",
      expected: `${count} parameters`,
      received: `${parameters.length} parameters`,
    });
  }
  const gradients = new Float64Array(count);
  const all = tensorsOf(shape);
  let width = shape.inputs;
  const steps = shape.layers.map((layer, index): Step => {
    const places = all.filter((place) => place.layer === index);
    const step = createStep(layer, { parameters, gradients, places, width, maxRows, random });
    if (layer.kind === "dense") width = layer.outputs;
    return step;
  });
  return {
    parameters,
    gradients,
    memory: steps.flatMap(({ memory }) => (memory === undefined ? [] : [memory])),
    forward(x, rows, training) {
      if (rows > maxRows || x.length < rows * shape.inputs) {
        throw new LayerShapeError({
          layer: "the network",
          expected: `at most ${maxRows} x ${shape.inputs}`,
          received: `${rows} rows in ${x.length} numbers`,
        });
      }
      let value = x;
      for (const step of steps) value = step.forward(value, rows, training);
      return value;
    },
    backward(dy, rows, wantInput = false) {
      let gradient = dy;
      for (let i = steps.length - 1; i >= 0; i--) gradient = steps[i].backward(gradient, rows, wantInput || i > 0);
      return gradient;
    },
  };
}
