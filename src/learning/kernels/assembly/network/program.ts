/**
 * A network as a list of steps in memory, each with the places of its numbers. network/program.ts lays them out: the order of
 * the fields here is the order of its words there. A matrix has its rows padded to whole vectors; what pads is 0 in weights and
 * gradients, so it stays 0, and is never read as an element of A but where it meets such a 0.
 */
import { activate, activateBack, biasBack, drop, multiply } from "./elementwise";
import { FROM_C, FROM_ROW, FROM_ZERO, gemm } from "./gemm";
import { batchNorm, batchNormBack } from "./norm";
import { outer, rowDots, rowTimes, transpose } from "./rows";

export const DENSE: i32 = 0;
export const ACTIVATION: i32 = 1;
export const BATCH_NORM: i32 = 2;
export const DROPOUT: i32 = 3;

@unmanaged
export class Step {
  kind: i32;
  /** Which curve, of an activation. */
  curve: i32;
  inputs: i32;
  outputs: i32;
  /** Bytes of a row, padded. */
  ldIn: usize;
  ldOut: usize;
  x: usize;
  y: usize;
  dy: usize;
  /** 0: nobody wants it. */
  dx: usize;
  /** Weights (inputs x outputs; of one output side by side), or the gain. */
  weight: usize;
  /** Bias, or the shift. */
  bias: usize;
  dWeight: usize;
  dBias: usize;
  /** dense: the weights transposed, for dx. batchNorm: running mean. dropout: state of the four streams. */
  extra0: usize;
  /** batchNorm: running variance. dropout: what a draw must reach. */
  extra1: usize;
  /** batchNorm: x normalised. dropout: mask. */
  extra2: usize;
  /** batchNorm: 1 / deviation. */
  extra3: usize;
  /** dense: of the fused relu, 1 when there is none. leakyRelu: its own. dropout: 1 / (1 - rate). */
  slope: f32;
  /** batchNorm: whether the last rows were normalised by themselves. */
  fromBatch: i32;
}

// @ts-ignore: decorator
@inline
function stepAt(steps: usize, index: i32): Step {
  return changetype<Step>(steps + (<usize>index) * offsetof<Step>());
}

/** Rows through all steps; the first reads at `x`. */
export function forward(steps: usize, count: i32, x: usize, rows: i32, training: bool): void {
  stepAt(steps, 0).x = x;
  for (let i = 0; i < count; i++) {
    const s = stepAt(steps, i);
    if (i > 0) {
      // A dropout that does nothing hands its input on.
      const before = stepAt(steps, i - 1);
      s.x = before.kind == DROPOUT && !training ? before.x : before.y;
    }
    const bytes = (<usize>rows) * s.ldOut;
    if (s.kind == DENSE) {
      const n4 = <i32>(s.ldOut >> 4);
      if (s.outputs == 1) rowDots(s.x, s.ldIn, s.weight, s.y, s.ldOut, rows, s.inputs, s.bias, s.slope);
      else if (rows == 1) rowTimes(s.x, 4, s.weight, s.ldOut, s.y, s.inputs, n4, FROM_ROW, s.bias, s.slope);
      else gemm(s.x, s.ldIn, 4, s.weight, s.ldOut, s.y, s.ldOut, rows, s.inputs, n4, FROM_ROW, s.bias, s.slope);
    } else if (s.kind == ACTIVATION) {
      activate(s.curve, s.x, s.y, bytes, s.slope);
    } else if (s.kind == BATCH_NORM) {
      // One row has no variance of its own: such a batch trains on the running statistics and leaves them alone.
      s.fromBatch = training && rows > 1 ? 1 : 0;
      batchNorm(s.x, s.y, s.extra2, s.extra3, rows, s.ldOut, s.weight, s.bias, s.extra0, s.extra1, s.fromBatch != 0);
    } else if (training) {
      drop(s.x, s.y, s.extra2, rows, s.ldOut, s.extra0, <i32>s.extra1, s.slope);
    }
  }
}

/** Where the outputs of the last forward pass lie. */
export function outputAt(steps: usize, count: i32, training: bool): usize {
  const last = stepAt(steps, count - 1);
  return last.kind == DROPOUT && !training ? last.x : last.y;
}

/** From `dy` of the last step to the gradients: `fresh` ones, or, but for those of batchNorm, added to what is there. */
export function backward(steps: usize, count: i32, rows: i32, fresh: bool): void {
  const start = fresh ? FROM_ZERO : FROM_C;
  for (let i = count - 1; i >= 0; i--) {
    const s = stepAt(steps, i);
    const bytes = (<usize>rows) * s.ldOut;
    if (s.kind == DENSE) {
      biasBack(s.dy, s.y, rows, s.ldOut, s.dBias, s.slope, fresh);
      const in4 = <i32>(s.ldIn >> 4);
      if (s.outputs == 1) {
        rowTimes(s.dy, s.ldOut, s.x, s.ldIn, s.dWeight, rows, in4, start, 0, 1);
        // What pads x may be an activation of 0, and so no 0.
        for (let at = (<usize>s.inputs) << 2; at < s.ldIn; at += 4) store<f32>(s.dWeight + at, 0);
        if (s.dx != 0) outer(s.dy, s.ldOut, s.weight, s.dx, s.ldIn, rows);
      } else {
        gemm(s.x, 4, s.ldIn, s.dy, s.ldOut, s.dWeight, s.ldOut, s.inputs, rows, <i32>(s.ldOut >> 4), start, 0, 1);
        if (s.dx != 0) gemm(s.dy, s.ldOut, 4, s.extra0, s.ldIn, s.dx, s.ldIn, rows, s.outputs, in4, FROM_ZERO, 0, 1);
      }
    } else if (s.kind == BATCH_NORM) {
      batchNormBack(s.dy, s.extra2, s.extra3, s.dx, rows, s.ldOut, s.weight, s.dWeight, s.dBias, s.fromBatch != 0);
    } else if (s.dx != 0) {
      if (s.kind == ACTIVATION) activateBack(s.curve, s.x, s.y, s.dy, s.dx, bytes, s.slope);
      else multiply(s.dy, s.extra2, s.dx, bytes);
    }
  }
}

/** Brings the transposed copies of weights up to date: once a batch, before the way back. */
export function transposeWeights(steps: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const s = stepAt(steps, i);
    if (s.kind == DENSE && s.dx != 0 && s.outputs > 1) transpose(s.weight, s.ldOut, s.extra0, s.ldIn, s.inputs, s.outputs);
  }
}

export function dyOfLast(steps: usize, count: i32): usize {
  return stepAt(steps, count - 1).dy;
}
