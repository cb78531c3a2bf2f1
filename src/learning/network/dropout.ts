import type { Random } from "../../core/index.ts";

/** 16 words that start the four streams of a dropout layer: word w of stream s at `4 w + s`. */
export function dropoutSeed(random: Random): Uint32Array {
  return Uint32Array.from({ length: 16 }, () => random.integer(2 ** 32));
}

/** A unit is kept when its draw, from 0 to 2^32 - 1, is at least this. */
export const dropoutThreshold = (rate: number): number => Math.floor(rate * 2 ** 32);

/** Draws for the next four columns, into `out` (unsigned). */
export interface DropoutStreams {
  (out: Uint32Array): void;
  /** Everything that decides the draws to come, live: copied out and written back, they come again. */
  readonly memory: Int32Array;
}

/**
 * Four streams of xoshiro128++ (Blackman and Vigna 2019), drawn from together: column c of a row takes stream c % 4, and every
 * row begins with fresh draws. The kernels draw the same numbers four at a time, so plain and fast training drop the same units.
 */
export function createDropoutStreams(seed: Uint32Array): DropoutStreams {
  const state = Int32Array.from(seed);
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  const draw = (out: Uint32Array): void => {
    for (let s = 0; s < 4; s++) {
      const [a, b, c, d] = [state[s], state[4 + s], state[8 + s], state[12 + s]];
      out[s] = (rotate((a + d) | 0, 7) + a) >>> 0;
      const c2 = c ^ a;
      const d2 = d ^ b;
      state[4 + s] = b ^ c2;
      state[s] = a ^ d2;
      state[8 + s] = c2 ^ (b << 9);
      state[12 + s] = rotate(d2, 11);
    }
  };
  return Object.assign(draw, { memory: state });
}
