import { SubnetError } from "../core/index.ts";

/** What a failure is as it comes from another thread: plain data. */
export interface Failure {
  readonly code: string;
  readonly shortMessage: string;
  readonly hint: string | undefined;
  /** Of what nobody expected; null for an error with a code of its own. */
  readonly stack: string | null;
}

/**
 * An error as plain data, which can cross to another thread. One that was not expected has its stack, and the code `JOB_FAILED`.
 *
 * @example
 * failureOf(new Error("no luck")).code; // "JOB_FAILED"
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof SubnetError) {
    const { code, shortMessage, hint } = error;
    return { code, shortMessage, hint, stack: null };
  }
  const [shortMessage, stack] = error instanceof Error ? [error.message, error.stack ?? null] : [String(error), null];
  return { code: "JOB_FAILED", shortMessage, hint: undefined, stack };
}

/** A piece of work that threw. An expected error keeps its own code, sentence and hint. */
export class JobFailedError extends SubnetError {
  override readonly name = "JobFailedError";
  readonly task: string;
  readonly piece: number;
  constructor({ task, piece, failure }: { task: string; piece: number; failure: Failure }) {
    super(failure.shortMessage, {
      code: failure.code,
      details: { Task: task, Piece: piece, ...(failure.stack !== null && { Stack: failure.stack }) },
      ...(failure.hint !== undefined && { hint: failure.hint }),
    });
    this.task = task;
    this.piece = piece;
  }
}

/** A worker thread that ended in the middle of its work. */
export class WorkerLostError extends SubnetError {
  override readonly name = "WorkerLostError";
  readonly task: string;
  readonly piece: number;
  constructor({ task, piece, reason }: { task: string; piece: number; reason: string }) {
    super("A worker thread ended in the middle of its work.", {
      code: "WORKER_LOST",
      details: { Task: task, Piece: piece, Reason: reason },
      hint: "Out of memory is the usual reason: give fewer workers, or fewer rows.",
    });
    this.task = task;
    this.piece = piece;
  }
}
