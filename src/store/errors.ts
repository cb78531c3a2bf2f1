import { errorText, SubnetError } from "../core/index.ts";

/** A store that a later version of this package has written. */
export class StoreNewerError extends SubnetError {
  override readonly name = "StoreNewerError";
  readonly path: string;
  readonly schema: string;
  readonly found: number;
  readonly known: number;
  constructor({ path, schema, found, known }: { path: string; schema: string; found: number; known: number }) {
    super("The store was written by a later version of this program.", {
      code: "STORE_NEWER",
      details: { Path: path, Part: schema, "Its version": found, "Known up to": known },
      hint: "Install the version that wrote it, or name another file; nothing was changed.",
    });
    this.path = path;
    this.schema = schema;
    this.found = found;
    this.known = known;
  }
}

/** A store whose bytes are not what they should be. */
export class StoreDamagedError extends SubnetError {
  override readonly name = "StoreDamagedError";
  readonly path: string;
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super("The store is damaged, or is no store.", {
      code: "STORE_DAMAGED",
      cause,
      details: { Path: path, Reason: errorText(cause) },
      hint: "Move it aside together with its -wal and -shm files, and put the latest backup in its place.",
    });
    this.path = path;
  }
}

/** Something that the store could not do: the disk is full, the file is read-only, another process holds it. */
export class StoreFailedError extends SubnetError {
  override readonly name = "StoreFailedError";
  readonly path: string;
  /** SQLite's own name for it: `SQLITE_FULL`; null when it has none. */
  readonly reason: string | null;
  constructor({ path, what, cause }: { path: string; what: string; cause: unknown }) {
    const reason = sqliteCode(cause);
    super(`The store could not ${what}.`, {
      code: "STORE_FAILED",
      cause,
      details: { Path: path, Reason: errorText(cause), Code: reason ?? undefined },
      hint: HINTS[reason ?? ""] ?? "Nothing of that write was kept; what was stored before is unharmed.",
    });
    this.path = path;
    this.reason = reason;
  }
}

/** A store was used after it was closed. */
export class StoreClosedError extends SubnetError {
  override readonly name = "StoreClosedError";
  readonly path: string;
  constructor({ path }: { path: string }) {
    super("The store is closed.", { code: "STORE_CLOSED", details: { Path: path } });
    this.path = path;
  }
}

/** SQLite itself is not there for this machine. */
export class StoreUnavailableError extends SubnetError {
  override readonly name = "StoreUnavailableError";
  constructor({ cause }: { cause: unknown }) {
    super("SQLite could not be loaded.", {
      code: "STORE_UNAVAILABLE",
      cause,
      details: { Package: "libsql", Platform: `${process.platform} ${process.arch}`, Reason: errorText(cause) },
      hint: "Install again without --omit=optional: its binary for this platform is an optional package.",
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "Make room on the disk; nothing of that write was kept, what was stored before is unharmed.",
  SQLITE_BUSY: "Another process is writing; try again when it is done.",
  SQLITE_READONLY: "Check whose the file is, and whether its disk is mounted for writing.",
  SQLITE_CANTOPEN: "Check whose the file and its folder are.",
};

/** SQLite's name of what went wrong. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  return error.code.startsWith("SQLITE_") ? error.code : null;
}
