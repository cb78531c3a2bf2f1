import { SubnetError } from "../core/index.ts";

/** Headers of a signed request that are absent or cannot be read. Its text is safe to return to the caller. */
export class MalformedAuthError extends SubnetError {
  override readonly name = "MalformedAuthError";
  readonly status = 401;
  constructor({ problem }: { problem: string }) {
    super(problem, { code: "MALFORMED_AUTH", trace: false });
  }
}

/** A request bound to another receiver, or to none where one is required. */
export class WrongReceiverError extends SubnetError {
  override readonly name = "WrongReceiverError";
  readonly status = 401;
  constructor({ problem }: { problem: string }) {
    super(problem, { code: "WRONG_RECEIVER", trace: false });
  }
}

/** A request whose nonce, which is its time, is too old or too new. */
export class StaleRequestError extends SubnetError {
  override readonly name = "StaleRequestError";
  readonly status = 401;
  constructor({ problem }: { problem: string }) {
    super(problem, { code: "STALE_REQUEST", trace: false });
  }
}

/** A signature that does not hold. Neither the signature nor the payload is repeated. */
export class BadSignatureError extends SubnetError {
  override readonly name = "BadSignatureError";
  readonly status = 401;
  constructor() {
    super("signature does not verify against the claimed hotkey", { code: "BAD_SIGNATURE", trace: false });
  }
}

/** A body that is not the one whose hash was signed (axon wire), or hashed over fields that do not count here. */
export class BodyHashMismatchError extends SubnetError {
  override readonly name = "BodyHashMismatchError";
  readonly status = 401;
  constructor() {
    super("computed_body_hash is not the hash of this body", { code: "BODY_HASH_MISMATCH", trace: false });
  }
}

/** A request that was accepted before. */
export class ReplayedRequestError extends SubnetError {
  override readonly name = "ReplayedRequestError";
  readonly status = 401;
  constructor() {
    super("this nonce was already accepted from this hotkey", { code: "REPLAYED_REQUEST", trace: false });
  }
}

/** More live nonces than the store may hold: refusing is safe, forgetting one would let it be replayed. */
export class NonceStoreFullError extends SubnetError {
  override readonly name = "NonceStoreFullError";
  readonly status = 503;
  readonly maxEntries: number;
  constructor({ maxEntries }: { maxEntries: number }) {
    super("too many requests are remembered; try again later", { code: "NONCE_STORE_FULL", trace: false });
    this.maxEntries = maxEntries;
  }
}

/** The store that several servers share cannot be asked, or has forgotten: refusing is safe, accepting unasked is not. */
export class NonceStoreUnavailableError extends SubnetError {
  override readonly name = "NonceStoreUnavailableError";
  readonly status = 503;
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(problem, { code: "NONCE_STORE_UNAVAILABLE", trace: false, ...(cause === undefined ? {} : { cause }) });
  }
}

/** What a server says no with, beside the refusals of authentication: one table of codes and statuses. */
export const REFUSALS = {
  BAD_REQUEST: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  CLIENT_GONE: 499,
  INTERNAL_ERROR: 500,
  OVERLOADED: 503,
  ANSWER_TIMEOUT: 504,
} as const;
/** A code of `REFUSALS`, as it stands in an answer to whoever was refused. */
export type RefusalCode = keyof typeof REFUSALS;

/** A request that a server refuses, with its status. The text goes to the caller. */
export class RequestRefusedError extends SubnetError {
  override readonly name = "RequestRefusedError";
  override readonly code: RefusalCode;
  readonly status: (typeof REFUSALS)[RefusalCode];
  /** Headers that belong to the refusal, e.g. `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  constructor({
    code,
    problem,
    headers = {},
  }: {
    code: RefusalCode;
    problem: string;
    headers?: Record<string, string>;
  }) {
    super(problem, { code, trace: false });
    this.code = code;
    this.status = REFUSALS[code];
    this.headers = headers;
  }
}

/** A port on which the server cannot listen. */
export class PortUnavailableError extends SubnetError {
  override readonly name = "PortUnavailableError";
  readonly host: string;
  readonly port: number;
  constructor({ host, port, reason, cause }: { host: string; port: number; reason: string; cause: unknown }) {
    super(`The server cannot listen on port ${port}: ${reason}.`, {
      code: "PORT_UNAVAILABLE",
      details: { Host: host, Port: port },
      hint: "Stop the program that holds the port, or choose another port.",
      cause,
    });
    this.host = host;
    this.port = port;
  }
}

/** Why a request of ours got no usable response. */
export type FailureReason = "timeout" | "unreachable" | "refused" | "invalid" | "too large" | "aborted";

/** A request sent with `signedFetch` that got no response. */
export class RequestFailedError extends SubnetError {
  override readonly name = "RequestFailedError";
  readonly reason: FailureReason;
  constructor({ reason, url, problem }: { reason: FailureReason; url: string; problem: string }) {
    super(`The request failed: ${problem}.`, { code: "REQUEST_FAILED", details: { Reason: reason, URL: url } });
    this.reason = reason;
  }
}
