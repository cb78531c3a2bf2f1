import { createHash, randomBytes } from "node:crypto";
import { InvalidArgumentError } from "./errors.ts";

/** A stream of random numbers: seeded and repeatable, or the operating system's. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  integer(bound: number): number;
  /** Standard normal. */
  normal(): number;
  /** `length` bytes. */
  bytes(length: number): Uint8Array;
  /** A stream of its own, told by the label alone: drawing from it does not move this one. */
  fork(label: string): Random;
}

function build(nextUint32: () => number, fork: (label: string) => Random): Random {
  const next = () => (nextUint32() * 2 ** 21 + (nextUint32() >>> 11)) / 2 ** 53;
  let spare: number | undefined;
  return {
    next,
    integer(bound) {
      if (!Number.isInteger(bound) || bound < 1) {
        throw new InvalidArgumentError({
          argument: "bound",
          problem: "must be a whole number of at least 1",
          value: bound,
        });
      }
      return Math.floor(next() * bound);
    },
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Box and Muller's transform gives two at a time; 1 - next() is never 0.
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    bytes(length) {
      const out = new Uint8Array(length);
      for (let i = 0; i < length; i++) out[i] = nextUint32() & 255;
      return out;
    },
    fork,
  };
}

/**
 * A repeatable stream: xoshiro128** (Blackman and Vigna 2018), its state the SHA-256 of the seed's text.
 * Not for secrets; see {@link cryptoRandom}.
 *
 * @example
 * createRandom(7).integer(1000) === createRandom(7).integer(1000); // true
 */
export function createRandom(seed: number | string): Random {
  const digest = createHash("sha256").update(`random:${seed}`).digest();
  let [a, b, c, d] = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  const nextUint32 = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  return build(nextUint32, (label) => createRandom(`${seed}/${label}`));
}

/** The operating system's randomness, for nonces, blinded ids and secret seeds. */
export const cryptoRandom: Random = {
  ...build(
    () => randomBytes(4).readUInt32LE(0),
    () => cryptoRandom,
  ),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

/**
 * A shuffled copy (Fisher and Yates).
 *
 * @example
 * shuffled([1, 2, 3], createRandom(1)).length; // 3
 */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
