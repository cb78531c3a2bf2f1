/** Networks: forward and backward passes, batches of training in one call. See network/program.ts. */
import { forward as run, backward as runBack, outputAt, transposeWeights } from "./network/program";

export { trainBatches, validateRows } from "./network/train";

/** 1 when this is the twin with relaxed SIMD. */
export function relaxed(): i32 {
  return RELAXED;
}

/** The first byte that nothing of the module's own lies on. */
export function heapBase(): usize {
  return __heap_base;
}

/** Returns where the outputs lie, their rows padded to whole vectors. */
export function forward(steps: usize, count: i32, x: usize, rows: i32, training: bool): usize {
  run(steps, count, x, rows, training);
  return outputAt(steps, count, training);
}

/** From the gradient of the outputs, which lies at `dy` of the last step, to fresh gradients. */
export function backward(steps: usize, count: i32, rows: i32): void {
  transposeWeights(steps, count);
  runBack(steps, count, rows, true);
}
