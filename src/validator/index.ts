/**
 * @module validator
 * Row 4: a node that asks and judges. The desk turns events into questions and truths, a round asks miners, standings keep
 * averages by hotkey, weights go to the chain. It reads neither argv nor a clock of its own and holds no key but a `Signer`.
 *
 * @example
 * createPeers({ ownHotkey: "5Grwva…", maxMinerStakeRao: 0n }).serving; // 0
 */
export { createDesk, type Desk, type DeskAction, type DeskOptions, type OpenQuestion } from "./desk.ts";
export {
  type ExplanationVerdict,
  explanationMessage,
  explanationRoute,
  type SignedExplanation,
  signExplanation,
  verifyExplanation,
} from "./explain.ts";
export {
  createFeedbackSender,
  type FeedbackSender,
  type FeedbackSenderCounts,
  type FeedbackSenderOptions,
} from "./feedback.ts";
export {
  createValidatorDrift,
  type MinerOutlook,
  type ValidatorDrift,
  type ValidatorDriftStatus,
} from "./feedback-drift.ts";
export { feedbackOf } from "./feedback-message.ts";
export { EXPORT_COLUMNS, exportCsv, exportJsonLines } from "./history/export.ts";
export { type AnswerLook, createHistoryLook, type HistoryLook, type QuestionLook } from "./history/look.ts";
export { lookThroughPort } from "./history/look-port.ts";
export { createMemoryHistory } from "./history/memory.ts";
export { pack as packNumbers, unpack as unpackNumbers } from "./history/pack.ts";
export {
  createPackedReader,
  type PackedReader,
  packReplies,
  packScores,
  REPLY_BYTES,
} from "./history/packed-rounds.ts";
export {
  type HistoryInfo,
  type HistoryStore,
  KEPT_QUESTIONS,
  type KnownTruth,
  type NewQuestion,
  type OpenRecord,
  type PruneOptions,
  type QuestionRecord,
  type RecordsQuery,
  type Settled,
  type StandingRecord,
  type StratumCounts,
  type TruthRecord,
  type WeightsRecord,
} from "./history/port.ts";
export { LAST_NUMBER } from "./history/prune.ts";
export { restoreStandings, restoreTruths } from "./history/restore.ts";
export { applyRetention, DEFAULT_RETENTION, forgetConversation, type Retention } from "./history/retention.ts";
export { createReader as createRowReader, featuresText, type Reader as RowReader } from "./history/rows.ts";
export { HISTORY_SCHEMA } from "./history/schema.ts";
export { createSqliteHistory } from "./history/sqlite.ts";
export { type HistoryTables, historyTables } from "./history/tables.ts";
export type {
  SettledQuestion,
  Validator,
  ValidatorChanges,
  ValidatorModules,
  ValidatorOptions,
  ValidatorStatus,
} from "./options.ts";
export { createPeers, type Peers } from "./peers.ts";
export { askRound, type RoundModules } from "./round.ts";
export { createStandings, type MinerStanding, type PreparedScore, type Standings } from "./standings.ts";
export { createValidator } from "./validator.ts";
export { type Burn, createWeightSetter, type WeightSetter, type WeightsState } from "./weights.ts";
