/** Sums over rows, in whole units: gradient, hessian, count. Being whole they are exact, in whatever order they are added. */
export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
}

/** Where a leaf's value must stay for the monotone columns above it. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The best question to ask of a node. */
export interface Split {
  /** {@link sideScore} of both sides together. */
  readonly score: number;
  /** Column of the binned matrix; its bins up to and including `bin` go left. */
  readonly column: number;
  readonly bin: number;
  readonly defaultLeft: boolean;
  readonly left: Sums;
}

/** What a split must keep to. */
export interface SplitRules {
  readonly l1: number;
  readonly l2: number;
  readonly minRowsPerLeaf: number;
  readonly minChildWeight: number;
}

/** One tree's frame: powers of two that turn derivatives into whole units, and the columns to look at. */
export interface TreeFrame {
  readonly gradientScale: number;
  readonly hessianScale: number;
  /** By binned column: 1 = in this tree. */
  readonly active: Uint8Array;
  /** Count of rows at the beginning of `order` that this tree is grown from. */
  readonly rows: number;
}

/**
 * The heavy work of growing, over memory of its own. Histograms live in numbered places; the plain engine and the one in
 * WebAssembly give the same bits.
 */
export interface TreeEngine {
  /** (gradient, hessian) of each row, to be filled before `begin`, which may overwrite them. */
  derivatives(): Float64Array;
  /** The tree's rows; `partition` sorts stretches of it. */
  order(): Uint32Array;
  /** Returns the sums of the tree's rows. */
  begin(frame: TreeFrame): Sums;
  /** Histogram of the rows `order[from..to)`. */
  build(place: number, from: number, to: number): void;
  /** Takes the histogram at `less` away from that at `place`. */
  subtract(place: number, less: number): void;
  /** Null: no split keeps to the rules. */
  search(place: number, total: Sums, bounds: Bounds): Split | null;
  /** Moves the rows that go left to the front, both sides in their old order; returns where the right side begins. */
  partition(from: number, to: number, split: Split): number;
}

/** Gradient pulled towards 0 by the L1 penalty. */
function shrunk(gradient: number, l1: number): number {
  return gradient > l1 ? gradient - l1 : gradient < -l1 ? gradient + l1 : 0;
}

/** Value of a leaf, before the learning rate; 0 where nothing holds it. */
export function leafValue(gradient: number, hessian: number, { l1, l2 }: SplitRules, { lower, upper }: Bounds): number {
  const value = hessian + l2 > 0 ? -shrunk(gradient, l1) / (hessian + l2) : 0;
  return Math.min(upper, Math.max(lower, value));
}

/** What rows of these sums take away from the loss (twice), at their best value; `bounds` null: within no bounds. */
export function sideScore(gradient: number, hessian: number, rules: SplitRules, bounds: Bounds | null): number {
  const g = shrunk(gradient, rules.l1);
  if (bounds === null) return (g * g) / (hessian + rules.l2);
  const value = leafValue(gradient, hessian, rules, bounds);
  return -(2 * gradient * value + (hessian + rules.l2) * value * value + 2 * rules.l1 * Math.abs(value));
}

/** The {@link sideScore} of two sides together. */
export function splitScore(
  [gl, hl]: readonly [number, number],
  [gr, hr]: readonly [number, number],
  rules: SplitRules,
  bounds: Bounds | null,
): number {
  if (bounds !== null) return sideScore(gl, hl, rules, bounds) + sideScore(gr, hr, rules, bounds);
  const [a, b] = [shrunk(gl, rules.l1), shrunk(gr, rules.l1)];
  const [p, q] = [hl + rules.l2, hr + rules.l2];
  // One division in place of two; the kernel does the same, to the bit.
  return (a * a * q + b * b * p) / (p * q);
}
