import type { BinnedMatrix, Breathe } from "./bins.ts";
import {
  type Bounds,
  leafValue,
  type Split,
  type SplitRules,
  type Sums,
  sideScore,
  type TreeEngine,
} from "./engine.ts";
import type { Tree } from "./trees.ts";

/** How far a tree may grow. */
export interface GrowLimits extends SplitRules {
  readonly minGain: number;
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly learningRate: number;
}

/** A tree, and the stretch of the engine's row order that each leaf holds. */
export interface GrownTree {
  readonly tree: Tree;
  readonly leaves: readonly { readonly value: number; readonly from: number; readonly to: number }[];
}

type GainingSplit = Split & { readonly gain: number };

/** A leaf that may still be split. */
interface Candidate {
  readonly node: Node;
  readonly split: GainingSplit;
}

interface Node {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  readonly sums: Sums;
  readonly bounds: Bounds;
  /** Where its histogram is; -1 when it needs none. */
  place: number;
  /** The split that was made, and the left child's number; the right one follows it. */
  branch: { readonly split: GainingSplit; readonly left: number } | null;
}

const FREE: Bounds = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

/** What {@link growTree} works with. */
export interface GrowModules {
  readonly engine: TreeEngine;
  readonly matrix: BinnedMatrix;
  /** By binned column, null when all are free. */
  readonly monotone: Int8Array | null;
  readonly breathe: Breathe;
}

/**
 * Grows one tree leaf by leaf, the one that gains most first. After a split only the smaller side is counted; the other is what
 * remains of the parent's histogram. The engine has begun the frame that `total` is of.
 *
 * @returns null when it was told to stop.
 */
export async function growTree(
  total: Sums,
  units: { gradient: number; hessian: number },
  limits: GrowLimits,
  { engine, matrix, monotone, breathe }: GrowModules,
): Promise<GrownTree | null> {
  const { rows } = total;
  engine.build(0, 0, rows);
  const nodes: Node[] = [{ from: 0, to: rows, depth: 0, sums: total, bounds: FREE, place: 0, branch: null }];
  const open: Candidate[] = [];
  const ask = (node: Node) => {
    const { place, sums, bounds } = node;
    const split = engine.search(place, sums, bounds);
    if (split === null) return;
    const held = monotone === null ? null : bounds;
    const parent = sideScore(sums.gradient * units.gradient, sums.hessian * units.hessian, limits, held);
    const gain = split.score - parent;
    if (gain > limits.minGain) open.push({ node, split: { ...split, gain } });
  };
  ask(nodes[0]);
  const mayGrow = ({ depth, sums }: Node) => depth < limits.maxDepth && sums.rows >= 2 * limits.minRowsPerLeaf;

  for (let leaves = 1; leaves < limits.maxLeaves && open.length > 0; leaves++) {
    if (!(await breathe())) return null;
    const { node, split } = takeBest(open);
    const middle = engine.partition(node.from, node.to, split);
    const [left, right] = childrenOf(node, split, middle, limits, units, monotone?.[split.column] ?? 0);
    node.branch = { split, left: nodes.length };
    nodes.push(left, right);
    // The leaf that fills the tree is asked nothing more.
    if (leaves + 1 === limits.maxLeaves) break;
    const growing = [left, right].filter(mayGrow);
    if (growing.length === 0) continue;
    const [small, large] = left.sums.rows <= right.sums.rows ? [left, right] : [right, left];
    small.place = leaves;
    large.place = node.place;
    engine.build(small.place, small.from, small.to);
    if (mayGrow(large)) engine.subtract(large.place, small.place);
    for (const child of growing) ask(child);
  }
  return finish(nodes, matrix, units, limits);
}

/** Takes the greatest gain out; among equals the eldest. */
function takeBest(open: Candidate[]): Candidate {
  let at = 0;
  for (let i = 1; i < open.length; i++) {
    if (open[i].split.gain > open[at].split.gain) at = i;
  }
  return open.splice(at, 1)[0];
}

function childrenOf(
  node: Node,
  { left }: Split,
  middle: number,
  limits: GrowLimits,
  units: { gradient: number; hessian: number },
  way: number,
): [Node, Node] {
  const right = {
    gradient: node.sums.gradient - left.gradient,
    hessian: node.sums.hessian - left.hessian,
    rows: node.sums.rows - left.rows,
  };
  const value = (sums: Sums) =>
    leafValue(sums.gradient * units.gradient, sums.hessian * units.hessian, limits, node.bounds);
  // Below a monotone split neither side's values may pass the middle between both.
  const border = way === 0 ? 0 : (value(left) + value(right)) / 2;
  const below = { ...node.bounds, upper: border };
  const above = { ...node.bounds, lower: border };
  const bounds = way === 0 ? [node.bounds, node.bounds] : way > 0 ? [below, above] : [above, below];
  const common = { depth: node.depth + 1, place: -1, branch: null };
  return [
    { ...common, from: node.from, to: middle, sums: left, bounds: bounds[0] },
    { ...common, from: middle, to: node.to, sums: right, bounds: bounds[1] },
  ];
}

function finish(
  nodes: readonly Node[],
  { columns, slots, thresholds }: BinnedMatrix,
  units: { gradient: number; hessian: number },
  limits: GrowLimits,
): GrownTree {
  const tree = {
    offsets: Int32Array.of(0, nodes.length),
    feature: new Int32Array(nodes.length).fill(-1),
    threshold: new Float32Array(nodes.length),
    left: new Int32Array(nodes.length).fill(-1),
    right: new Int32Array(nodes.length).fill(-1),
    defaultLeft: new Uint8Array(nodes.length),
    value: new Float32Array(nodes.length),
    gain: new Map<number, number>(),
  };
  const leaves = [];
  for (const [index, { branch, sums, bounds, from, to }] of nodes.entries()) {
    if (branch === null) {
      const value = leafValue(sums.gradient * units.gradient, sums.hessian * units.hessian, limits, bounds);
      tree.value[index] = value * limits.learningRate;
      leaves.push({ value: tree.value[index], from, to });
      continue;
    }
    const { split, left } = branch;
    const column = columns[split.column];
    tree.feature[index] = column;
    tree.threshold[index] = thresholds[slots[split.column] + split.bin];
    tree.left[index] = left;
    tree.right[index] = left + 1;
    tree.defaultLeft[index] = split.defaultLeft ? 1 : 0;
    tree.gain.set(column, (tree.gain.get(column) ?? 0) + split.gain);
  }
  return { tree, leaves };
}
