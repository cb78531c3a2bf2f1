import { type Dataset, INPUTS } from "./dataset.ts";

/** Standardisation, fitted on training rows only and stored with the model: 40 means and 40 reciprocal deviations. */
export interface Scaler {
  readonly mean: readonly number[];
  /** 1 / standard deviation; 0 for a column that is constant or always unknown, which then says nothing. */
  readonly inverse: readonly number[];
}

/** Standardised inputs are cut here: one absurd value must not drown the other 39. */
export const CLIP = 6;

/**
 * Mean and deviation of each column over its known values.
 *
 * @example
 * fitScaler(train).mean.length; // 40
 */
export function fitScaler({ rows, X }: Pick<Dataset, "rows" | "X">): Scaler {
  const mean = new Array<number>(INPUTS).fill(0);
  const inverse = new Array<number>(INPUTS).fill(0);
  for (let column = 0; column < INPUTS; column++) {
    let count = 0;
    let sum = 0;
    for (let i = column; i < rows * INPUTS; i += INPUTS) {
      if (Number.isNaN(X[i])) continue;
      count += 1;
      sum += X[i];
    }
    if (count === 0) continue;
    const centre = sum / count;
    let squares = 0;
    for (let i = column; i < rows * INPUTS; i += INPUTS) if (!Number.isNaN(X[i])) squares += (X[i] - centre) ** 2;
    const deviation = Math.sqrt(squares / count);
    mean[column] = centre;
    // Rounding alone gives a constant column a deviation of about 1e-16 of its size.
    inverse[column] = deviation > 1e-9 * Math.max(1, Math.abs(centre)) ? 1 / deviation : 0;
  }
  return { mean, inverse };
}

/** Writes one standardised row; an unknown value stands at the mean, which is 0. */
export type ScaleRow = (from: Float64Array, fromOffset: number, to: Float64Array, toOffset: number) => void;

/** The scaler as a function over typed arrays. */
export function createScaleRow(scaler: Scaler): ScaleRow {
  const mean = Float64Array.from(scaler.mean);
  const inverse = Float64Array.from(scaler.inverse);
  return (from, fromOffset, to, toOffset) => {
    for (let i = 0; i < INPUTS; i++) {
      const value = (from[fromOffset + i] - mean[i]) * inverse[i];
      to[toOffset + i] = value > CLIP ? CLIP : value < -CLIP ? -CLIP : Number.isNaN(value) ? 0 : value;
    }
  };
}
