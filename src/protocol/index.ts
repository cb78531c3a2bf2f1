/**
 * @module protocol
 * Row 3: signed HTTP between hotkeys. The wire formats btauth/1 and axon as values, a miner's server, a validator's client, and the
 * pieces of both for other servers: authentication as middleware, replay protection, `serve`, `signedFetch`. It knows no chain:
 * who is welcome is asked of the `authorize` it is given.
 *
 * @example
 * const app = createMinerApp({ self: signer.address }, { answer, authorize });
 * const server = await serve(app, { port: 8091 });
 */
export { AXON_VERSION, sdkVersion } from "./axon/version.ts";
export { axon, createAxonWire } from "./axon/wire.ts";
export { signingPayload, signRequest, verifyRequest } from "./btauth.ts";
export { btauth } from "./btauth-wire.ts";
export { type AskResult, type Client, createClient, type Peer } from "./client.ts";
export {
  BadSignatureError,
  BodyHashMismatchError,
  type FailureReason,
  MalformedAuthError,
  NonceStoreFullError,
  NonceStoreUnavailableError,
  PortUnavailableError,
  REFUSALS,
  type RefusalCode,
  ReplayedRequestError,
  RequestFailedError,
  RequestRefusedError,
  StaleRequestError,
  WrongReceiverError,
} from "./errors.ts";
export { FEEDBACK_FORMAT, FEEDBACK_PATH, type Feedback, feedbackToWire, readFeedback } from "./feedback.ts";
export { addFeedbackRoute, type FeedbackDoorModules, type FeedbackDoorOptions } from "./feedback-door.ts";
export { type FeedbackResult, sendFeedback } from "./feedback-send.ts";
export type { HeaderSource } from "./headers.ts";
export {
  type AuthenticatedEnv,
  authenticated,
  authorized,
  type RequestReport,
  reportRequests,
} from "./middleware.ts";
export { createMinerApp, type MinerApp, type MinerAppModules, type MinerAppOptions } from "./miner-app.ts";
export { nextNonce } from "./nonce.ts";
export { createMemoryNonceStore, type NonceStore } from "./nonce-store.ts";
export type { Authorize, Permission, Screen } from "./permission.ts";
export { createPriorityQueue, type PriorityOf, type PriorityQueue } from "./priority.ts";
export { QUESTION_PATH } from "./question-door.ts";
export { answerErrors, answerNotFound, onlyMethods, type ReplyOptions } from "./replies.ts";
export { type FetchApp, type RunningServer, serve } from "./serve.ts";
export { type SignedResponse, signedFetch } from "./signed-fetch.ts";
export { createVerifyPool, type VerifyPool } from "./verify-pool.ts";
export type {
  AnsweredRequest,
  Caller,
  CheckSignature,
  Claim,
  HeaderReader,
  ReadReply,
  ReceivedResponse,
  ReceiverContext,
  Reply,
  RequestParts,
  SenderContext,
  SignatureClaim,
  WireFormat,
  WireFormats,
} from "./wire.ts";
