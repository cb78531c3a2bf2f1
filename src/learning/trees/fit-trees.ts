import { setImmediate } from "node:timers/promises";
import { type Clock, InvalidArgumentError } from "../../core/index.ts";
import type { Breathe } from "./bins.ts";
import { createBoost } from "./boost.ts";
import { type Objective, objectiveOf, type WeightedTargets } from "./objectives.ts";
import { checkTreesData, parseTreesOptions, type TreesData, type TreesOptions, type TreesRound } from "./options.ts";
import { joinTrees, leafOf, type Tree, type Trees } from "./trees.ts";

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
  const list: Tree[] = [];
  const breathe = createBreathe(settings.clock, signal, () => options.onProgress?.(list.length / settings.rounds));
  const boost = await createBoost(
    { data, train, baseScore, objective, settings, wasm: options.wasm !== false },
    { breathe },
  );
  const history: TreesRound[] = [];
  let bestLoss = watch?.loss() ?? Number.POSITIVE_INFINITY;
  let bestRound = 0;
  while (list.length < settings.rounds && (watch === null || list.length - bestRound < settings.patience)) {
    const tree = await boost?.next();
    if (boost === null || tree === undefined || tree === null) break;
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

/** Looks at the clock; hands over to the event loop when the last time is long ago. */
function createBreathe(clock: Clock, signal: AbortSignal | undefined, onProgress: () => void): Breathe {
  let yieldedAtMs = clock.monotonicMs();
  return () => {
    if (signal?.aborted) return false;
    if (clock.monotonicMs() - yieldedAtMs < YIELD_AFTER_MS) return true;
    onProgress();
    return setImmediate().then(() => {
      yieldedAtMs = clock.monotonicMs();
      return signal?.aborted !== true;
    });
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
