/**
 * @module dashboard
 * Row 5: what operators see of running nodes: the admin server of a node, one address with health, metrics, JSON views, live events
 * and a page. It reads nodes and files and writes nothing to them; `views.ts` is what it says, document by document.
 *
 * @example
 * isLoopback("127.0.0.1"); // true
 */
export { type AdminServer, type AdminServerModules, type AdminServerOptions, openAdminServer } from "./admin-server.ts";
export { type AdminAddress, type AdminReply, getAdmin } from "./client.ts";
export type { RenderMetrics } from "./door.ts";
export { ADMIN_REFUSALS, type AdminRefusal, AdminRefusedError, AdminUnavailableError } from "./errors.ts";
export type { EventHub } from "./event-hub.ts";
export type { Feed } from "./feed.ts";
export { createFeedbackLog, type FeedbackLog, type Judgement } from "./feedback-log.ts";
export { isLoopback } from "./guard.ts";
export { type RecordedValidator, recordedValidator } from "./history-files.ts";
export { type HistoryRecorder, recordHistory } from "./history-recorder.ts";
export type { LoggedLine, LogSource } from "./logs.ts";
export { createMinerFeed, type MinerFeedModules, type MinerFeedOptions } from "./miner-feed.ts";
export { createModelShelf, type ModelShelf } from "./model-shelf.ts";
export {
  createNetworkFeed,
  type NetworkFeed,
  type NetworkFeedModules,
  type NetworkFeedOptions,
} from "./network-feed.ts";
export { createRequestLog, type RequestLog } from "./request-log.ts";
export { RUN_KINDS, type RunFile, type RunKind, readRunFiles, runFolder, writeRunFile } from "./run-files.ts";
export { assertToken, openToken } from "./token.ts";
export { createValidatorFeed, type ValidatorFeedModules, type ValidatorFeedOptions } from "./validator-feed.ts";
export type * from "./views.ts";
