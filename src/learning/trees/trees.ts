import { InvalidArgumentError } from "../../core/index.ts";

/**
 * Boosted trees as plain data: flat arrays over all nodes of all trees, each of which fits a file's f32 without loss. A row
 * starts at `offsets[tree]`; `x < threshold` goes left, compared as f32; an unknown value goes where `defaultLeft` says.
 */
export interface Trees {
  readonly columns: number;
  /** What the raw score is: a log-odds, or the target itself. */
  readonly objective: "logistic" | "squared" | "huber";
  /** The score before the first tree. */
  readonly baseScore: number;
  /** First node of each tree, then the count of nodes: trees + 1 numbers. */
  readonly offsets: Int32Array;
  /** Column of a branch; -1 marks a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** Children by node number, always behind their parent; -1 below a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly defaultLeft: Uint8Array;
  /** What a leaf adds to the score, the learning rate included; 0 on a branch. */
  readonly value: Float32Array;
  /** Loss that the splits on each column took away, summed over all trees. */
  readonly gain: Float32Array;
}

/** Count of trees. */
export const treeCount = ({ offsets }: Pick<Trees, "offsets">): number => offsets.length - 1;

/** A threshold no f32 input but infinity reaches: known values go left, unknown ones right. */
export const LARGEST_F32 = 3.4028234663852886e38;

/**
 * What is wrong with trees from a stranger's file, or null: after null they are trees, each node but a root the child of one
 * parent (a few kilobytes of shared nodes would unfold to 2^n), no walk leaves the arrays or runs in a circle, and no score is NaN.
 */
export function problemOfTrees(trees: Trees): string | null {
  const { columns, offsets, feature, threshold, left, right, defaultLeft, value, gain, baseScore } = trees;
  const nodes = feature.length;
  if (!Number.isInteger(columns) || columns < 1 || gain.length !== columns) return "gain is not one number per column";
  if (![threshold, left, right, defaultLeft, value].every(({ length }) => length === nodes)) {
    return "the arrays of nodes differ in length";
  }
  if (offsets.length < 1 || offsets[0] !== 0 || offsets[offsets.length - 1] !== nodes) {
    return "offsets do not run from 0 to the count of nodes";
  }
  if (!Number.isFinite(baseScore)) return "baseScore is not finite";
  const hasParent = new Uint8Array(nodes);
  for (let tree = 0; tree + 1 < offsets.length; tree++) {
    const end = offsets[tree + 1];
    if (end <= offsets[tree]) return `tree ${tree} has no node`;
    for (let node = offsets[tree]; node < end; node++) {
      if (!Number.isFinite(value[node]) || !Number.isFinite(threshold[node])) return `node ${node} is not finite`;
      if (feature[node] < -1 || feature[node] >= columns) return `node ${node} asks for column ${feature[node]}`;
      if (defaultLeft[node] > 1) return `node ${node} has a defaultLeft of ${defaultLeft[node]}`;
      // Parents come first, so by now all that could lead here have.
      if (node > offsets[tree] && hasParent[node] === 0) return `nothing leads to node ${node}`;
      if (feature[node] === -1) continue;
      for (const child of [left[node], right[node]]) {
        if (child <= node || child >= end) return `node ${node} leads to ${child}`;
        if (hasParent[child] === 1) return `node ${node} leads to ${child}, as another branch does`;
        hasParent[child] = 1;
      }
    }
  }
  return gain.every(Number.isFinite) ? null : "gain is not finite";
}

/** One tree, its nodes counted from 0. */
export type Tree = Omit<Trees, "columns" | "objective" | "baseScore" | "gain"> & {
  /** By column, where there is any. */
  readonly gain: ReadonlyMap<number, number>;
};

/** The leaf that a row ends in. */
export function leafOf(trees: Omit<Tree, "gain">, tree: number, X: Float64Array, offset: number): number {
  let node = trees.offsets[tree];
  while (trees.feature[node] >= 0) {
    const x = Math.fround(X[offset + trees.feature[node]]);
    const goesLeft = Number.isNaN(x) ? trees.defaultLeft[node] === 1 : x < trees.threshold[node];
    node = goesLeft ? trees.left[node] : trees.right[node];
  }
  return node;
}

/**
 * Raw score of the row at `offset`: the log-odds of a logistic model, else the target. `createTreesScorer` is the fast way.
 *
 * @example
 * predictTrees(trees, X, row * trees.columns); // 0.83
 */
export function predictTrees(trees: Trees, X: Float64Array, offset = 0): number {
  if (offset < 0 || offset + trees.columns > X.length) {
    throw new InvalidArgumentError({
      argument: "X",
      problem: `must hold ${trees.columns} numbers from ${offset} on`,
      value: X.length,
    });
  }
  let score = trees.baseScore;
  for (let tree = 0; tree < treeCount(trees); tree++) score += trees.value[leafOf(trees, tree, X, offset)];
  return score;
}

/** Several trees after one another, from the same base score. */
export function joinTrees(base: Pick<Trees, "columns" | "objective" | "baseScore">, list: readonly Tree[]): Trees {
  const nodes = list.reduce((sum, { feature }) => sum + feature.length, 0);
  const gain = new Float64Array(base.columns);
  const joined: Trees = {
    columns: base.columns,
    objective: base.objective,
    baseScore: base.baseScore,
    offsets: new Int32Array(list.length + 1),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    defaultLeft: new Uint8Array(nodes),
    value: new Float32Array(nodes),
    gain: new Float32Array(base.columns),
  };
  let start = 0;
  for (const [index, tree] of list.entries()) {
    joined.offsets[index] = start;
    joined.feature.set(tree.feature, start);
    joined.threshold.set(tree.threshold, start);
    joined.defaultLeft.set(tree.defaultLeft, start);
    joined.value.set(tree.value, start);
    for (let node = 0; node < tree.feature.length; node++) {
      const isLeaf = tree.feature[node] < 0;
      joined.left[start + node] = isLeaf ? -1 : tree.left[node] + start;
      joined.right[start + node] = isLeaf ? -1 : tree.right[node] + start;
    }
    for (const [column, taken] of tree.gain) gain[column] += taken;
    start += tree.feature.length;
  }
  joined.offsets[list.length] = start;
  joined.gain.set(gain);
  return joined;
}
