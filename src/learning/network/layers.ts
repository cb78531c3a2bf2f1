import { InvalidArgumentError, type Random } from "../../core/index.ts";
import { LayerShapeError } from "../errors.ts";

/** One brick of a network, as plain data. */
export type Layer =
  | { readonly kind: "dense"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "batchNorm"; readonly size: number }
  | { readonly kind: "relu" }
  | { readonly kind: "leakyRelu"; readonly slope: number }
  | { readonly kind: "gelu" }
  | { readonly kind: "tanh" }
  | { readonly kind: "sigmoid" }
  | { readonly kind: "dropout"; readonly rate: number };

/** A checked list of layers: an architecture, without numbers. */
export interface Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly Layer[];
}

/** A fully connected layer, `y = W x + b`. */
export const dense = (inputs: number, outputs: number): Layer => ({
  kind: "dense",
  inputs: size("inputs", inputs),
  outputs: size("outputs", outputs),
});
/** Batch normalisation: the batch's own statistics while training, the running ones while serving. */
export const batchNorm = (units: number): Layer => ({ kind: "batchNorm", size: size("size", units) });
/** max(x, 0). */
export const relu = (): Layer => ({ kind: "relu" });
/** x above 0, slope * x below. */
export const leakyRelu = (slope = 0.01): Layer => ({ kind: "leakyRelu", slope: within("slope", slope, 0, 1) });
/** x times the normal distribution function at x, exactly (by erf), as PyTorch's GELU (Hendrycks and Gimpel 2016). */
export const gelu = (): Layer => ({ kind: "gelu" });
/** Hyperbolic tangent. */
export const tanh = (): Layer => ({ kind: "tanh" });
/** Logistic function. As the last layer of a classifier it is taken together with the loss, which is exact where exp would overflow. */
export const sigmoid = (): Layer => ({ kind: "sigmoid" });
/** Drops this share of the units while training and scales up the rest; does nothing while serving. */
export const dropout = (rate: number): Layer => ({ kind: "dropout", rate: within("rate", rate, 0, 0.99) });

function size(argument: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 65_536) return value;
  throw new InvalidArgumentError({ argument, problem: "must be a whole number from 1 to 65536", value });
}

function within(argument: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError({ argument, problem: `must be from ${min} to ${max}`, value });
}

/** Training keeps each four times, in memory that ends at 4 GiB. */
const MAX_PARAMETERS = 50_000_000;

/** `"layer 0 (dense 40-64)"`: how errors call a layer. */
export function layerName(layer: Layer, index: number): string {
  const detail = layer.kind === "dense" ? ` ${layer.inputs}-${layer.outputs}` : "";
  return `layer ${index} (${layer.kind}${layer.kind === "batchNorm" ? ` ${layer.size}` : detail})`;
}

/**
 * Layers, one after another, checked to fit.
 *
 * @throws {LayerShapeError} naming the layer and both shapes.
 * @example
 * network([dense(40, 64), relu(), dense(64, 1), sigmoid()]).outputs; // 1
 */
export function network(layers: readonly Layer[]): Network {
  const first = layers.find((layer) => layer.kind === "dense" || layer.kind === "batchNorm");
  if (first === undefined) {
    throw new InvalidArgumentError({ argument: "layers", problem: "must hold at least one dense layer" });
  }
  const inputs = first.kind === "dense" ? first.inputs : first.kind === "batchNorm" ? first.size : 0;
  let width = inputs;
  layers.forEach((layer, index) => {
    const takes = layer.kind === "dense" ? layer.inputs : layer.kind === "batchNorm" ? layer.size : width;
    if (takes !== width) {
      throw new LayerShapeError({
        layer: layerName(layer, index),
        expected: `rows x ${takes}`,
        received: `rows x ${width}`,
      });
    }
    if (layer.kind === "dense") width = layer.outputs;
  });
  const shape = { inputs, outputs: width, layers: [...layers] };
  const count = parameterCount(shape);
  if (count > MAX_PARAMETERS) {
    const problem = `hold ${count} numbers to learn; ${MAX_PARAMETERS} are the limit`;
    throw new InvalidArgumentError({ argument: "layers", problem });
  }
  return shape;
}

/**
 * The default shape: dense and relu for each hidden size, then one dense output (a logit).
 *
 * @example
 * mlp(40, [64, 32]).layers.length; // 5
 */
export function mlp(inputs: number, layerSizes: readonly number[]): Network {
  const sizes = [inputs, ...layerSizes];
  const hidden = layerSizes.flatMap((units, i) => [dense(sizes[i] ?? inputs, units), relu()]);
  return network([...hidden, dense(sizes.at(-1) ?? inputs, 1)]);
}

/** Where one tensor of a network lies in the flat array of its parameters. Names are those of a PyTorch Sequential. */
export interface TensorPlace {
  readonly name: string;
  readonly layer: number;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
  /** Only dense weights decay. */
  readonly decays: boolean;
}

/** All tensors of a network, in order: `0.weight`, `0.bias`, `1.running_mean`, ... */
export function tensorsOf({ layers }: Network): readonly TensorPlace[] {
  const places: TensorPlace[] = [];
  let offset = 0;
  const add = (layer: number, name: string, shape: readonly number[], decays = false) => {
    const length = shape.reduce((product, n) => product * n, 1);
    places.push({ name: `${layer}.${name}`, layer, shape, offset, length, decays });
    offset += length;
  };
  layers.forEach((layer, i) => {
    if (layer.kind === "dense") {
      add(i, "weight", [layer.outputs, layer.inputs], true);
      add(i, "bias", [layer.outputs]);
    } else if (layer.kind === "batchNorm") {
      for (const name of ["weight", "bias", "running_mean", "running_var"]) add(i, name, [layer.size]);
    }
  });
  return places;
}

/** How many numbers a network holds. */
export function parameterCount(shape: Network): number {
  return tensorsOf(shape).reduce((sum, { length }) => sum + length, 0);
}

/** Starting parameters: He (2015) normal weights, zero biases, batch norms that do nothing yet. */
export function initialParameters(shape: Network, random: Random): Float64Array {
  const parameters = new Float64Array(parameterCount(shape));
  for (const { name, shape: dimensions, offset, length, decays } of tensorsOf(shape)) {
    const deviation = Math.sqrt(2 / (dimensions[1] ?? 1));
    if (decays) for (let i = 0; i < length; i++) parameters[offset + i] = random.normal() * deviation;
    else if (name.endsWith("weight") || name.endsWith("running_var")) parameters.fill(1, offset, offset + length);
  }
  return parameters;
}
