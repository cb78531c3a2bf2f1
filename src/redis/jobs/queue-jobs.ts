import { serialize } from "node:v8";
import {
  cryptoRandom,
  errorText,
  InvalidArgumentError,
  type LoadPackage,
  type Logger,
  silentLogger,
  toHex,
} from "../../core/index.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type BullFlow, openBull, PIECES, placesOf, RUNS } from "./bull.ts";
import { type DataServer, hashOf, keepInFolder, serveData } from "./data.ts";
import { type SharedPlace, versionOf } from "./piece.ts";
import { runPieces } from "./run.ts";
import { createSeal } from "./seal.ts";

/** Plain values of {@link createQueueJobs}. */
export interface QueueJobsOptions {
  /** `redis://[user:password@]host:port[/database]`, or rediss://. One primary: a cluster of shards is not asked. */
  readonly url: string;
  /** Of this package: workers of another refuse. */
  readonly version: string;
  /** A folder that workers see too: data is written there, and nothing is served. */
  readonly folder?: string | undefined;
  /** Where workers fetch the data without a folder: an address of this machine, and a port (default 127.0.0.1, any free one). */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly load?: LoadPackage;
}
/** Pieces of work that workers on other machines do. */
export interface QueueJobs extends Jobs {
  /** For people: no user, no password. */
  readonly address: string;
}

/** So little data lies in Redis, and is neither served nor written. */
const SMALL_BYTES = 65_536;
const FOLDER_BYTES = 16 * 2 ** 30;

/**
 * Runs pieces on the workers of all machines that are connected to the same Redis ({@link createQueueWorker}), through BullMQ: the run
 * is a job, and its pieces are its children. Results come in the order of the inputs, so the machines change nothing but the time. A
 * piece whose worker dies is given to another, three times at most. A run that is aborted, fails, or whose process dies leaves nothing
 * behind: what waits is taken away, what runs is told to stop.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError}; {RedisUnfitError} for one that evicts, or that is reached over a network
 * without a password; {InvalidArgumentError}.
 * @throws from `run` beside what every `Jobs` throws: {WorkerRefusedError}'s, {JobDataError}'s code; {RunForgottenError}.
 * @example
 * const jobs = await createQueueJobs({ url: "redis://127.0.0.1:6379", version: "0.1.0" });
 * await crossValidate(dataset, { kind: "trees" }, { folds: 5, jobs }); // as with createThreadJobs()
 * await jobs.close();
 */
export async function createQueueJobs(
  { url, version, folder, listen = { host: "127.0.0.1", port: 0 }, load }: QueueJobsOptions,
  { logger = silentLogger }: { readonly logger?: Logger } = {},
): Promise<QueueJobs> {
  if (/^(0\.0\.0\.0|::|\[::\]|)$/.test(listen.host)) {
    const problem = "must be an address at which workers reach this machine";
    throw new InvalidArgumentError({ argument: "jobs.listen", problem, value: listen.host });
  }
  const bull = await openBull(url, load);
  const seal = createSeal(bull.password);
  const pieces = new bull.Queue(PIECES, bull.base);
  const runs = new bull.Queue(RUNS, bull.base);
  const flow: BullFlow = new bull.FlowProducer(bull.base);
  // Sees the events of all runs; each takes its own.
  const events = new bull.QueueEvents(PIECES, bull.base);
  const complain = (error: Error) => logger.debug("Redis", { error: errorText(error) });
  for (const one of [pieces, runs, flow, events]) one.on("error", complain);
  await events.waitUntilReady();
  let server: Promise<DataServer> | undefined;
  let workers = await placesOf(pieces);
  const going = new Set<Promise<unknown>>();

  /** Puts what all pieces read where workers find it. */
  const place = async (
    shared: unknown,
  ): Promise<{ at: SharedPlace; small: Uint8Array | null; release: () => void }> => {
    const bytes = serialize(shared);
    const hash = hashOf(bytes);
    const of = { hash, bytes: bytes.length, token: "" };
    const nothing = () => undefined;
    if (bytes.length <= SMALL_BYTES) return { at: { ...of, from: "redis" }, small: bytes, release: nothing };
    if (folder !== undefined) {
      await keepInFolder(folder, hash, bytes, FOLDER_BYTES);
      return { at: { ...of, from: "folder" }, small: null, release: nothing };
    }
    server ??= serveData(listen).catch((error: unknown) => {
      server = undefined;
      throw error;
    });
    const { address, token, put, remove } = await server;
    put(hash, bytes);
    return { at: { ...of, from: address, token }, small: null, release: () => remove(hash) };
  };

  return {
    address: bull.address,
    get workers() {
      return workers;
    },
    async run(task, shared, inputs, options = {}) {
      options.signal?.throwIfAborted();
      if (inputs.length === 0) return [];
      const placed = await place(shared);
      const run = toHex(cryptoRandom.bytes(16));
      const of = { run, task, inputs, placed, version: versionOf(version) };
      const onWorkers = (count: number) => {
        if (count === 0) {
          const hint = "conversion-subnet worker --jobs.redis ...";
          logger.warn("No worker is there: the work waits until one is", { address: bull.address, start: hint });
        }
        workers = count;
      };
      const { outputs, cleaned } = runPieces(of, options, {
        bull,
        seal,
        pieces,
        runs,
        flow,
        events,
        logger,
        onWorkers,
      });
      const ended = cleaned.finally(() => {
        placed.release();
        going.delete(ended);
      });
      going.add(ended);
      return outputs;
    },
    async close() {
      await Promise.allSettled(going);
      await (await server?.catch(() => undefined))?.close();
      await Promise.allSettled([events, flow, runs, pieces].map((one) => one.close()));
      bull.close();
    },
  };
}
