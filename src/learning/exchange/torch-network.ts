import { SubnetError } from "../../core/index.ts";
import { ModelFileError } from "../errors.ts";
import type { TrainedNetwork } from "../models/model.ts";
import {
  batchNorm,
  dense,
  gelu,
  type Layer,
  leakyRelu,
  network,
  parameterCount,
  relu,
  tanh,
  tensorsOf,
} from "../network/layers.ts";
import type { TorchTensor } from "./torch-tensors.ts";

/**
 * What may stand between the dense layers of a network that is imported: a state_dict does not tell.
 *
 * @example
 * ACTIVATIONS.leakyRelu(); // { kind: "leakyRelu", slope: 0.01 }
 */
export const ACTIVATIONS = { relu, leakyRelu, gelu, tanh } as const;
/** What may stand between the Linear layers of an imported network. */
export type Activation = keyof typeof ACTIVATIONS;

const HINT = "The parameters of one nn.Sequential of Linear and BatchNorm1d are read: 0.weight, 0.bias, 2.weight, ...";
const PARAMETER = /^(\d{1,4})\.(weight|bias|running_mean|running_var|num_batches_tracked)$/;

/** `module.`, `model.`, `layers.`: more are nobody's. */
const MAX_PREFIXES = 8;

/** Names without what all of them begin with: `module.layers.0.weight` becomes `0.weight`, `weight` alone as well. */
export function withoutPrefix(names: readonly string[]): readonly string[] {
  let rest = names;
  for (let i = 0; i < MAX_PREFIXES; i++) {
    const [prefix] = (rest[0] ?? "").split(".", 1);
    const isShared = !/^\d+$/.test(prefix) && rest.every((name) => name.startsWith(`${prefix}.`));
    if (rest.length === 0 || !isShared) break;
    rest = rest.map((name) => name.slice(prefix.length + 1));
  }
  return rest.every((name) => !name.includes(".")) ? rest.map((name) => `0.${name}`) : rest;
}

/** A layer with numbers: dense, or a batch normalisation. */
interface Block {
  readonly index: number;
  readonly layer: Layer;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
}

/** One layer out of its tensors. */
function blockOf(path: string, index: number, tensors: ReadonlyMap<string, TorchTensor>): Block {
  const refuse = (problem: string) => new ModelFileError({ path, reason: `its layer ${index} ${problem}`, hint: HINT });
  const weight = tensors.get("weight");
  const mean = tensors.get("running_mean");
  const ones = ({ shape }: TorchTensor, value: number) => ({ shape, values: new Float32Array(shape[0]).fill(value) });
  const make = (build: () => Layer, own: ReadonlyMap<string, TorchTensor>): Block => {
    try {
      return { index, layer: build(), tensors: own };
    } catch (cause) {
      if (!(cause instanceof SubnetError)) throw cause;
      throw refuse("is too large or too small");
    }
  };
  const all = (units: number, list: readonly (TorchTensor | undefined)[]) =>
    list.every((tensor) => tensor === undefined || (tensor.shape.length === 1 && tensor.shape[0] === units));
  if (mean !== undefined) {
    const variance = tensors.get("running_var");
    if (variance === undefined) throw refuse("has a running_mean and no running_var");
    const [units] = mean.shape;
    const [scale, bias] = [weight ?? ones(mean, 1), tensors.get("bias") ?? ones(mean, 0)];
    if (!all(units, [mean, variance, scale, bias])) throw refuse("is a batch normalisation of different sizes");
    if (variance.values.some((value) => value < 0)) throw refuse("has a variance below 0");
    const own = { weight: scale, bias, running_mean: mean, running_var: variance };
    return make(() => batchNorm(units), new Map(Object.entries(own)));
  }
  if (weight?.shape.length !== 2 || tensors.has("running_var")) {
    throw refuse(`is neither Linear nor BatchNorm1d (weight of ${weight?.shape.join(" x ") ?? "no"} numbers)`);
  }
  const [outputs, inputs] = weight.shape;
  const bias = tensors.get("bias") ?? { shape: [outputs], values: new Float32Array(outputs) };
  if (!all(outputs, [bias])) throw refuse(`has ${outputs} outputs and a bias of ${bias.shape.join(" x ")} numbers`);
  return make(() => dense(inputs, outputs), new Map(Object.entries({ weight, bias })));
}

/** After which blocks an activation stands: once between two dense layers, where the numbering leaves room for one. */
function activated(blocks: readonly Block[], warnings: string[]): ReadonlySet<Block> {
  const dense = blocks.flatMap(({ layer }, i) => (layer.kind === "dense" ? [i] : []));
  const places = dense.slice(0, -1).map((from, i) => {
    const between = blocks.slice(from, dense[i + 1]);
    const gaps = between.filter((block, k) => (blocks[from + k + 1]?.index ?? 0) - block.index > 1);
    const place = gaps[0] ?? between[between.length - 1];
    const where = `between layers ${blocks[from].index} and ${blocks[dense[i + 1]].index}`;
    if (gaps.length === 0) warnings.push(`The numbering leaves no room for an activation ${where}: one was taken.`);
    if (gaps.length > 1) {
      warnings.push(`The activation ${where} was taken to stand before the batch normalisation, and Dropout after it.`);
    }
    return place;
  });
  return new Set(places);
}

/**
 * The network of a state_dict, its last layer giving a logit: whether a Sigmoid follows is not in the file, and makes no difference.
 *
 * @throws {ModelFileError} naming the layer.
 */
export function networkOf(
  path: string,
  tensors: ReadonlyMap<string, TorchTensor>,
  activation: Activation,
): { trained: TrainedNetwork; warnings: readonly string[] } {
  const byLayer = new Map<number, Map<string, TorchTensor>>();
  const shown = [...tensors.keys()];
  for (const [i, name] of withoutPrefix(shown).entries()) {
    const [, number, part] = PARAMETER.exec(name) ?? [];
    const tensor = tensors.get(shown[i]);
    if (part === undefined || tensor === undefined) {
      throw new ModelFileError({
        path,
        reason: `${shown[i].slice(0, 100)} is no parameter of a layer by number`,
        hint: HINT,
      });
    }
    const own = byLayer.get(Number(number)) ?? new Map<string, TorchTensor>();
    byLayer.set(Number(number), own.set(part, tensor));
  }
  const blocks = [...byLayer].sort(([a], [b]) => a - b).map(([index, own]) => blockOf(path, index, own));
  const warnings: string[] = [];
  const active = activated(blocks, warnings);
  const placed = blocks.flatMap((block) => [
    { layer: block.layer, block },
    ...(active.has(block) ? [{ layer: ACTIVATIONS[activation](), block: null }] : []),
  ]);
  let shape: TrainedNetwork["network"];
  try {
    shape = network(placed.map(({ layer }) => layer));
  } catch (cause) {
    if (!(cause instanceof SubnetError)) throw cause;
    const reason = `its layers are no network (${cause.shortMessage.replace(/\.$/, "")})`;
    throw new ModelFileError({ path, reason, hint: HINT });
  }
  const parameters = new Float32Array(parameterCount(shape));
  for (const { name, layer, offset } of tensorsOf(shape)) {
    const values = placed[layer].block?.tensors.get(name.slice(name.indexOf(".") + 1))?.values;
    if (values !== undefined) parameters.set(values, offset);
  }
  return { trained: { network: shape, parameters }, warnings };
}
