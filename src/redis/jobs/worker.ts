import { availableParallelism, hostname } from "node:os";
import {
  createAbortController,
  errorText,
  type LoadPackage,
  type Logger,
  runEvery,
  withTimeout,
} from "../../core/index.ts";
import {
  createThreadJobs,
  failureOf,
  inSharedMemory,
  type Jobs,
  type Task,
  WorkerLostError,
} from "../../jobs/index.ts";
import { WorkerRefusedError } from "../errors.ts";
import { assertCount, type BullJob, openBull, PIECES, RUNS } from "./bull.ts";
import { fetchShared } from "./data.ts";
import { inputContext, keysOf, outputContext, type Piece, pieceSchema, RUN_MS, taskIdOf, versionOf } from "./piece.ts";
import type { Outcome } from "./run.ts";
import { createSeal, read } from "./seal.ts";

/** A task, whatever it takes and gives: its module must export it under its name. */
export type WorkerTask = Pick<Task<never, never, unknown>, "module" | "name">;

/** Plain values of {@link createQueueWorker}. */
export interface QueueWorkerOptions {
  readonly url: string;
  /** Of this package: pieces of another are refused. */
  readonly version: string;
  /** Pieces done at once, each on a thread (default: as many as there are cores). */
  readonly concurrency?: number | undefined;
  /** Where data lies by its hash: a folder that whoever starts work writes to, or one for what was fetched. */
  readonly folder: string;
  /** Largest data of a run that is taken, in bytes (default 1 GiB). */
  readonly maxBytes?: number;
  /** What is fetched and was not used for longest goes when there is more (default 16 GiB). */
  readonly folderBytes?: number;
  /** After so long without a sign of life a worker counts as dead, ms (default 10,000), looked at every half of it. */
  readonly lostMs?: number;
  readonly load?: LoadPackage;
}
/** A worker that takes pieces until it is closed. */
export interface QueueWorker {
  /** For people: no user, no password. */
  readonly address: string;
  readonly concurrency: number;
  /**
   * Takes no more pieces and waits for those in hand; when `graceMs` is over they are given back, for others to do.
   *
   * @returns how many were given back.
   */
  close(options?: { graceMs?: number }): Promise<number>;
}

const WATCH_MS = 500;
const SWEEP_MS = 60_000;
const TELL_EVERY_MS = 500;
/** Data of so many runs stays in memory. */
const IN_MEMORY = 2;
/** A piece whose worker died goes to another so often. */
const LOST_AT_MOST = 2;

class GivenBack extends Error {}
class RunGone extends Error {}

/** The last few of what was asked for, by name. */
function createRecent<T>(most: number) {
  const kept = new Map<string, Promise<T>>();
  return (name: string, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(name);
    kept.delete(name);
    const value = known ?? make();
    kept.set(name, value);
    value.catch(() => kept.delete(name));
    for (const oldest of [...kept.keys()].slice(0, -most)) kept.delete(oldest);
    return value;
  };
}

/**
 * Does pieces of runs that {@link createQueueJobs} began, on whatever machine. What a piece names is looked up in `tasks` and nowhere
 * else, and its data is read only where somebody who knows the password of Redis has sealed it, so whoever else may write to Redis makes
 * a worker do nothing.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError}; {RedisUnfitError}; {InvalidArgumentError}.
 * @example
 * const worker = await createQueueWorker({ url, version: "0.1.0", folder: "jobs" }, { tasks: [testFold, trialFold], logger });
 * await worker.close({ graceMs: 60_000 }); // 0 pieces given back
 */
export async function createQueueWorker(
  {
    url,
    version,
    concurrency = availableParallelism(),
    folder,
    maxBytes = 2 ** 30,
    folderBytes = 16 * 2 ** 30,
    lostMs = 10_000,
    load,
  }: QueueWorkerOptions,
  { tasks, logger }: { readonly tasks: readonly WorkerTask[]; readonly logger: Logger },
): Promise<QueueWorker> {
  assertCount("concurrency", concurrency);
  const bull = await openBull(url, load);
  const { client } = bull;
  const seal = createSeal(bull.password);
  const own = versionOf(version);
  const name = `${concurrency}-${hostname()}-${process.pid}`.replace(/[^\w.-]/g, "_");
  // The doors: what a task takes and gives is its own to know.
  const known = new Map(tasks.map((task) => [taskIdOf(task), task as Task<unknown, unknown, unknown>]));
  const recent = createRecent<unknown>(IN_MEMORY);
  const closing = createAbortController();
  const givingBack = createAbortController();
  /** Pieces in hand, and what ends them. */
  const inHand = new Map<string, { readonly run: string; readonly controller: AbortController }>();
  const threads: Jobs[] = [];
  let givenBack = 0;

  const refuse = (problem: string, hint: string) => {
    logger.warn("A piece of work is refused", { problem });
    return new WorkerRefusedError({ problem, worker: name, hint });
  };
  // Several pieces may wait for it, of several runs, so none of them ends it.
  const sharedOf = ({ shared, run }: Piece): Promise<unknown> =>
    recent(shared.hash, async () => {
      const inRedis = () => client.getBuffer(keysOf(run).shared);
      const limits = { maxBytes, folderBytes };
      return inSharedMemory(read(await fetchShared(shared, { folder, inRedis, limits, signal: givingBack.signal })));
    });
  const answer = async (piece: Pick<Piece, "run" | "index">, outcome: Outcome) => {
    const { outputs, alive } = keysOf(piece.run);
    const sealed = seal.close(outputContext(piece), outcome);
    const writing = client.multi().exists(alive).hset(outputs, String(piece.index), sealed);
    const [isAlive] = (await writing.pexpire(outputs, RUN_MS).exec()) ?? [];
    if (isAlive?.[1] === 1) return;
    // A run that is over must not leave anything behind.
    await client.del(outputs);
    throw new RunGone();
  };

  /** Does a piece; throws what a task, or this worker, has to say against it. */
  const compute = async (
    piece: Piece,
    { job, sealed, signal }: { job: BullJob; sealed: Uint8Array | null; signal: AbortSignal },
  ): Promise<unknown> => {
    if (piece.version !== own) {
      throw refuse(
        `it is of version ${piece.version}, this worker of ${own}`,
        "Install the same version of conversion-subnet, and of Node, everywhere.",
      );
    }
    const task = known.get(piece.task);
    if (task === undefined) {
      const hint = "A worker does the tasks that are listed in its own installation, and no others.";
      throw refuse(`it knows no task ${piece.task}`, hint);
    }
    if (sealed === null) throw new RunGone();
    const input = seal.open(inputContext(piece), sealed);
    const shared = await sharedOf(piece);
    let told = 0;
    const onProgress = (share: number) => {
      if (performance.now() - told < TELL_EVERY_MS || share >= 1) return;
      told = performance.now();
      job.updateProgress(share).catch(() => undefined);
    };
    const thread = threads.pop() ?? createThreadJobs({ workers: 1 });
    try {
      const [output] = await thread.run(task, shared, [input], { signal, onProgress });
      return output;
    } finally {
      threads.push(thread);
    }
  };

  const work = async (job: BullJob, token?: string): Promise<string> => {
    const parsed = pieceSchema.safeParse(job.data);
    if (!parsed.success) throw new bull.UnrecoverableError("This is no piece of work.");
    const piece = parsed.data;
    const id = job.id ?? "";
    const controller = createAbortController();
    inHand.set(id, { run: piece.run, controller });
    const begun = performance.now();
    try {
      const { alive, inputs } = keysOf(piece.run);
      const [isAlive, sealed] = await Promise.all([
        client.exists(alive),
        client.hgetBuffer(inputs, String(piece.index)),
      ]);
      if (isAlive === 0) throw new RunGone();
      logger.debug("Piece begun", { piece: id, task: piece.task });
      const output = await compute(piece, { job, sealed, signal: controller.signal });
      await answer(piece, { ok: true, output });
      logger.debug("Piece done", { piece: id, task: piece.task, ms: Math.round(performance.now() - begun) });
      return "done";
    } catch (error) {
      if (error instanceof RunGone) {
        logger.debug("Nobody wants this piece any more", { piece: id });
        throw new bull.UnrecoverableError("Whoever began this run has ended it.");
      }
      if (error instanceof GivenBack) {
        givenBack += 1;
        logger.info("Piece given back", { piece: id });
        await job.moveToWait(token);
        throw new bull.WaitingError();
      }
      // The thread died: another one, here or elsewhere, may fare better.
      if (error instanceof WorkerLostError) throw error;
      // That it cannot be done is an answer too; a second time it would be the same.
      await answer(piece, { ok: false, failure: failureOf(error) });
      throw new bull.UnrecoverableError(errorText(error));
    } finally {
      inHand.delete(id);
    }
  };

  const runs = new bull.Queue(RUNS, bull.base);
  const worker = new bull.Worker(PIECES, work, {
    ...bull.base,
    ...{ name, concurrency, lockDuration: lostMs, stalledInterval: lostMs / 2, maxStalledCount: LOST_AT_MOST },
  });
  const complain = (error: Error) => logger.debug("Redis", { error: errorText(error) });
  for (const one of [runs, worker]) one.on("error", complain);
  worker.on("stalled", (piece) => logger.warn("The worker of a piece is lost; another one does it", { piece }));
  await worker.waitUntilReady();

  /** Ends pieces of runs that nobody wants any more. */
  const watch = async () => {
    for (const run of new Set([...inHand.values()].map((one) => one.run))) {
      if ((await client.exists(keysOf(run).alive)) > 0) continue;
      for (const { run: of, controller } of inHand.values()) if (of === run) controller.abort(new RunGone());
    }
  };
  /** Takes away runs whose process has died. */
  const sweep = async () => {
    for (const job of await runs.getJobs(["wait", "waiting-children", "failed", "completed"], 0, 99)) {
      const run = job?.id ?? "";
      if (job !== undefined && (await client.exists(keysOf(run).alive)) === 0) await runs.remove(run);
    }
  };
  const { signal } = closing;
  const watching = runEvery(WATCH_MS, watch, { signal, logger, what: "watching runs" });
  const sweeping = runEvery(SWEEP_MS, sweep, { signal, logger, what: "sweeping runs" });
  givingBack.signal.addEventListener("abort", () => {
    for (const { controller } of inHand.values()) controller.abort(new GivenBack());
  });

  return {
    address: bull.address,
    concurrency,
    async close({ graceMs = 60_000 } = {}) {
      const drained = worker.close();
      await withTimeout(() => drained, { timeoutMs: graceMs, what: "Draining" }).catch(() =>
        givingBack.abort(new GivenBack()),
      );
      await drained;
      closing.abort(new Error("The worker is closed."));
      await Promise.all([watching, sweeping, ...threads.map((one) => one.close())]);
      await runs.close();
      bull.close();
      return givenBack;
    },
  };
}
