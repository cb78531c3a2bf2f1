import { errorText, SubnetError } from "../core/index.ts";

/** PostgreSQL could not be asked, or did not do it, until the deadline. Its address is repeated without user and password. */
export class PostgresUnavailableError extends SubnetError {
  override readonly name = "PostgresUnavailableError";
  constructor({ address, problem, cause }: { address: string; problem: string; cause?: unknown }) {
    super(`PostgreSQL cannot be used: ${problem}.`, {
      code: "POSTGRES_UNAVAILABLE",
      details: { Address: address, Reason: cause === undefined ? undefined : errorText(cause) },
      hint: "Start it, or mend --history.postgres; what was acknowledged before is there.",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** PostgreSQL refused a statement for a reason that does not pass by itself: a right that is missing, a full disk. */
export class PostgresRefusedError extends SubnetError {
  override readonly name = "PostgresRefusedError";
  /** SQLSTATE of the refusal; null = it has none. */
  readonly sqlState: string | null;
  constructor({ address, sqlState, cause }: { address: string; sqlState: string | null; cause: unknown }) {
    super("PostgreSQL refused a statement.", {
      code: "POSTGRES_REFUSED",
      cause,
      details: { Address: address, Reason: errorText(cause), Code: sqlState ?? undefined },
      hint: "Nothing of that write was kept; its user must be able to create a schema in that database, once.",
    });
    this.sqlState = sqlState;
  }
}

/** The tables were written by a later version of this package. */
export class PostgresNewerError extends SubnetError {
  override readonly name = "PostgresNewerError";
  constructor({ address, found, known }: { address: string; found: number; known: number }) {
    super("The history in PostgreSQL was written by a later version of this program.", {
      code: "POSTGRES_NEWER",
      details: { Address: address, "Its version": found, "Known up to": known },
      hint: "Install the version that wrote it; nothing was changed.",
    });
  }
}

/** Another process records for this validator. */
export class HistoryTakenError extends SubnetError {
  override readonly name = "HistoryTakenError";
  constructor({ address, validator }: { address: string; validator: string }) {
    super("Another process keeps the history of this validator.", {
      code: "HISTORY_TAKEN",
      details: { Address: address, Validator: validator },
      hint: "One process records for a validator: stop the other, or name this one's history with --history.validator.",
    });
  }
}

/** There is no history of this validator in that database. */
export class PostgresMissingError extends SubnetError {
  override readonly name = "PostgresMissingError";
  constructor({ address, validator }: { address: string; validator: string }) {
    super("There is no history of this validator in PostgreSQL.", {
      code: "POSTGRES_MISSING",
      details: { Address: address, Validator: validator },
      hint: "`validator run --history.postgres` makes it, `history migrate` copies one; name another with --history.validator.",
    });
  }
}

/** A copy was to replace what a validator has recorded. */
export class HistoryBegunError extends SubnetError {
  override readonly name = "HistoryBegunError";
  constructor({ address, validator }: { address: string; validator: string }) {
    super("A validator has recorded in this history already; a copy would replace it.", {
      code: "HISTORY_BEGUN",
      details: { Address: address, Validator: validator },
      hint: "Copy before the first run, or give the copy a name of its own with --history.validator.",
    });
  }
}

/** What was copied changed meanwhile, or the copy was never finished. */
export class CopyUnfinishedError extends SubnetError {
  override readonly name = "CopyUnfinishedError";
  constructor({ address, from, found, wanted }: { address: string; from?: string; found?: number; wanted?: number }) {
    super("This history is a copy that is not whole.", {
      code: "COPY_UNFINISHED",
      details: { Address: address, File: from, "Questions copied": found, "Questions in the file": wanted },
      hint: "Run the same `history migrate` again, and let nothing write to the file meanwhile.",
    });
  }
}
