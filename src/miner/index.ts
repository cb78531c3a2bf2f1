/**
 * @module miner
 * Row 4: a node that answers. Policy, predictor with its fallback, and the server of `protocol/`. It trains nothing and reads
 * neither argv nor a clock of its own; it holds no key but a `Signer`.
 *
 * @example
 * createPolicy({ allowNonRegistered: true }).decide({ hotkey: "5Grwva…" }); // { allowed: true }
 */
export { NoExternalIpError, NoModelError, NotRegisteredError } from "./errors.ts";
export { createMinerFeedback, type FeedbackCounts, type MinerFeedback } from "./feedback.ts";
export { createMinerDrift, type DriftStatus, type MinerDrift } from "./feedback-drift.ts";
export { type AnswerMemory, createAnswerMemory } from "./feedback-memory.ts";
export { findFeedback, latestFeedback, readFeedbackFiles, type StoredFeedback } from "./feedback-read.ts";
export { type FeedbackStore, openFeedbackStore } from "./feedback-store.ts";
export {
  createMiner,
  type Miner,
  type MinerModules,
  type MinerOptions,
  type MinerParts,
  type MinerPresence,
  type MinerStatus,
} from "./miner.ts";
export { fileHash, type LoadedModel, type ModelSlot, type ModelSlotStatus, openModelSlot } from "./model-slot.ts";
export {
  type CompanionOf,
  type ModelVersion,
  modelVersions,
  promoteModel,
  rollbackModel,
} from "./model-slot-versions.ts";
export { createPolicy, type Policy, type PolicyOptions } from "./policy.ts";
export { type AnswerCounts, createAnswerer, type Predictor } from "./predictor.ts";
export {
  createHand,
  createHead,
  type Hand,
  type HandProcess,
  type Head,
  type HeadModules,
  type HeadOptions,
  type Snapshot,
  type Wire,
} from "./workers/index.ts";
