/** What a piece of work may use beside its input. */
export interface TaskContext {
  /** Aborted when nobody wants the result any more. */
  readonly signal: AbortSignal;
  /** Tells how far this piece is, 0 to 1. */
  progress(share: number): void;
}

/**
 * A named function that others can load: the export `name` of the module at `module` is this very task. What it is given and
 * what it returns is plain data (whatever `structuredClone` copies), for both may cross to another thread or machine.
 */
export interface Task<Shared, Input, Output> {
  readonly module: string;
  readonly name: string;
  run(shared: Shared, input: Input, context: TaskContext): Promise<Output>;
}

/**
 * Declares a task. The export that holds it must have its name.
 *
 * @param module the `import.meta.url` of the file that exports it.
 * @example
 * export const squareTask = defineTask(import.meta.url, "squareTask", async (_: null, n: number) => n * n);
 * await createInlineJobs().run(squareTask, null, [1, 2, 3]); // [1, 4, 9]
 */
export function defineTask<Shared, Input, Output>(
  module: string,
  name: string,
  run: Task<Shared, Input, Output>["run"],
): Task<Shared, Input, Output> {
  return { module, name, run };
}

/** How a list of pieces is run. */
export interface RunOptions<Output> {
  /** Ends the work: the promise rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each piece that is done, in the order in which they end. */
  readonly onResult?: ((index: number, output: Output) => void) | undefined;
  /** Share of all the work done, 0 to 1, every piece counted alike. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Whoever does pieces of work. */
export interface Jobs {
  /** How many pieces are done at once. */
  readonly workers: number;
  /**
   * Runs a task over all inputs.
   *
   * @param shared what every piece reads: handed over once, its arrays of numbers not copied for each worker. Nobody may write to it.
   * @returns the outputs in the order of the inputs.
   * @throws {JobFailedError} with the code of the first piece that threw (the others are given up); {@link WorkerLostError};
   * the signal's reason.
   */
  run<Shared, Input, Output>(
    task: Task<Shared, Input, Output>,
    shared: Shared,
    inputs: readonly Input[],
    options?: RunOptions<Output>,
  ): Promise<Output[]>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/**
 * Adds up what the pieces tell of themselves: each its share that is done, 0 to 1, which never sinks.
 *
 * @returns what a piece calls with its place and its share; `onProgress` is given the share of the whole.
 * @example
 * const tell = createTotal(2, (share) => shares.push(share));
 * tell(0, 0.5);
 * tell(1, 1);
 * shares; // [0.25, 0.75]
 */
export function createTotal(pieces: number, onProgress: ((share: number) => void) | undefined) {
  const shares = new Float64Array(pieces);
  let sum = 0;
  return (index: number, share: number): void => {
    const next = Math.min(1, Math.max(shares[index], share));
    sum += next - shares[index];
    shares[index] = next;
    onProgress?.(Math.min(1, sum / pieces));
  };
}
