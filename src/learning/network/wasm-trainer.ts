import { INPUTS } from "../data/dataset.ts";
import { acquireKernels, MAX_BYTES, type NetworkKernels } from "../kernels/network-kernels.ts";
import type { Network } from "./layers.ts";
import type { LossKernel } from "./losses.ts";
import { createProgram, type Program, rowBytes } from "./program.ts";
import {
  ADAM,
  rowsPerCall,
  type ScaleRow,
  scaleInto,
  type TargetRows,
  type Trainer,
  type TrainerOptions,
} from "./trainer.ts";

/** A batch goes through in blocks of so many rows, which stay in the cache; batchNorm wants the whole batch. */
const BLOCK_ROWS = 64;
const LOSSES = { bce: 0, mse: 1, huber: 2, pinball: 3 } as const satisfies Record<LossKernel["kind"], number>;
const TRAINING_WORDS = 32;
/** Words of the record, see kernels/assembly/network/train.ts: doubles first, then from here. */
const DOUBLES = 7;
/** Which of the doubles are the powers of the betas. */
const POWERS = 5;
const FAILED_WORD = 30;

/** Standardised rows in the memory of the kernels, as their record of four words. */
function placeRows(kernels: NetworkKernels, source: TargetRows, inputs: number) {
  const ld = rowBytes(inputs);
  const x = kernels.allocate(source.rows * ld);
  const targets = kernels.allocate(source.rows * 4);
  const weights = source.weights === undefined ? 0 : kernels.allocate(source.rows * 4);
  const record = kernels.allocate(16);
  return {
    record,
    fill(scaleRow: ScaleRow) {
      const { buffer } = kernels.run.memory;
      new Uint32Array(buffer, record, 4).set([x, ld, targets, weights]);
      const floats = new Float32Array(buffer, x, (source.rows * ld) / 4);
      scaleInto(source, scaleRow, inputs, (row, scaled) => floats.set(scaled, (row * ld) / 4));
      new Float32Array(buffer, targets, source.rows).set(source.targets);
      if (source.weights !== undefined) new Float32Array(buffer, weights, source.rows).set(source.weights);
    },
  };
}

function blockRows({ layers }: Network, batchSize: number): number {
  return layers.some(({ kind }) => kind === "batchNorm") ? batchSize : Math.min(batchSize, BLOCK_ROWS);
}

function placeTraining(
  kernels: NetworkKernels,
  program: Program,
  { network, weightDecay, clipNorm = 0 }: TrainerOptions,
  { kind, parameter }: LossKernel,
  block: number,
) {
  const record = kernels.allocate(TRAINING_WORDS * 4);
  const first = kernels.allocate(program.totalBytes);
  const second = kernels.allocate(program.totalBytes);
  const targets = kernels.allocate(block * 4);
  const weights = kernels.allocate(block * 4);
  return {
    record,
    /** Both moments of Adam, and the powers of its betas. */
    memory() {
      const { buffer } = kernels.run.memory;
      const moments = [first, second].map((at) => new Float32Array(buffer, at, program.totalBytes / 4));
      return [...moments, new Float64Array(buffer, record + POWERS * 8, 2)];
    },
    fill() {
      const { buffer } = kernels.run.memory;
      new Float64Array(buffer, record, DOUBLES).set([
        ...[ADAM.beta1, ADAM.beta2, ADAM.epsilon, weightDecay, clipNorm],
        ...[1, 1],
      ]);
      const words = [
        ...[program.steps, program.count, program.parameters, program.gradients, first, second],
        ...[program.decayBytes, program.totalBytes, LOSSES[kind], 0, network.outputs, program.ldOut],
        ...[block, program.x, targets, weights],
      ];
      new Uint32Array(buffer, record + DOUBLES * 8, words.length).set(words);
      new Float32Array(buffer, record, TRAINING_WORDS)[DOUBLES * 2 + 9] = parameter;
    },
  };
}

/** Bytes of rows, above which nothing is tried: the memory of the kernels ends at 4 GiB. */
const bytesOf = ({ rows }: TargetRows, inputs: number) => rows * (rowBytes(inputs) + 12);

/**
 * Training on the kernels, in single precision. The rows are standardised once, into their memory; a call does whole batches.
 *
 * @returns null when the kernels cannot be had, do not know the loss, or the rows are too many for their memory.
 */
export function createWasmTrainer(options: TrainerOptions, parameters: Float64Array): Trainer | null {
  const { network, train, validation, scaleRow, inputs = INPUTS, loss, batchSize, random } = options;
  if (loss.kernel === undefined) return null;
  if (bytesOf(train, inputs) + bytesOf(validation, inputs) > MAX_BYTES * 0.9) return null;
  const kernels = acquireKernels(options.kernels);
  if (kernels === null) return null;
  const block = blockRows(network, batchSize);
  const program = createProgram(kernels, network, { maxRows: block, training: true, random: random.fork("dropout") });
  const training = placeTraining(kernels, program, options, loss.kernel, block);
  const perCall = rowsPerCall(parameters.length, batchSize);
  const sides = [train, validation].map((side) => placeRows(kernels, side, inputs));
  const orderAt = kernels.allocate(train.rows * 4);
  const ratesAt = kernels.allocate((perCall / batchSize) * 8);
  const outputsAt = kernels.allocate(perCall * 4);
  // Nothing moves the memory from here on.
  const { run } = kernels;
  const { buffer } = run.memory;
  training.fill();
  for (const side of sides) side.fill(scaleRow);
  program.load(parameters);
  const order = new Uint32Array(buffer, orderAt, train.rows);
  for (let row = 0; row < train.rows; row++) order[row] = row;
  const rateView = new Float64Array(buffer, ratesAt, perCall / batchSize);
  const outputView = new Float32Array(buffer, outputsAt, perCall);
  const words = new Int32Array(buffer, training.record, TRAINING_WORDS);
  const [trainRecord, validationRecord] = sides.map(({ record }) => record);
  return {
    kind: "wasm",
    order,
    rowsPerCall: perCall,
    train(from, rows, rates) {
      rateView.set(rates);
      const sum = run.trainBatches(training.record, trainRecord, orderAt + from * 4, rows, batchSize, ratesAt);
      const failed = words[FAILED_WORD];
      return { sum, failed: failed < 0 ? null : failed };
    },
    validate(from, rows, outputs) {
      const sum = run.validateRows(training.record, validationRecord, from, rows, outputsAt);
      outputs.set(outputView.subarray(0, rows), from);
      return sum;
    },
    memory: () => [...program.memory(), ...training.memory()],
    save: program.save,
    close: kernels.release,
  };
}
