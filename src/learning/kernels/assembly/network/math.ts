/** Curves on four numbers at once: errors below 3 units in the last place, and no branch, so every lane costs the same. */

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a x + b, with numbers for b. */
// @ts-ignore: decorator
@inline
function step(a: v128, x: v128, b: f32): v128 {
  return madd(a, x, f32x4.splat(b));
}

/** e^x by Cephes' expf: 2^n times a polynomial of the rest. */
export function exp4(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, f32x4.splat(88)), f32x4.splat(-87.3));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = step(p, r, 1.3981999507e-3);
  p = step(p, r, 8.3334519073e-3);
  p = step(p, r, 4.1665795894e-2);
  p = step(p, r, 1.6666665459e-1);
  p = step(p, r, 5.0000001201e-1);
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** log(1 + x) for x from 0 to 1, as 2 artanh(x / (2 + x)) by its series: the next term is below 2^-25. */
export function log1p4(x: v128): v128 {
  const s = f32x4.div(x, f32x4.add(x, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let p = f32x4.splat(1 / 13);
  p = step(p, z, 1 / 11);
  p = step(p, z, 1 / 9);
  p = step(p, z, 1 / 7);
  p = step(p, z, 1 / 5);
  p = step(p, z, 1 / 3);
  p = f32x4.mul(p, z);
  const twice = f32x4.add(s, s);
  return madd(p, twice, twice);
}

/** 1 / (1 + e^-x), without overflow on either side. */
export function logistic4(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const r = f32x4.div(one, f32x4.add(one, e));
  return v128.bitselect(f32x4.mul(e, r), r, f32x4.lt(x, f32x4.splat(0)));
}

/** Near 0 by Cephes' polynomial, where the other form would lose digits. */
export function tanh4(x: v128): v128 {
  const one = f32x4.splat(1);
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = step(p, z, 2.06390887954e-2);
  p = step(p, z, -5.37397155531e-2);
  p = step(p, z, 1.33314422036e-1);
  p = step(p, z, -3.33332819422e-1);
  const near = madd(f32x4.mul(p, z), x, x);
  const e = exp4(f32x4.mul(size, f32x4.splat(-2)));
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)));
}

/** The error function as x P(x^2) / Q(x^2) on [-4, 4]: Eigen's and XNNPACK's coefficients. */
export function erf4(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, f32x4.splat(4)), f32x4.splat(-4));
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = step(p, z, 2.77068142495902e-8);
  p = step(p, z, -2.10102402082508e-6);
  p = step(p, z, -5.69250639462346e-5);
  p = step(p, z, -7.34990630326855e-4);
  p = step(p, z, -2.954599808540250e-3);
  p = step(p, z, -1.609603332624150e-2);
  let q = f32x4.splat(-1.45660718464996e-5);
  q = step(q, z, -2.13374055278905e-4);
  q = step(q, z, -1.68282697438203e-3);
  q = step(q, z, -7.37332916720468e-3);
  q = step(q, z, -1.42647390514189e-2);
  return f32x4.div(f32x4.mul(x, p), q);
}
