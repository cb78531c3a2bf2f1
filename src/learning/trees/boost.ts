import { createRandom, type Random } from "../../core/index.ts";
import { LossNotFiniteError } from "../errors.ts";
import { type BinnedMatrix, type Breathe, binMatrix } from "./bins.ts";
import { growTree } from "./grow.ts";
import type { Objective, WeightedTargets } from "./objectives.ts";
import type { TreesData, TreesSettings } from "./options.ts";
import { createPlainEngine } from "./plain-engine.ts";
import { leafOf, type Tree } from "./trees.ts";
import { createWasmEngine } from "./wasm-engine.ts";

/** What is boosted, and from where. */
export interface BoostOptions {
  readonly data: Pick<TreesData, "X" | "columns">;
  readonly train: WeightedTargets;
  readonly baseScore: number;
  readonly objective: Objective;
  readonly settings: TreesSettings;
  readonly wasm: boolean;
}

/** The training side: one tree after another, each on the derivatives of the scores so far. */
export interface Boost {
  /** Mean loss of the scores so far. */
  loss(): number;
  /** Null: it was told to stop, and the scores are as they were. */
  next(): Promise<Tree | null>;
}

/** Bins the rows and makes an engine for them; null when it was told to stop. */
export async function createBoost(
  { data: { X, columns }, train, baseScore, objective, settings, wasm }: BoostOptions,
  { breathe }: { readonly breathe: Breathe },
): Promise<Boost | null> {
  const rows = train.targets.length;
  const matrix = await binMatrix(X, { rows, columns, maxBins: settings.maxBins }, breathe);
  if (matrix === null) return null;
  const scores = new Float64Array(rows).fill(baseScore);
  const given = settings.monotone;
  const monotone = given === null ? null : Int8Array.from(matrix.columns, (column) => given[column]);
  const fast = wasm ? createWasmEngine(matrix, settings, monotone, settings.maxLeaves) : null;
  const engine = fast ?? createPlainEngine(matrix, settings, monotone);
  const random = createRandom(settings.seed).fork("trees");
  let round = 0;
  return {
    loss: () => objective.loss(scores, train),
    async next() {
      round += 1;
      if (!(await breathe())) return null;
      const derivatives = engine.derivatives();
      objective.derive(scores, train, derivatives);
      const scales = scalesOf(derivatives, round);
      const order = engine.order();
      const sampled = sampleRows(order, rows, settings.rowShare, random);
      const active = sampleColumns(matrix, settings.columnShare, random);
      const total = engine.begin({ ...scales, active, rows: sampled });
      const units = { gradient: 1 / scales.gradientScale, hessian: 1 / scales.hessianScale };
      const grown = await growTree(total, units, settings, { engine, matrix, monotone, breathe });
      if (grown === null) return null;
      for (const { value, from, to } of grown.leaves) {
        for (let i = from; i < to; i++) scores[order[i]] += value;
      }
      for (let i = sampled; i < rows; i++) {
        scores[order[i]] += grown.tree.value[leafOf(grown.tree, 0, X, order[i] * columns)];
      }
      return grown.tree;
    },
  };
}

/** Whole sums stay exact in a double below 2^53; one bit is for rounding. Counts share 63 bits with hessians. */
const GRADIENT_BITS = 51;
const HESSIAN_AND_ROWS_BITS = 62;

/** The powers of two by which derivatives become whole numbers whose sums are exact. */
function scalesOf(derivatives: Float64Array, round: number): { gradientScale: number; hessianScale: number } {
  let gradients = 0;
  let hessians = 0;
  for (let i = 0; i < derivatives.length; i += 2) {
    gradients += Math.abs(derivatives[i]);
    hessians += derivatives[i + 1];
  }
  if (!Number.isFinite(gradients + hessians)) throw new LossNotFiniteError({ what: "trees", epoch: round, batch: 1 });
  const rowsBits = Math.ceil(Math.log2(derivatives.length / 2 + 1));
  const scale = (sum: number, bits: number) => 2 ** (bits - Math.ceil(Math.log2(Math.max(sum, 2 ** -900))));
  return {
    gradientScale: scale(gradients, GRADIENT_BITS),
    hessianScale: scale(hessians, Math.min(GRADIENT_BITS, HESSIAN_AND_ROWS_BITS - rowsBits)),
  };
}

/** Writes the sampled rows in ascending order, then the others; returns how many are sampled, at least one. */
function sampleRows(order: Uint32Array, rows: number, share: number, random: Random): number {
  if (share === 1) {
    for (let row = 0; row < rows; row++) order[row] = row;
    return rows;
  }
  let wanted = Math.max(1, Math.round(rows * share));
  const sampled = wanted;
  let left = 0;
  let right = sampled;
  // Selection sampling (Knuth, TAOCP 3.4.2, algorithm S): exactly so many, in order.
  for (let row = 0; row < rows; row++) {
    if (random.next() * (rows - row) < wanted) {
      order[left++] = row;
      wanted -= 1;
    } else order[right++] = row;
  }
  return sampled;
}

/** Marks the columns of one tree: a share of them, at least one. */
function sampleColumns({ columns }: BinnedMatrix, share: number, random: Random): Uint8Array {
  const active = new Uint8Array(columns.length);
  if (share === 1 || columns.length === 0) return active.fill(1);
  let wanted = Math.max(1, Math.round(columns.length * share));
  for (let column = 0; column < columns.length; column++) {
    if (random.next() * (columns.length - column) >= wanted) continue;
    active[column] = 1;
    wanted -= 1;
  }
  return active;
}
