import { InvalidArgumentError } from "../../core/index.ts";
import { type Trees, treeCount } from "./trees.ts";
import { createArena, loadTreesKernels } from "./wasm-engine.ts";

/** Raw score of the row at `offset` of X. It keeps a buffer: one call at a time. */
export type TreesScorer = (X: Float64Array, offset?: number) => number;

/**
 * Trees laid out for walking: children side by side (`child` is the left one), and two copies of a row, one with unknown values
 * as -Infinity, one as +Infinity. A node asks the copy that sends an unknown value its own way, so a walk has no question but
 * `x < threshold`. A leaf asks a slot that is always 0 and leads to itself.
 */
export interface WalkingTrees {
  readonly slots: Int32Array;
  readonly thresholds: Float32Array;
  readonly child: Int32Array;
  readonly values: Float32Array;
  readonly roots: Int32Array;
  /** Questions on the longest way, by tree. */
  readonly depths: Int32Array;
}

/**
 * Lays trees out level by level.
 *
 * @throws {InvalidArgumentError} for what is no tree, before it has unfolded.
 */
export function layOut(trees: Trees): WalkingTrees {
  const nodes = trees.feature.length;
  const count = treeCount(trees);
  const out = {
    slots: new Int32Array(nodes),
    thresholds: new Float32Array(nodes),
    child: new Int32Array(nodes),
    values: new Float32Array(nodes),
    roots: new Int32Array(count),
    depths: new Int32Array(count),
  };
  let next = 0;
  for (let tree = 0; tree < count; tree++) {
    out.roots[tree] = next;
    const end = trees.offsets[tree + 1];
    const level = [{ node: trees.offsets[tree], at: next, depth: 0 }];
    next += 1;
    for (let i = 0; i < level.length; i++) {
      const { node, at, depth } = level[i];
      const isLeaf = trees.feature[node] < 0;
      out.slots[at] = isLeaf ? 2 * trees.columns : trees.feature[node] + (trees.defaultLeft[node] ? 0 : trees.columns);
      out.thresholds[at] = isLeaf ? 1 : trees.threshold[node];
      out.values[at] = trees.value[node];
      out.child[at] = isLeaf ? at : next;
      out.depths[tree] = depth;
      if (isLeaf) continue;
      if (next + 2 > end) throw notATree(tree);
      level.push({ node: trees.left[node], at: next, depth: depth + 1 });
      level.push({ node: trees.right[node], at: next + 1, depth: depth + 1 });
      next += 2;
    }
    if (next !== end) throw notATree(tree);
  }
  return out;
}

const notATree = (tree: number) =>
  new InvalidArgumentError({
    argument: "trees",
    problem: "must lead to each of their nodes exactly once",
    value: tree,
  });

/** Bytes of a node in WebAssembly: f32 threshold, u32 place in x, u32 address of its left child, f32 value. */
const NODE = 16;
/** Trees walked at once there; their addresses and a depth. */
const GROUP = 8;
const GROUP_BYTES = 4 * GROUP + 4;

/** Where a row goes, and what scores it. */
interface Walker {
  /** A row twice, then 0: see {@link WalkingTrees}. */
  readonly x: Float32Array;
  walk(): number;
}

function createPlainWalker(trees: Trees): Walker {
  const { slots, thresholds, child, values, roots } = layOut(trees);
  const x = new Float32Array(2 * trees.columns + 1);
  const walk = () => {
    let score = trees.baseScore;
    for (let tree = 0; tree < roots.length; tree++) {
      let node = roots[tree];
      for (let next = child[node]; next !== node; next = child[node]) {
        node = x[slots[node]] < thresholds[node] ? next : next + 1;
      }
      score += values[node];
    }
    return score;
  };
  return { x, walk };
}

/** Null where the kernels are not built, or the trees do not fit their memory. */
function createWasmWalker(trees: Trees): Walker | null {
  const kernels = loadTreesKernels();
  if (kernels === null) return null;
  const { slots, thresholds, child, values, roots, depths } = layOut(trees);
  const groups = Math.ceil(roots.length / GROUP);
  const arena = createArena(kernels);
  const at = {
    x: arena.take((2 * trees.columns + 1) * 4),
    groups: arena.take(groups * GROUP_BYTES),
    // One node more: the leaf of value 0 that fills the last group.
    nodes: arena.take((slots.length + 1) * NODE),
  };
  if (!arena.open()) return null;
  const view = new DataView(kernels.memory.buffer);
  const addressOf = (node: number) => at.nodes + node * NODE;
  const write = (node: number, threshold: number, slot: number, left: number, value: number) => {
    view.setFloat32(addressOf(node), threshold, true);
    view.setUint32(addressOf(node) + 4, slot * 4, true);
    view.setUint32(addressOf(node) + 8, addressOf(left), true);
    view.setFloat32(addressOf(node) + 12, value, true);
  };
  for (let node = 0; node < slots.length; node++) {
    write(node, thresholds[node], slots[node], child[node], values[node]);
  }
  write(slots.length, 1, 2 * trees.columns, slots.length, 0);
  for (let group = 0; group < groups; group++) {
    const start = at.groups + group * GROUP_BYTES;
    for (let i = 0; i < GROUP; i++) {
      view.setUint32(start + 4 * i, addressOf(roots[group * GROUP + i] ?? slots.length), true);
    }
    const deepest = Math.max(...depths.subarray(group * GROUP, group * GROUP + GROUP));
    view.setInt32(start + 4 * GROUP, deepest, true);
  }
  const { score } = kernels;
  return {
    x: new Float32Array(kernels.memory.buffer, at.x, 2 * trees.columns + 1),
    walk: () => score(at.x, at.groups, groups, trees.baseScore),
  };
}

/**
 * The fast `predictTrees`: the same bits, without a check of its arguments.
 *
 * @param wasm false: plain TypeScript (default: WebAssembly where it is there).
 * @example
 * const score = createTreesScorer(trees);
 * score(X, row * trees.columns) === predictTrees(trees, X, row * trees.columns); // true
 */
export function createTreesScorer(trees: Trees, { wasm = true }: { wasm?: boolean } = {}): TreesScorer {
  const { columns } = trees;
  const { x, walk } = (wasm ? createWasmWalker(trees) : null) ?? createPlainWalker(trees);
  return (X, offset = 0) => {
    for (let column = 0; column < columns; column++) {
      const value = X[offset + column];
      const isUnknown = Number.isNaN(value);
      x[column] = isUnknown ? Number.NEGATIVE_INFINITY : value;
      x[columns + column] = isUnknown ? Number.POSITIVE_INFINITY : value;
    }
    return walk();
  };
}
