/**
 * @module jobs
 * Row 1: many independent pieces of work, done at once where there are cores for it. It knows nothing of what the work is: a
 * {@link Task} names a function of some module, and a {@link Jobs} runs it over a list of inputs, here or on worker threads.
 * Results come in the order of the inputs, so who did which piece, and when, changes nothing.
 *
 * @example
 * const jobs = createThreadJobs({ workers: 2 });
 * await jobs.run(squareTask, { by: 1 }, [1, 2, 3]); // [1, 4, 9]
 * await jobs.close();
 */
export { type Calls, createCalls } from "./calls.ts";
export { type Failure, failureOf, JobFailedError, WorkerLostError } from "./errors.ts";
export { createInlineJobs } from "./inline.ts";
export { inSharedMemory } from "./shared-memory.ts";
export { createTotal, defineTask, type Jobs, type RunOptions, type Task, type TaskContext } from "./task.ts";
export { createThreadJobs } from "./threads.ts";
