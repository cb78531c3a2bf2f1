/** Batches of training, and rows of validation, in one call each: rows are gathered, run, and learned from in here. */
import { adam, scaleBy, squares } from "./adam";
import { lossOf } from "./losses";
import { backward, dyOfLast, forward, outputAt, transposeWeights } from "./program";

/** network/program.ts fills it in; doubles first, so that nothing is padded. */
@unmanaged
export class Training {
  beta1: f64;
  beta2: f64;
  epsilon: f64;
  weightDecay: f64;
  /** Largest norm of the gradient; 0: any. */
  clipNorm: f64;
  /** Powers of the betas after the steps so far; 1 before the first. */
  power1: f64;
  power2: f64;
  steps: usize;
  count: i32;
  /** Parameters that decay come first; then the others that are trained. */
  parameters: usize;
  gradients: usize;
  first: usize;
  second: usize;
  decayBytes: usize;
  totalBytes: usize;
  loss: i32;
  parameter: f32;
  outputs: i32;
  /** Bytes of a row of outputs. */
  ldOut: usize;
  /** Most rows that go through at once. */
  block: i32;
  /** Where gathered rows are put. */
  batch: usize;
  batchTargets: usize;
  batchWeights: usize;
  /** The batch, from 0, whose loss was no finite number; -1: none. */
  failed: i32;
}

/** Rows with targets: bytes of a row, and weights or 0. */
@unmanaged
export class Rows {
  x: usize;
  ld: usize;
  targets: usize;
  weights: usize;
}

/**
 * Reads a number of every cache line of the rows to come. They lie anywhere, so most miss the caches: asked for without waiting
 * for the one before, many are on their way at a time. The result means nothing, but has to be used.
 */
function touch(source: Rows, order: usize, rows: i32): v128 {
  const ld = source.ld;
  const end = order + ((<usize>rows) << 2);
  let all = f32x4.splat(0);
  for (let at = order; at < end; at += 4) {
    const row = <usize>load<u32>(at);
    const from = source.x + row * ld;
    all = v128.or(all, v128.load(from + ld - 16));
    for (let b: usize = 0; b < ld; b += 64) all = v128.or(all, v128.load(from + b));
    all = v128.or(all, v128.load32_zero(source.targets + (row << 2)));
  }
  return all;
}

function gather(t: Training, source: Rows, order: usize, rows: i32): void {
  v128.store(t.batch, touch(source, order, rows));
  const ld = source.ld;
  const x = source.x;
  const targets = source.targets;
  const outputs = t.outputs;
  const last = order + ((<usize>(rows - 1)) << 2);
  let to = t.batch;
  let toTargets = t.batchTargets;
  for (let at = order; at <= last; at += 4) {
    const row = <usize>load<u32>(at);
    const from = x + row * ld;
    let b: usize = 0;
    for (; b + 32 <= ld; b += 32) {
      const p = v128.load(from + b);
      const q = v128.load(from + b, 16);
      v128.store(to + b, p);
      v128.store(to + b, q, 16);
    }
    if (b < ld) v128.store(to + b, v128.load(from + b));
    to += ld;
    for (let c = 0; c < outputs; c++) {
      store<f32>(toTargets, load<f32>(targets + ((row * outputs + c) << 2)));
      toTargets += 4;
    }
  }
  if (source.weights == 0) return;
  for (let i = 0; i < rows; i++) {
    const row = <usize>load<u32>(order + ((<usize>i) << 2));
    store<f32>(t.batchWeights + ((<usize>i) << 2), load<f32>(source.weights + (row << 2)));
  }
}

/**
 * Learns from the rows that `order` names, `batchSize` at a time, the last batch as long as it comes; `rates` is a learning rate
 * for each batch. A batch larger than a block goes through in blocks, whose gradients add up.
 *
 * @returns the sum of the losses of all rows; stops at a loss that is no finite number, and says where in `failed`.
 */
export function trainBatches(at: usize, rowsAt: usize, order: usize, rows: i32, batchSize: i32, rates: usize): f64 {
  const t = changetype<Training>(at);
  const source = changetype<Rows>(rowsAt);
  const dy = dyOfLast(t.steps, t.count);
  let sum: f64 = 0;
  t.failed = -1;
  let batch = 0;
  for (let from = 0; from < rows; from += batchSize) {
    const size = min(batchSize, rows - from);
    transposeWeights(t.steps, t.count);
    let value: f64 = 0;
    for (let done = 0; done < size; done += t.block) {
      const part = min(t.block, size - done);
      gather(t, source, order + ((<usize>(from + done)) << 2), part);
      forward(t.steps, t.count, t.batch, part, true);
      const weights: usize = source.weights == 0 ? 0 : t.batchWeights;
      const y = outputAt(t.steps, t.count, true);
      const all = size * t.outputs;
      value += lossOf(t.loss, t.parameter, y, dy, t.ldOut, t.batchTargets, weights, part, t.outputs, all);
      if (!isFinite(value)) {
        t.failed = batch;
        return value;
      }
      backward(t.steps, t.count, part, done == 0);
    }
    sum += value;
    learn(t, load<f64>(rates + ((<usize>batch) << 3)));
    batch++;
  }
  return sum;
}

function learn(t: Training, learningRate: f64): void {
  if (t.clipNorm > 0) {
    const norm = Math.sqrt(squares(t.gradients, t.totalBytes));
    if (norm > t.clipNorm) scaleBy(t.gradients, t.totalBytes, <f32>(t.clipNorm / norm));
  }
  t.power1 *= t.beta1;
  t.power2 *= t.beta2;
  const rate = <f32>(learningRate / (1 - t.power1));
  const correction = <f32>(1 / Math.sqrt(1 - t.power2));
  const keep = <f32>(1 - learningRate * t.weightDecay);
  const d = t.decayBytes;
  const epsilon = <f32>t.epsilon;
  adam(t.parameters, t.gradients, t.first, t.second, d, rate, correction, keep, t.beta1, t.beta2, epsilon);
  adam(
    t.parameters + d, t.gradients + d, t.first + d, t.second + d, t.totalBytes - d,
    rate, correction, 1, t.beta1, t.beta2, epsilon,
  );
}

/** Runs rows `from` to `from + rows` as in serving, writes their outputs side by side; returns the sum of their losses. */
export function validateRows(at: usize, rowsAt: usize, from: i32, rows: i32, outputs: usize): f64 {
  const t = changetype<Training>(at);
  const source = changetype<Rows>(rowsAt);
  const width = t.outputs;
  let sum: f64 = 0;
  for (let done = 0; done < rows; done += t.block) {
    const part = min(t.block, rows - done);
    const first = from + done;
    forward(t.steps, t.count, source.x + (<usize>first) * source.ld, part, false);
    const y = outputAt(t.steps, t.count, false);
    const targets = source.targets + ((<usize>(first * width)) << 2);
    const weights: usize = source.weights == 0 ? 0 : source.weights + ((<usize>first) << 2);
    sum += lossOf(t.loss, t.parameter, y, 0, t.ldOut, targets, weights, part, width, width);
    for (let r = 0; r < part; r++) {
      for (let c = 0; c < width; c++) {
        const value = load<f32>(y + (<usize>r) * t.ldOut + ((<usize>c) << 2));
        store<f32>(outputs + ((<usize>((done + r) * width + c)) << 2), value);
      }
    }
  }
  return sum;
}
