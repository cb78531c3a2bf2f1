import { failureOf, JobFailedError } from "./errors.ts";
import { createTotal, type Jobs } from "./task.ts";

/**
 * Does one piece after another on this thread: for tests, for one core, and where threads cannot be had.
 *
 * @example
 * await createInlineJobs().run(squareTask, null, [1, 2, 3]); // [1, 4, 9]
 */
export function createInlineJobs(): Jobs {
  return {
    workers: 1,
    async run(task, shared, inputs, { signal, onResult, onProgress } = {}) {
      const controller = new AbortController();
      const total = createTotal(inputs.length, onProgress);
      const outputs = [];
      const stop = () => controller.abort(signal?.reason);
      signal?.throwIfAborted();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        for (const [index, input] of inputs.entries()) {
          signal?.throwIfAborted();
          const context = { signal: controller.signal, progress: (share: number) => total(index, share) };
          const output = await task.run(shared, input, context).catch((error: unknown) => {
            signal?.throwIfAborted();
            throw new JobFailedError({ task: task.name, piece: index, failure: failureOf(error) });
          });
          signal?.throwIfAborted();
          outputs.push(output);
          onResult?.(index, output);
          total(index, 1);
        }
      } finally {
        signal?.removeEventListener("abort", stop);
      }
      return outputs;
    },
    close: async () => {},
  };
}
