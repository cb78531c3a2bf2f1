/** From what a check of a signature takes to a validator's deadline. */
export const LATENCY = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Work on this thread. */
export const WORK = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5] as const;
/** An event is on its way, or was delivered again a day later. */
export const LAG = [0.1, 0.5, 1, 3, 10, 60, 600, 3_600, 86_400] as const;
/** From a second to a day: what people take to decide. */
export const WAITING = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 86_400] as const;

export const WIRES = ["btauth/1", "axon"] as const;
export const ROUTES = ["/ConversionSynapse", "/Feedback", "/health"] as const;
/** "OK", and the codes of refusals (docs/errors.md). */
export const OUTCOMES = [
  "OK",
  "ANSWER_INVALID",
  "ANSWER_TIMEOUT",
  "BAD_REQUEST",
  "BAD_SIGNATURE",
  "BODY_HASH_MISMATCH",
  "BODY_TIMEOUT",
  "BODY_TOO_LARGE",
  "CLIENT_GONE",
  "FORBIDDEN",
  "INTERNAL_ERROR",
  "MALFORMED_AUTH",
  "METHOD_NOT_ALLOWED",
  "NONCE_STORE_FULL",
  "NONCE_STORE_UNAVAILABLE",
  "NOT_FOUND",
  "OVERLOADED",
  "RATE_LIMITED",
  "REPLAYED_REQUEST",
  "STALE_REQUEST",
  "WRONG_RECEIVER",
] as const;
/** Why a policy lets nobody in; see createPolicy in miner. */
export const REASONS = ["denied", "unregistered", "no_permit", "low_stake", "too_often"] as const;
/** What comes of asking a miner; see AskResult in protocol, and "busy" and "failed" on our side. */
export const REPLIES = [
  "ok",
  "timeout",
  "unreachable",
  "refused",
  "invalid",
  "too large",
  "aborted",
  "busy",
  "failed",
] as const;
export const CALLS = [
  "info",
  "head",
  "metagraph",
  "hyperparameters",
  "subnets",
  "uid",
  "balance",
  "epochState",
  "weights",
  "pendingCommits",
  "describe",
] as const;
export const WRITES = [
  "register",
  "add_stake",
  "serve_axon",
  "set_weights",
  "commit_weights",
  "reveal_weights",
  "commit_timelocked_weights",
] as const;
export const CHAIN_OUTCOMES = ["ok", "refused", "unreachable", "failed"] as const;
export const LEVELS = ["info", "warn", "error"] as const;
