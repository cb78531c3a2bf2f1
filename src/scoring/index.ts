/**
 * @module scoring
 * Row 2: question + answers + truth -> scores -> standing -> weights. Pure: no clock, no network, no storage. A scoring mode is a
 * value; what it needs of history is frozen when the question is asked. Who answers like whom is told by originality; any score
 * can be explained and made again from its record.
 *
 * @example
 * scoringMode("seed-v1").constants.classification; // 0.55
 */
export {
  checkExplanation,
  EXPLANATION_FORMAT,
  type Explanation,
  type ExplanationCheck,
  explain,
} from "./explain.ts";
export { explanationLines } from "./explain-text.ts";
export { exponentialAverage } from "./exponential.ts";
export { auc, brierScore, logLoss, mean, median, quantile } from "./metrics.ts";
export {
  type Averaging,
  constantsText,
  DEADLINE_SECONDS,
  EMPTY_STANDING,
  type Frozen,
  modeKey,
  type Reply,
  refusal,
  type Score,
  type ScoringMode,
  type Standing,
  type StoredMode,
} from "./mode.ts";
export { SCORING_MODES, scoringMode, storedMode } from "./modes.ts";
export {
  type Cluster,
  createOriginality,
  type Likeness,
  ORIGINALITY_TREATMENTS,
  ORIGINALITY_V1_CONSTANTS,
  type Originality,
  type OriginalityConstants,
  type OriginalityTreatment,
  sharePay,
} from "./originality.ts";
export { PROPER_V1_CONSTANTS, properV1 } from "./proper-v1.ts";
export { README_V1_CONSTANTS, readmeV1 } from "./readme-v1.ts";
export { judgedReplies, type ScoredRecord } from "./record.ts";
export { type Rescored, type RescoredMiner, type RescoreModules, type RescoreOptions, rescore } from "./rescore.ts";
export { createRunningTruth, type RunningTruth } from "./running-truth.ts";
export { identity as answerIdentity, SEED_V1_CONSTANTS, seedV1 } from "./seed-v1.ts";
export { type ChainWeights, chainWeights, emitWeights, normaliseMaxWeight } from "./weights.ts";
