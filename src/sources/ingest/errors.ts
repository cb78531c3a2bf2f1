import { SubnetError } from "../../core/index.ts";

/** What the door for events says no with: one table of codes and statuses. */
export const INGEST_REFUSALS = {
  BAD_EVENT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TIMEOUT: 408,
  EVENT_CONFLICT: 409,
  WEBHOOK_REPLAYED: 409,
  BODY_TOO_LARGE: 413,
  EVENT_OUT_OF_TIME: 422,
  RATE_LIMITED: 429,
  TOO_MANY_CONVERSATIONS: 429,
  STREAM_FULL: 429,
  CONVERSATION_FULL: 422,
  CLIENT_GONE: 499,
  INTERNAL_ERROR: 500,
  OVERLOADED: 503,
  STREAM_UNAVAILABLE: 503,
} as const;
/** A code of `INGEST_REFUSALS`, as it stands in an answer to whoever sent an event. */
export type IngestRefusal = keyof typeof INGEST_REFUSALS;

/** An event, or a whole request, that the door refuses. Its text goes to the caller and repeats nothing of what was said. */
export class EventRefusedError extends SubnetError {
  override readonly name = "EventRefusedError";
  override readonly code: IngestRefusal;
  readonly status: (typeof INGEST_REFUSALS)[IngestRefusal];
  /** `events.3.text`; null when no field is at fault. */
  readonly field: string | null;
  /** When to come back; null = it is no matter of time. */
  readonly retryAfterSeconds: number | null;
  readonly headers: Readonly<Record<string, string>>;
  constructor({
    code,
    problem,
    field = null,
    retryAfterSeconds = null,
    headers = {},
  }: {
    code: IngestRefusal;
    problem: string;
    field?: string | null;
    retryAfterSeconds?: number | null;
    headers?: Readonly<Record<string, string>>;
  }) {
    super(problem, { code, trace: false });
    this.code = code;
    this.status = INGEST_REFUSALS[code];
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.headers = retryAfterSeconds === null ? headers : { ...headers, "retry-after": String(retryAfterSeconds) };
  }
}

/** An API key that `keys revoke` was given and that is not there. */
export class UnknownKeyError extends SubnetError {
  override readonly name = "UnknownKeyError";
  readonly keyId: string;
  constructor({ keyId }: { keyId: string }) {
    super("There is no API key with this id.", {
      code: "UNKNOWN_KEY",
      details: { Key: keyId },
      hint: "See `conversion-subnet keys list`; the id is the part after cs_ and before the second underscore.",
    });
    this.keyId = keyId;
  }
}
