import type { Random } from "../../core/index.ts";
import type { NetworkKernels } from "../kernels/network-kernels.ts";
import { dropoutSeed, dropoutThreshold } from "./dropout.ts";
import { type Layer, type Network, type TensorPlace, tensorsOf } from "./layers.ts";

/** A network laid out in the memory of kernels: see kernels/assembly/network/program.ts, whose words these are. */
export interface Program {
  readonly steps: number;
  readonly count: number;
  /** Room for `maxRows` rows of inputs, and the bytes of one. */
  readonly x: number;
  readonly ldIn: number;
  readonly ldOut: number;
  /** Where the gradient of the outputs goes and that of the inputs comes; 0 when it is for serving only. */
  readonly dy: number;
  readonly dx: number;
  /** Trained numbers lie side by side, those that decay first; gradients lie likewise. */
  readonly parameters: number;
  readonly gradients: number;
  readonly decayBytes: number;
  readonly totalBytes: number;
  /** From and to the order of {@link tensorsOf}. Running statistics have no gradients: `saveGradients` leaves them alone. */
  load(parameters: ArrayLike<number>): void;
  save(into: Float64Array): void;
  saveGradients(into: Float64Array): void;
  /** Parameters, running statistics and the streams of dropouts, live until the memory is moved. */
  memory(): readonly (Float32Array | Uint32Array)[];
}

const STEP_WORDS = 20;
const KIND = { dense: 0, activation: 1, batchNorm: 2, dropout: 3 } as const;
const CURVE = { relu: 1, leakyRelu: 1, tanh: 2, sigmoid: 3, gelu: 4 } as const;

/** Bytes of a row of single-precision numbers, padded to whole vectors. */
export const rowBytes = (width: number): number => Math.ceil(width / 4) * 16;

/** A matrix lies transposed, inputs x outputs, its rows padded; but the weights of one output lie side by side, as a vector does. */
function matrixOf({ shape: [outputs = 0, inputs = 1] }: TensorPlace): { rows: number; width: number } {
  return outputs === 1 ? { rows: 1, width: inputs } : { rows: inputs, width: outputs };
}

/** Where the numbers of one tensor lie. */
interface Slot {
  readonly place: TensorPlace;
  readonly trained: boolean;
  /** Bytes from the start of the trained numbers, or of the running statistics. */
  readonly offset: number;
  readonly bytes: number;
}

function slotsOf(network: Network) {
  const places = tensorsOf(network);
  const ends = { trained: 0, running: 0 };
  const slot = (place: TensorPlace): Slot => {
    const trained = !place.name.includes("running");
    const part = trained ? "trained" : "running";
    const { rows, width } = matrixOf(place);
    const bytes = rows * rowBytes(width);
    ends[part] += bytes;
    return { place, trained, offset: ends[part] - bytes, bytes };
  };
  const decaying = places.filter(({ decays }) => decays).map(slot);
  const decayBytes = ends.trained;
  const slots = [...decaying, ...places.filter(({ decays }) => !decays).map(slot)];
  return { slots, decayBytes, trainedBytes: ends.trained, runningBytes: ends.running };
}

/** Copies a tensor out of the flat array to where it lies in a memory. */
function loadTensor({ place }: Slot, flat: ArrayLike<number>, memory: Float32Array): void {
  const { rows, width } = matrixOf(place);
  const words = rowBytes(width) / 4;
  let index = place.offset;
  for (let c = 0; c < width; c++) {
    for (let r = 0; r < rows; r++) memory[r * words + c] = flat[index++];
  }
}

/** The way back. */
function saveTensor({ place }: Slot, flat: Float64Array, memory: Float32Array): void {
  const { rows, width } = matrixOf(place);
  const words = rowBytes(width) / 4;
  let index = place.offset;
  for (let c = 0; c < width; c++) {
    for (let r = 0; r < rows; r++) flat[index++] = memory[r * words + c];
  }
}

/** A layer that becomes a step; a relu after a dense layer is done by it. */
interface Planned {
  readonly layer: Layer;
  readonly index: number;
  readonly fusedSlope: number;
  readonly inputs: number;
  readonly outputs: number;
}

function slopeOf(layer: Layer | undefined): number | null {
  return layer?.kind === "relu" ? 0 : layer?.kind === "leakyRelu" ? layer.slope : null;
}

function planOf({ inputs, layers }: Network): Planned[] {
  const planned: Planned[] = [];
  let width = inputs;
  for (const [index, layer] of layers.entries()) {
    const outputs = layer.kind === "dense" ? layer.outputs : width;
    if (slopeOf(layer) === null || layers[index - 1]?.kind !== "dense") {
      const fusedSlope = layer.kind === "dense" ? (slopeOf(layers[index + 1]) ?? 1) : 1;
      planned.push({ layer, index, fusedSlope, inputs: width, outputs });
    }
    width = outputs;
  }
  return planned;
}

/**
 * Lays a network out. `random` gives every dropout, in order, its streams; without `training` there is room for serving alone.
 * `wantInput`: the gradient of the inputs is wanted too.
 */
export function createProgram(
  kernels: NetworkKernels,
  network: Network,
  {
    maxRows,
    training,
    random,
    wantInput = false,
  }: {
    maxRows: number;
    training: boolean;
    random: Random | null;
    wantInput?: boolean;
  },
): Program {
  const { slots, decayBytes, trainedBytes, runningBytes } = slotsOf(network);
  const plan = planOf(network);
  const { allocate } = kernels;
  const parameters = allocate(trainedBytes);
  const running = allocate(runningBytes);
  const gradients = training ? allocate(trainedBytes) : 0;
  const matrix = (width: number) => allocate(maxRows * rowBytes(width));
  const x = matrix(network.inputs);
  const inputGradient = training && wantInput ? matrix(network.inputs) : 0;
  const steps = allocate(plan.length * STEP_WORDS * 4);
  const addressOf = (layer: number, name: string, base: number) => {
    const slot = slots.find(({ place }) => place.layer === layer && place.name.endsWith(`.${name}`));
    return slot === undefined ? 0 : base + slot.offset;
  };

  // All room first: it may move the memory.
  let dx = inputGradient;
  const words = plan.map(({ layer, index, fusedSlope, inputs, outputs }) => {
    const dy = training ? matrix(outputs) : 0;
    const { kind } = layer;
    const extras = [0, 0, 0, 0];
    let slope = fusedSlope;
    if (kind === "dense") extras[0] = training && outputs > 1 ? allocate(outputs * rowBytes(inputs)) : 0;
    else if (kind === "batchNorm") {
      extras[0] = addressOf(index, "running_mean", running);
      extras[1] = addressOf(index, "running_var", running);
      extras[2] = matrix(outputs);
      extras[3] = allocate(rowBytes(outputs));
    } else if (kind === "dropout") {
      extras[0] = allocate(64);
      extras[1] = dropoutThreshold(layer.rate);
      extras[2] = training ? matrix(outputs) : 0;
      slope = 1 / (1 - layer.rate);
    } else slope = slopeOf(layer) ?? 1;
    const isCurve = kind !== "dense" && kind !== "batchNorm" && kind !== "dropout";
    const step = [
      ...[isCurve ? KIND.activation : KIND[kind], isCurve ? CURVE[kind] : 0, inputs, outputs],
      ...[rowBytes(inputs), rowBytes(outputs), 0, matrix(outputs), dy, dx],
      ...[addressOf(index, "weight", parameters), addressOf(index, "bias", parameters)],
      ...[addressOf(index, "weight", gradients), addressOf(index, "bias", gradients), ...extras],
    ];
    dx = dy;
    return { step, slope, isDropout: kind === "dropout" };
  });

  const { buffer } = kernels.run.memory;
  const stepWords = new Uint32Array(buffer, steps, plan.length * STEP_WORDS);
  const stepFloats = new Float32Array(buffer, steps, plan.length * STEP_WORDS);
  words.forEach(({ step, slope, isDropout }, i) => {
    stepWords.set(step, i * STEP_WORDS);
    stepFloats[i * STEP_WORDS + 18] = slope;
    if (isDropout && random !== null) new Uint32Array(buffer, step[14], 16).set(dropoutSeed(random));
  });
  const viewOf = (base: number, { offset, bytes }: Slot) =>
    new Float32Array(kernels.run.memory.buffer, base + offset, bytes / 4);
  const baseOf = ({ trained }: Slot) => (trained ? parameters : running);
  return {
    steps,
    count: plan.length,
    x,
    ldIn: rowBytes(network.inputs),
    ldOut: rowBytes(network.outputs),
    dy: dx,
    dx: inputGradient,
    parameters,
    gradients,
    decayBytes,
    totalBytes: trainedBytes,
    load(from) {
      for (const slot of slots) loadTensor(slot, from, viewOf(baseOf(slot), slot));
    },
    save(into) {
      for (const slot of slots) saveTensor(slot, into, viewOf(baseOf(slot), slot));
    },
    memory: () => [
      new Float32Array(kernels.run.memory.buffer, parameters, trainedBytes / 4),
      new Float32Array(kernels.run.memory.buffer, running, runningBytes / 4),
      ...words.flatMap(({ step, isDropout }) =>
        isDropout ? [new Uint32Array(kernels.run.memory.buffer, step[14], 16)] : [],
      ),
    ],
    saveGradients(into) {
      for (const slot of slots) if (slot.trained) saveTensor(slot, into, viewOf(gradients, slot));
    },
  };
}
