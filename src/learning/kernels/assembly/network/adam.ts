/** Adam with decoupled weight decay over a run of parameters; `rate` and `correction` carry the corrections of the step. */
import { madd } from "./math";

export function adam(
  parameters: usize, gradients: usize, first: usize, second: usize, bytes: usize,
  rate: f32, correction: f32, keep: f32, beta1: f64, beta2: f64, epsilon: f32,
): void {
  if (bytes == 0) return;
  const b1 = f32x4.splat(<f32>beta1);
  const b2 = f32x4.splat(<f32>beta2);
  const c1 = f32x4.splat(<f32>(1 - beta1));
  const c2 = f32x4.splat(<f32>(1 - beta2));
  const eps = f32x4.splat(epsilon);
  const lr = f32x4.splat(rate);
  const fix = f32x4.splat(correction);
  const kept = f32x4.splat(keep);
  let i: usize = 0;
  // Asked at its end: V8 takes what is constant out of such a loop alone.
  do {
    const g = v128.load(gradients + i);
    const m = madd(b1, v128.load(first + i), f32x4.mul(c1, g));
    const v = madd(b2, v128.load(second + i), f32x4.mul(f32x4.mul(c2, g), g));
    v128.store(first + i, m);
    v128.store(second + i, v);
    const divisor = madd(f32x4.sqrt(v), fix, eps);
    const p = f32x4.mul(kept, v128.load(parameters + i));
    v128.store(parameters + i, f32x4.sub(p, f32x4.div(f32x4.mul(lr, m), divisor)));
    i += 16;
  } while (i < bytes);
}

/** The sum of squares, in double precision. */
export function squares(at: usize, bytes: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    const value = <f64>load<f32>(at + i);
    sum += value * value;
  }
  return sum;
}

export function scaleBy(at: usize, bytes: usize, factor: f32): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(at + i, f32x4.mul(v128.load(at + i), f32x4.splat(factor)));
}
