/**
 * @module scoring
 * Row 2: question + answers + truth -> scores -> standing -> weights. Pure: no clock, no network, no storage. A scoring mode is a
 * value; what it needs of history is frozen when the question is asked.
 *
 * @example
 * scoringMode("seed-v1").constants.classification; // 0.55
 */
import { UserError } from "../core/index.ts";
import type { ScoringMode } from "./mode.ts";
import { properV1 } from "./proper-v1.ts";
import { readmeV1 } from "./readme-v1.ts";
import { seedV1 } from "./seed-v1.ts";

export { exponentialAverage } from "./exponential.ts";
export { auc, brierScore, logLoss, mean, median, quantile } from "./metrics.ts";
export {
  type Averaging,
  DEADLINE_SECONDS,
  EMPTY_STANDING,
  type Frozen,
  type Reply,
  refusal,
  type Score,
  type ScoringMode,
  type Standing,
} from "./mode.ts";
export { PROPER_V1_CONSTANTS, properV1 } from "./proper-v1.ts";
export { README_V1_CONSTANTS, readmeV1 } from "./readme-v1.ts";
export { createRunningTruth, type RunningTruth } from "./running-truth.ts";
export { SEED_V1_CONSTANTS, seedV1 } from "./seed-v1.ts";
export { type ChainWeights, chainWeights, emitWeights, normaliseMaxWeight } from "./weights.ts";

/** Names of the built-in modes. */
export const SCORING_MODES = ["seed-v1", "readme-v1", "proper-v1"] as const;

/**
 * A built-in mode by name.
 *
 * @throws {UserError} for a name that is none.
 */
export function scoringMode(name: string, options: { alpha?: number } = {}): ScoringMode {
  if (name === "seed-v1") return seedV1(options);
  if (name === "readme-v1") return readmeV1(options);
  if (name === "proper-v1") return properV1();
  throw new UserError(`There is no scoring mode "${name}".`, { hint: `Choose one of ${SCORING_MODES.join(", ")}.` });
}
