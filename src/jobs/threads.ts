import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InvalidArgumentError } from "../core/index.ts";
import { JobFailedError, WorkerLostError } from "./errors.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { inSharedMemory } from "./shared-memory.ts";
import { createTotal, type Jobs, type RunOptions, type Task } from "./task.ts";
import { beginOf, WORKER } from "./thread.ts";

/** Only ours: a thread has listeners of Node's own, without which it says nothing any more. */
function stopListening(worker: Worker): void {
  for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
}

/** Threads that are alive, each with one piece of work at most. */
function createPool(workers: number) {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  return {
    take(): Worker {
      const worker = idle.pop() ?? new Worker(WORKER);
      all.add(worker);
      return worker;
    },
    giveBack(worker: Worker): void {
      stopListening(worker);
      // An idle thread keeps no process alive.
      worker.unref();
      if (all.has(worker) && idle.length < workers) idle.push(worker);
    },
    async end(chosen: readonly Worker[] = [...all]): Promise<void> {
      for (const worker of chosen) all.delete(worker);
      await Promise.all(chosen.map((worker) => worker.terminate()));
      idle.splice(0, idle.length, ...idle.filter((worker) => all.has(worker)));
    },
  };
}

/**
 * Runs pieces on worker threads, as many at once as there are workers. Threads are started when first needed and kept; a run that
 * is aborted or fails ends its threads at once, in the middle of whatever they did.
 *
 * @param workers default: the cores of this machine.
 * @throws {InvalidArgumentError} when it is not a whole number from 1 to 256.
 * @example
 * createThreadJobs({ workers: 2 }).workers; // 2
 */
export function createThreadJobs({ workers = availableParallelism() }: { workers?: number | undefined } = {}): Jobs {
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= 256)) {
    throw new InvalidArgumentError({
      argument: "workers",
      problem: "must be a whole number from 1 to 256",
      value: workers,
    });
  }
  const pool = createPool(workers);
  return {
    workers,
    async run(task, shared, inputs, options = {}) {
      options.signal?.throwIfAborted();
      if (inputs.length === 0) return [];
      const threads = Array.from({ length: Math.min(workers, inputs.length) }, () => pool.take());
      try {
        const outputs = await runOn(threads, task, shared, inputs, options);
        for (const thread of threads) pool.giveBack(thread);
        return outputs;
      } catch (error) {
        for (const thread of threads) stopListening(thread);
        await pool.end(threads);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** Hands out the pieces in order, one to each thread that is free. */
function runOn<Shared, Input, Output>(
  threads: readonly Worker[],
  task: Task<Shared, Input, Output>,
  shared: Shared,
  inputs: readonly Input[],
  { signal, onResult, onProgress }: RunOptions<Output>,
): Promise<Output[]> {
  const outputs: Output[] = new Array(inputs.length);
  const total = createTotal(inputs.length, onProgress);
  const begin = beginOf(task, inSharedMemory(shared));
  let next = 0;
  let missing = inputs.length;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    const settle = (how: () => void) => {
      signal?.removeEventListener("abort", stop);
      how();
    };
    for (const thread of threads) {
      let piece = -1;
      const give = () => {
        if (next >= inputs.length) return;
        piece = next++;
        const message: ToWorker = { kind: "piece", index: piece, input: inputs[piece] };
        thread.postMessage(message);
      };
      const lost = (reason: string) => settle(() => reject(new WorkerLostError({ task: task.name, piece, reason })));
      thread.ref();
      thread.on("error", (error) => lost(error.message));
      thread.on("exit", (code) => lost(`exit code ${code}`));
      thread.on("message", (message: FromWorker) => {
        if (message.kind === "progress") return total(message.index, message.share);
        if (message.kind === "failed") {
          const { index, failure } = message;
          return settle(() => reject(new JobFailedError({ task: task.name, piece: index, failure })));
        }
        // The door: the task's own output, as its type says.
        const output = message.output as Output;
        outputs[message.index] = output;
        try {
          onResult?.(message.index, output);
          total(message.index, 1);
        } catch (error) {
          return settle(() => reject(error));
        }
        missing -= 1;
        if (missing === 0) settle(() => resolve(outputs));
        else give();
      });
      try {
        thread.postMessage(begin);
        give();
      } catch (error) {
        // Data that cannot be copied: a function among it, for instance.
        settle(() => reject(error));
      }
    }
  });
}
