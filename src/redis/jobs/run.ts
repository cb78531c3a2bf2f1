import { createAbortController, errorText, type Logger, sleep } from "../../core/index.ts";
import {
  createTotal,
  type Failure,
  JobFailedError,
  type RunOptions,
  type Task,
  WorkerLostError,
} from "../../jobs/index.ts";
import { RunForgottenError } from "../errors.ts";
import {
  type BullEvents,
  type BullFlow,
  type BullQueue,
  type OpenedBull,
  PIECES,
  placesOf,
  RUNS,
  type Told,
} from "./bull.ts";
import {
  inputContext,
  jobIdOf,
  keysOf,
  outputContext,
  type Piece,
  RUN_MS,
  type SharedPlace,
  taskIdOf,
} from "./piece.ts";
import type { Seal } from "./seal.ts";

/** The run says that it is there, and looks for what no event told of. */
const LOOK_EVERY_MS = 2_000;
/** A piece whose thread died is tried again so often. */
export const ATTEMPTS = 3;
/** What failed is kept for those who look into Redis. */
const KEEP_FAILED_SECONDS = 3_600;
const CLEANING = { times: 12, everyMs: 100 };

/** What came of a piece. */
export type Outcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** One list of pieces. */
export interface Run<Shared, Input, Output> {
  readonly run: string;
  readonly task: Task<Shared, Input, Output>;
  readonly inputs: readonly Input[];
  readonly placed: { readonly at: SharedPlace; readonly small: Uint8Array | null };
  readonly version: string;
}
/** What a run is made with. */
export interface RunModules {
  readonly bull: OpenedBull;
  readonly seal: Seal;
  readonly pieces: BullQueue;
  readonly runs: BullQueue;
  readonly flow: BullFlow;
  readonly events: BullEvents;
  readonly logger: Logger;
  /** Told after two seconds, and whenever it changes, how many pieces workers do at once. */
  readonly onWorkers: (count: number) => void;
}

/** Puts a run into Redis: first what its pieces read, then the job and its children in one step. */
async function begin<S, I, O>({ run, task, inputs, placed, version }: Run<S, I, O>, { bull, seal, flow }: RunModules) {
  const keys = keysOf(run);
  const piece = (index: number): Piece => ({ run, index, task: taskIdOf(task), version, shared: placed.at });
  const writing = bull.client.multi().set(keys.alive, "1", "PX", RUN_MS);
  if (placed.small !== null) writing.set(keys.shared, Buffer.from(placed.small), "PX", RUN_MS);
  for (const [index, input] of inputs.entries()) {
    writing.hset(keys.inputs, String(index), seal.close(inputContext(piece(index)), input));
  }
  await writing.pexpire(keys.inputs, RUN_MS).exec();
  await flow.add({
    name: task.name,
    queueName: RUNS,
    data: { run, task: taskIdOf(task), pieces: inputs.length, version },
    opts: { jobId: run },
    children: inputs.map((_, index) => ({
      name: task.name,
      queueName: PIECES,
      data: piece(index),
      opts: {
        jobId: jobIdOf(run, index),
        attempts: ATTEMPTS,
        removeOnComplete: true,
        removeOnFail: { age: KEEP_FAILED_SECONDS },
      },
    })),
  });
}

/** Takes away what waits, and waits a moment for workers to let go of what they have: the run's keys are gone, which tells them. */
async function clean(run: string, pieces: number, { bull, pieces: queue, runs }: RunModules): Promise<void> {
  const keys = keysOf(run);
  await bull.client.del(keys.alive, keys.inputs, keys.outputs, keys.shared);
  for (let i = 0; i < CLEANING.times; i++) {
    // With its children, unless a worker has one of them.
    if ((await runs.remove(run)) !== 0) return;
    await Promise.all(Array.from({ length: pieces }, (_, index) => queue.remove(jobIdOf(run, index))));
    await sleep(CLEANING.everyMs);
  }
  // What a worker still has keeps its run too; workers sweep up such runs later.
}

/** Runs a list of pieces; `cleaned` is over when nothing of it is left in Redis. */
export function runPieces<Shared, Input, Output>(
  of: Run<Shared, Input, Output>,
  { signal, onResult, onProgress }: RunOptions<Output>,
  modules: RunModules,
): { readonly outputs: Promise<Output[]>; readonly cleaned: Promise<void> } {
  const { run, task, inputs } = of;
  const { bull, seal, pieces, events, onWorkers } = modules;
  const keys = keysOf(run);
  const total = createTotal(inputs.length, onProgress);
  const outputs: Output[] = new Array(inputs.length);
  const open = new Set(inputs.keys());
  const over = createAbortController();
  const indexOf = (jobId: string) => (jobId.startsWith(`${run}-`) ? Number(jobId.slice(run.length + 1)) : -1);

  const begun = begin(of, modules);
  const work = new Promise<Output[]>((resolve, reject) => {
    const fail = (error: unknown) => {
      if (!over.signal.aborted) reject(error);
    };
    /** Takes what a worker has written of a piece; once, whoever tells of it. */
    const collect = async (index: number, reason: string | null): Promise<void> => {
      if (over.signal.aborted || !open.has(index)) return;
      const sealed = await bull.client.hgetBuffer(keys.outputs, String(index));
      if (over.signal.aborted || !open.has(index)) return;
      if (sealed === null) {
        if (reason !== null) throw new WorkerLostError({ task: task.name, piece: index, reason });
        return;
      }
      // The door: the task's own output, as its type says, sealed by a worker.
      const outcome = seal.open(outputContext({ run, index }), sealed) as Outcome;
      if (!outcome.ok) throw new JobFailedError({ task: task.name, piece: index, failure: outcome.failure });
      open.delete(index);
      const output = outcome.output as Output;
      outputs[index] = output;
      onResult?.(index, output);
      total(index, 1);
      if (open.size === 0) return resolve(outputs);
      await bull.client.multi().hdel(keys.outputs, String(index)).exec();
    };
    const hear = (name: "completed" | "failed" | "progress", take: (index: number, told: Told) => Promise<void>) => {
      const listener = (told: Told) => {
        const index = indexOf(told.jobId);
        if (index >= 0) take(index, told).catch(fail);
      };
      events.on(name, listener);
      over.signal.addEventListener("abort", () => events.off(name, listener), { once: true });
    };
    hear("completed", (index) => collect(index, null));
    hear("failed", (index, { failedReason = "" }) => collect(index, failedReason));
    hear("progress", async (index, { data }) => {
      if (open.has(index) && !over.signal.aborted && typeof data === "number") total(index, data);
    });
    let known = -1;
    const look = async () => {
      const living = bull.client.multi().pexpire(keys.alive, RUN_MS).pexpire(keys.inputs, RUN_MS);
      const [alive] = (await living.pexpire(keys.outputs, RUN_MS).pexpire(keys.shared, RUN_MS).exec()) ?? [];
      if (alive?.[1] === 0) throw new RunForgottenError({ run, address: bull.address });
      // Events may be lost with a connection; what was written is there.
      for (const index of await bull.client.hkeys(keys.outputs)) await collect(Number(index), null);
      // Of all runs, an hour's worth: ours may stand behind many.
      for (const { id, failedReason } of await pieces.getFailed(0, -1)) {
        const index = indexOf(id ?? "");
        if (index >= 0) await collect(index, failedReason ?? "");
      }
      const count = await placesOf(pieces);
      if (count !== known) onWorkers(count);
      known = count;
    };
    const goOn = async () => {
      await begun;
      while (!over.signal.aborted) {
        await sleep(LOOK_EVERY_MS, { signal: over.signal });
        await look();
      }
    };
    goOn().catch(fail);
    signal?.addEventListener("abort", () => fail(signal.reason), { once: true, signal: over.signal });
  });

  const ended = work.finally(() => over.abort(new Error("The run is over.")));
  const tidy = async () => {
    // What is half begun would be there after all.
    await begun.catch(() => undefined);
    await clean(run, inputs.length, modules);
  };
  const cleaned = ended.then(tidy, tidy).catch((error: unknown) => {
    modules.logger.warn("What is left of the run in Redis goes when it expires, or a worker sweeps it up", {
      ...{ run, error: errorText(error) },
    });
  });
  return { outputs: ended, cleaned };
}
