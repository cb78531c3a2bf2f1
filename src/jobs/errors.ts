import { SubnetError } from "../core/index.ts";

/** What a failure is as it comes from another thread: plain data. */
export interface Failure {
  /** Of an expected error; null for a bug. */
  readonly code: string | null;
  readonly shortMessage: string;
  readonly hint: string | undefined;
  readonly stack: string;
}

/** An error as plain data. */
export function failureOf(error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof SubnetError) {
    const { code, shortMessage, hint } = error;
    return { code, shortMessage, hint, stack };
  }
  return { code: null, shortMessage: error instanceof Error ? error.message : String(error), hint: undefined, stack };
}

/** A piece of work that threw. An expected error keeps its own code, sentence and hint. */
export class JobFailedError extends SubnetError {
  override readonly name = "JobFailedError";
  readonly task: string;
  readonly piece: number;
  constructor({ task, piece, failure }: { task: string; piece: number; failure: Failure }) {
    super(failure.shortMessage, {
      code: failure.code ?? "JOB_FAILED",
      details: { Task: task, Piece: piece, ...(failure.code === null && { Stack: failure.stack }) },
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
