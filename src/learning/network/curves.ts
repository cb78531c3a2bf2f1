/** 1 / (1 + e^-z), without overflow on either side. */
export function logistic(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

const ROOT_2_PI = Math.sqrt(2 * Math.PI);
/** Beyond this many deviations the normal distribution function is 0 or 1 in double precision. */
const FAR = 8.5;

/**
 * The standard normal distribution function, to the last digits: Marsaglia's series (2004, "Evaluating the normal
 * distribution"), all of whose terms have one sign.
 */
export function normalBelow(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > FAR) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / ROOT_2_PI;
}

/** x times {@link normalBelow}. */
export const gelu = (x: number): number => x * normalBelow(x);
/** The derivative of {@link gelu}. */
export const geluSlope = (x: number): number => normalBelow(x) + (x * Math.exp(-0.5 * x * x)) / ROOT_2_PI;
