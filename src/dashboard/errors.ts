import { SubnetError } from "../core/index.ts";

/** What an admin server says no with. */
export const ADMIN_REFUSALS = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  WRONG_HOST: 421,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  OVERLOADED: 503,
} as const;
/** Code of a refusal of an admin server. */
export type AdminRefusal = keyof typeof ADMIN_REFUSALS;

/** A request that an admin server refuses. Its text goes to the caller and repeats nothing of what was said. */
export class AdminRequestError extends SubnetError {
  override readonly name = "AdminRequestError";
  override readonly code: AdminRefusal;
  readonly status: (typeof ADMIN_REFUSALS)[AdminRefusal];
  readonly headers: Readonly<Record<string, string>>;
  constructor({
    code,
    problem,
    headers = {},
  }: {
    code: AdminRefusal;
    problem: string;
    headers?: Readonly<Record<string, string>>;
  }) {
    super(problem, { code, trace: false });
    this.code = code;
    this.status = ADMIN_REFUSALS[code];
    this.headers = headers;
  }
}

/** An admin server did not answer, or said no. */
export class AdminUnavailableError extends SubnetError {
  override readonly name = "AdminUnavailableError";
  /** HTTP status; null = there was no answer. */
  readonly status: number | null;
  constructor({ url, status, reason, cause }: { url: string; status: number | null; reason: string; cause?: unknown }) {
    super(`The admin server at ${url} did not answer: ${reason}.`, {
      code: "ADMIN_UNAVAILABLE",
      details: { Status: status },
      hint:
        status === 401 || status === 403
          ? "Give the token that it asks for: its file is named when the node starts."
          : "Is the node still running? `conversion-subnet status` lists those that are.",
      ...(cause === undefined ? {} : { cause }),
    });
    this.status = status;
  }
}

/** An admin address that cannot be used as it was given. */
export class AdminRefusedError extends SubnetError {
  override readonly name = "AdminRefusedError";
  constructor({ problem, hint }: { problem: string; hint: string }) {
    super(`The admin server cannot be opened: ${problem}.`, { code: "ADMIN_REFUSED", hint });
  }
}
