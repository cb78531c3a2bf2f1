/** Networks: products of matrices, activations, losses, a whole epoch of training in one call. */

/** 1 when this is the twin with relaxed SIMD. */
export function relaxed(): i32 {
  return RELAXED;
}

export function madd(at: usize): void {
  const a = v128.load(at);
  if (RELAXED) v128.store(at, f32x4.relaxed_madd(a, a, a));
  else v128.store(at, f32x4.add(f32x4.mul(a, a), a));
}
