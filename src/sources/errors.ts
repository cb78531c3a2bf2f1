import { errorText, SubnetError } from "../core/index.ts";

/** A line of a transcript file that is refused, named by file, line and field. */
export class BadTranscriptError extends SubnetError {
  override readonly name = "BadTranscriptError";
  readonly path: string;
  readonly line: number;
  /** `messages.3.at_seconds`, or `(line)` when the line is no JSON object at all. */
  readonly field: string;
  constructor({ path, line, field, problem }: { path: string; line: number; field: string; problem: string }) {
    super("A line of the transcript file is not a valid conversation.", {
      code: "BAD_TRANSCRIPT",
      details: { File: path, Line: line, Field: field, Problem: problem },
      hint: "Correct the line, or go on without it: --skip-bad-lines (skipBadLines in a program).",
    });
    this.path = path;
    this.line = line;
    this.field = field;
  }
}

/** A transcript file that cannot be opened or read. */
export class TranscriptsUnreadableError extends SubnetError {
  override readonly name = "TranscriptsUnreadableError";
  readonly path: string;
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super("The transcript file cannot be read.", {
      code: "TRANSCRIPTS_UNREADABLE",
      cause,
      details: { File: path, Reason: errorText(cause) },
      hint: "Check the path and its permissions; it must be a JSON Lines file, one conversation a line.",
    });
    this.path = path;
  }
}

/** A conversation of a foreign collection that is not in the form it is known for, named by file and field. */
export class ForeignTranscriptError extends SubnetError {
  override readonly name = "ForeignTranscriptError";
  readonly path: string;
  /** 1 for the first; null where a file holds one conversation. */
  readonly line: number | null;
  readonly field: string;
  constructor({ path, line, field, problem }: { path: string; line?: number; field: string; problem: string }) {
    super("A conversation of the collection does not have the form it is known for.", {
      code: "FOREIGN_TRANSCRIPT",
      details: { File: path, ...(line === undefined ? {} : { Line: line }), Field: field, Problem: problem },
      hint: "Check that the path is a clone of that collection, or leave such conversations out with skipBad (--skip-bad).",
    });
    this.path = path;
    this.line = line ?? null;
    this.field = field;
  }
}
