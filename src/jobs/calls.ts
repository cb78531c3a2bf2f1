import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { failureOf, JobFailedError, WorkerLostError } from "./errors.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { inSharedMemory } from "./shared-memory.ts";
import type { Task } from "./task.ts";
import { beginOf, WORKER } from "./thread.ts";

/** A task that is kept ready on threads, for work that comes in small pieces and all the time. */
export interface Calls<Input, Output> {
  /**
   * Does one piece on the thread that has least to do.
   *
   * @throws {JobFailedError} with the code of what the task threw; {@link WorkerLostError} when its thread ended; later calls go to
   * a new one.
   */
  call(input: Input): Promise<Output>;
  /** Pieces that were given and are not done. */
  readonly waiting: number;
  /** Ends the threads; what is waiting fails. */
  close(): Promise<void>;
}

interface Waiting<Output> {
  resolve(output: Output): void;
  reject(error: unknown): void;
}

/** A thread with the pieces it was given. */
function createThread<Shared, Input, Output>(task: Task<Shared, Input, Output>, shared: Shared) {
  const worker = new Worker(WORKER);
  const waiting = new Map<number, Waiting<Output>>();
  let next = 0;
  let lost: string | null = null;
  const lose = (reason: string) => {
    lost ??= reason;
    for (const [piece, { reject }] of waiting) reject(new WorkerLostError({ task: task.name, piece, reason }));
    waiting.clear();
  };
  worker.on("error", (error) => lose(error.message));
  worker.on("exit", (code) => lose(`exit code ${code}`));
  worker.on("message", (message: FromWorker) => {
    const entry = message.kind === "progress" ? undefined : waiting.get(message.index);
    if (entry === undefined || message.kind === "progress") return;
    waiting.delete(message.index);
    if (waiting.size === 0) worker.unref();
    if (message.kind === "failed") {
      return entry.reject(new JobFailedError({ task: task.name, piece: message.index, failure: message.failure }));
    }
    // The door: the task's own output, as its type says.
    entry.resolve(message.output as Output);
  });
  worker.postMessage(beginOf(task, shared));
  worker.unref();
  return {
    get lost() {
      return lost !== null;
    },
    get load() {
      return waiting.size;
    },
    call(input: Input): Promise<Output> {
      return new Promise((resolve, reject) => {
        const index = next++;
        const message: ToWorker = { kind: "piece", index, input };
        waiting.set(index, { resolve, reject });
        worker.ref();
        try {
          worker.postMessage(message);
        } catch (error) {
          waiting.delete(index);
          reject(new JobFailedError({ task: task.name, piece: index, failure: failureOf(error) }));
        }
      });
    },
    async end() {
      lose("the threads were closed");
      await worker.terminate();
    },
  };
}

/**
 * Keeps a task ready on threads, which start at the first call and keep no process alive while they have nothing to do.
 *
 * @param workers default: one less than the cores, for this thread has work too.
 * @example
 * const calls = createCalls(squareTask, null, { workers: 1 });
 * await calls.call(3); // 9
 */
export function createCalls<Shared, Input, Output>(
  task: Task<Shared, Input, Output>,
  shared: Shared,
  { workers = Math.max(1, availableParallelism() - 1) }: { workers?: number | undefined } = {},
): Calls<Input, Output> {
  const lasting = inSharedMemory(shared);
  let threads: ReturnType<typeof createThread<Shared, Input, Output>>[] = [];
  const leastBusy = () => {
    threads = threads.filter(({ lost }) => !lost);
    const idle = threads.find(({ load }) => load === 0);
    if (idle !== undefined) return idle;
    if (threads.length < workers) {
      const thread = createThread(task, lasting);
      threads.push(thread);
      return thread;
    }
    return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
  };
  return {
    call: (input) => leastBusy().call(input),
    get waiting() {
      return threads.reduce((sum, { load }) => sum + load, 0);
    },
    async close() {
      const ending = threads;
      threads = [];
      await Promise.all(ending.map((thread) => thread.end()));
    },
  };
}
