/** What an error may carry beside its short sentence. */
export interface SubnetErrorOptions {
  /** A literal that callers switch on, e.g. `"TIMED_OUT"`; every code has a heading in docs/errors.md. */
  readonly code: string;
  readonly cause?: unknown;
  /** The values at hand, printed as aligned `Key: value` lines. */
  readonly details?: Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;
  /** What to do next. */
  readonly hint?: string;
  /** False leaves the stack out, for what answers a stranger: to write it down is most of a refusal's price. */
  readonly trace?: boolean;
}

/** The usual limit of stacks, which is 0 while an error without one is made. */
function withoutTrace(options: SubnetErrorOptions): number {
  const { stackTraceLimit } = Error;
  if (options.trace === false) Error.stackTraceLimit = 0;
  return stackTraceLimit;
}

/** Values may be strangers' words: one that breaks the line could forge a hint. */
const oneLine = (text: string) => text.replace(/\r?\n|\r/g, "\\n");

function render(shortMessage: string, { details, hint }: SubnetErrorOptions): string {
  const rows = Object.entries(details ?? {}).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...rows.map(([key]) => key.length + 1));
  const blocks = [oneLine(shortMessage)];
  if (rows.length > 0)
    blocks.push(rows.map(([key, value]) => `${`${key}:`.padEnd(width)} ${oneLine(String(value))}`).join("\n"));
  if (hint !== undefined) blocks.push(`Hint: ${hint}`);
  return blocks.join("\n\n");
}

/**
 * The one base of every expected error: what happened, the values, and what to do next.
 *
 * @example
 * const error = new SubnetError("No such file.", { code: "FILE_MISSING", details: { Path: "a.csv" }, hint: "Check the path." });
 * error.code; // "FILE_MISSING"
 */
export class SubnetError extends Error {
  override readonly name: string = "SubnetError";
  readonly code: string;
  readonly shortMessage: string;
  readonly hint: string | undefined;

  constructor(shortMessage: string, options: SubnetErrorOptions) {
    const limit = withoutTrace(options);
    super(render(shortMessage, options), options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = limit;
    this.code = options.code;
    this.shortMessage = shortMessage;
    this.hint = options.hint;
  }

  /** The first error in the chain of causes (itself included) for which `test` holds, else `undefined`. */
  walk(test: (error: unknown) => boolean): unknown {
    let error: unknown = this;
    while (error !== undefined && error !== null) {
      if (test(error)) return error;
      error = error instanceof Error ? error.cause : undefined;
    }
    return undefined;
  }
}

/** An expected mistake of the person at the keyboard: the command line prints the message and exits 1. */
export class UserError extends SubnetError {
  override readonly name = "UserError";
  constructor(shortMessage: string, options: Partial<SubnetErrorOptions> = {}) {
    super(shortMessage, { code: "USER_ERROR", ...options });
  }
}

/** An argument that a public function refuses, named. */
export class InvalidArgumentError extends SubnetError {
  override readonly name = "InvalidArgumentError";
  readonly argument: string;
  constructor({ argument, problem, value }: { argument: string; problem: string; value?: unknown }) {
    super(`${argument} ${problem}.`, {
      code: "INVALID_ARGUMENT",
      details: { Argument: argument, ...(value === undefined ? {} : { Value: String(value).slice(0, 120) }) },
    });
    this.argument = argument;
  }
}

/** A deadline passed. */
export class TimedOutError extends SubnetError {
  override readonly name = "TimedOutError";
  readonly timeoutMs: number;
  constructor({ what, timeoutMs, cause }: { what: string; timeoutMs: number; cause?: unknown }) {
    super(`${what} took longer than ${timeoutMs} ms.`, {
      code: "TIMED_OUT",
      cause,
      details: { Deadline: `${timeoutMs} ms` },
      hint: "Raise the deadline, or find out why the other side is slow.",
    });
    this.timeoutMs = timeoutMs;
  }
}

/** A file another process holds. */
export class LockedError extends SubnetError {
  override readonly name = "LockedError";
  readonly path: string;
  /** Null = unknown. */
  readonly pid: number | null;
  constructor({ path, pid }: { path: string; pid: number | null }) {
    super("The file is already in use by another process.", {
      code: "LOCKED",
      details: { Path: path, Process: pid ?? "unknown" },
      hint: "Stop that process first; if it no longer runs, delete the .lock file.",
    });
    this.path = path;
    this.pid = pid;
  }
}

/** The text of anything thrown, for a log field or in a sentence. */
export function errorText(error: unknown): string {
  // In the system's words it is an illegal operation.
  if (error instanceof Error && "code" in error && error.code === "EISDIR") return "it is a folder";
  return error instanceof SubnetError ? error.shortMessage : error instanceof Error ? error.message : String(error);
}
