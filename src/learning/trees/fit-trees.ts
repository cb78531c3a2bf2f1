import { setImmediate } from "node:timers/promises";
import { createRandom, InvalidArgumentError, type Random } from "../../core/index.ts";
import { LossNotFiniteError } from "../errors.ts";
import { type BinnedMatrix, binMatrix } from "./bins.ts";
import type { Sums } from "./engine.ts";
import { growTree } from "./grow.ts";
import { type Objective, objectiveOf, type WeightedTargets } from "./objectives.ts";
import {
  checkTreesData,
  parseTreesOptions,
  type TreesData,
  type TreesOptions,
  type TreesRound,
  type TreesSettings,
} from "./options.ts";
import { createPlainEngine } from "./plain-engine.ts";
import { joinTrees, leafOf, type Tree, type Trees } from "./trees.ts";
import { createWasmEngine } from "./wasm-engine.ts";

/** Trees, and how they came about. */
export interface TreesFit {
  readonly trees: Trees;
  /** Rounds that were run; with validation rows `trees` holds those up to `bestRound` only. */
  readonly history: readonly TreesRound[];
  readonly bestRound: number;
  readonly stoppedEarly: boolean;
  readonly aborted: boolean;
}

/** A node answers questions meanwhile: fitting never holds the event loop for much longer than this. */
const YIELD_AFTER_MS = 40;

/**
 * Gradient-boosted trees on histograms: quantile bins, leaves split where they gain most, unknown values sent where they lose
 * least. The same rows, options and seed give the same bytes, in WebAssembly and without it.
 *
 * @throws {InvalidArgumentError} naming the option or the row; {@link UnusableDataError} for rows of one class;
 * {@link LossNotFiniteError}.
 * @example
 * const { trees } = await fitTrees({ X, columns: 40, targets }, { rounds: 200, validation });
 * predictTrees(trees, X, 0); // 0.83, a log-odds
 */
export async function fitTrees(data: TreesData, options: TreesOptions = {}): Promise<TreesFit> {
  const settings = parseTreesOptions(options, data.columns);
  checkTreesData("", data, settings.objective, true);
  const { validation, signal } = options;
  if (validation !== undefined) {
    checkTreesData("validation.", validation, settings.objective, false);
    if (validation.columns !== data.columns) {
      throw new InvalidArgumentError({
        argument: "validation.columns",
        problem: `must be ${data.columns}, as in training`,
        value: validation.columns,
      });
    }
  }
  const objective = objectiveOf(settings.objective, settings.huberDelta);
  const train = weighted(data);
  // A file keeps f32: the score is rounded before the first tree corrects it, not after the last.
  const baseScore = Math.fround(settings.baseScore ?? objective.base(train));
  const base = { columns: data.columns, objective: settings.objective, baseScore };
  const watch = validation === undefined ? null : createWatch(validation, baseScore, objective);
  const boost = createBoost(data, train, baseScore, objective, settings, options);
  const list: Tree[] = [];
  const history: TreesRound[] = [];
  let bestLoss = watch?.loss() ?? Number.POSITIVE_INFINITY;
  let bestRound = 0;
  while (list.length < settings.rounds && (watch === null || list.length - bestRound < settings.patience)) {
    const tree = await boost.next((part) => options.onProgress?.((list.length + part) / settings.rounds));
    if (tree === null) break;
    list.push(tree);
    watch?.add(tree);
    const valLoss = watch?.loss() ?? null;
    const report = { round: list.length, trainLoss: watch === null ? null : boost.loss(), valLoss };
    if (valLoss === null || valLoss < bestLoss) {
      bestLoss = valLoss ?? bestLoss;
      bestRound = list.length;
    }
    history.push(report);
    options.onRound?.(report);
  }
  const aborted = signal?.aborted === true;
  return {
    trees: joinTrees(base, list.slice(0, bestRound)),
    history,
    bestRound,
    stoppedEarly: !aborted && list.length < settings.rounds,
    aborted,
  };
}

const weighted = ({ targets, weights }: TreesData): WeightedTargets => ({ targets, weights: weights ?? null });

/** Validation rows, followed tree by tree. */
function createWatch(data: TreesData, baseScore: number, objective: Objective) {
  const scores = new Float64Array(data.targets.length).fill(baseScore);
  return {
    add(tree: Tree) {
      for (let row = 0; row < scores.length; row++)
        scores[row] += tree.value[leafOf(tree, 0, data.X, row * data.columns)];
    },
    loss: () => objective.loss(scores, weighted(data)),
  };
}

/** The training side: one tree after another, each on the derivatives of the scores so far. */
function createBoost(
  data: TreesData,
  train: WeightedTargets,
  baseScore: number,
  objective: Objective,
  settings: TreesSettings,
  options: TreesOptions,
) {
  const rows = data.targets.length;
  const { signal } = options;
  const { clock } = settings;
  const scores = new Float64Array(rows).fill(baseScore);
  const matrix = binMatrix(data.X, rows, data.columns, settings.maxBins);
  const given = settings.monotone;
  const monotone = given === null ? null : Int8Array.from(matrix.columns, (column) => given[column]);
  const fast = options.wasm === false ? null : createWasmEngine(matrix, settings, monotone, settings.maxLeaves);
  const engine = fast ?? createPlainEngine(matrix, settings, monotone);
  const random = createRandom(settings.seed).fork("trees");
  let yieldedAtMs = clock.monotonicMs();
  let round = 0;

  const breathe = (onProgress: () => void) => {
    if (signal?.aborted) return false;
    if (clock.monotonicMs() - yieldedAtMs < YIELD_AFTER_MS) return true;
    onProgress();
    return setImmediate().then(() => {
      yieldedAtMs = clock.monotonicMs();
      return signal?.aborted !== true;
    });
  };
  return {
    loss: () => objective.loss(scores, train),
    async next(onProgress: (part: number) => void): Promise<Tree | null> {
      round += 1;
      if (!(await breathe(() => onProgress(0)))) return null;
      const derivatives = engine.derivatives();
      objective.derive(scores, train, derivatives);
      const scales = scalesOf(derivatives, round);
      const sampled = sampleRows(engine.order(), rows, settings.rowShare, random);
      const active = sampleColumns(matrix, settings.columnShare, random);
      const total: Sums = engine.begin({ ...scales, active, rows: sampled });
      const units = { gradient: 1 / scales.gradientScale, hessian: 1 / scales.hessianScale };
      const grown = await growTree(total, units, settings, {
        engine,
        matrix,
        monotone,
        breathe: () => breathe(() => onProgress(0.5)),
      });
      if (grown === null) return null;
      const order = engine.order();
      for (const { value, from, to } of grown.leaves) {
        for (let i = from; i < to; i++) scores[order[i]] += value;
      }
      for (let i = sampled; i < rows; i++) {
        const row = order[i];
        scores[row] += grown.tree.value[leafOf(grown.tree, 0, data.X, row * data.columns)];
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
