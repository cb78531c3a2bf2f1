import { InvalidArgumentError, type LoadPackage, loadPackage, withTimeout } from "../../core/index.ts";
import { addressOf } from "../connection.ts";
import { RedisUnavailableError, RedisUnfitError } from "../errors.ts";
import { assertKeeps } from "../fit.ts";

const BULLMQ = { name: "bullmq", version: "6.7.0", work: "--jobs.redis" };
const IOREDIS = { name: "ioredis", version: "6.0.0", work: "--jobs.redis" };
const FIRST_MS = 5_000;
const RETRY_MS = { step: 100, most: 2_000 };
/** All keys of BullMQ, and ours, begin with it. */
export const PREFIX = "conversion-subnet";
/** Every piece of every run; any worker takes the next one. */
export const PIECES = "pieces";
/** A job here is a run, the parent of its pieces; nobody works on it. */
export const RUNS = "runs";

type Fields = Readonly<Record<string, unknown>>;

/** The part of ioredis that is used here. */
export interface RedisClient {
  connect(): Promise<void>;
  disconnect(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  exists(...keys: readonly string[]): Promise<number>;
  del(...keys: readonly string[]): Promise<number>;
  hkeys(key: string): Promise<string[]>;
  getBuffer(key: string): Promise<Buffer | null>;
  hgetBuffer(key: string, field: string): Promise<Buffer | null>;
  multi(): Transaction;
}
interface Transaction {
  exists(key: string): Transaction;
  set(key: string, value: string | Buffer, px: "PX", ms: number): Transaction;
  hset(key: string, field: string, value: Buffer): Transaction;
  hdel(key: string, field: string): Transaction;
  pexpire(key: string, ms: number): Transaction;
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>;
}

/** The part of BullMQ that is used here. */
export interface BullJob {
  readonly id?: string;
  readonly data: unknown;
  readonly attemptsMade: number;
  updateProgress(share: number): Promise<void>;
  moveToWait(token: string | undefined): Promise<unknown>;
  remove(options?: { removeChildren?: boolean }): Promise<void>;
}
export interface BullQueue {
  on(event: "error", listener: (error: Error) => void): unknown;
  getJob(id: string): Promise<BullJob | undefined>;
  getJobs(states: readonly string[], from: number, to: number): Promise<readonly (BullJob | undefined)[]>;
  getFailed(from: number, to: number): Promise<readonly (BullJob & { readonly failedReason?: string })[]>;
  getWorkers(): Promise<readonly Readonly<Record<string, string>>[]>;
  /** 0 = it is locked: a worker has it. */
  remove(id: string): Promise<number>;
  close(): Promise<void>;
}
/** What is said of a piece. */
export interface Told {
  readonly jobId: string;
  readonly failedReason?: string;
  readonly data?: unknown;
}
export interface BullEvents {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "completed" | "failed" | "progress", listener: (told: Told) => void): unknown;
  off(event: "completed" | "failed" | "progress", listener: (told: Told) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
export interface BullFlow {
  on(event: "error", listener: (error: Error) => void): unknown;
  add(flow: Fields): Promise<unknown>;
  close(): Promise<void>;
}
export interface BullWorker {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "stalled", listener: (jobId: string) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  pause(doNotWaitActive?: boolean): Promise<void>;
  close(force?: boolean): Promise<void>;
}
interface Bull {
  readonly Queue: new (name: string, options: Fields) => BullQueue;
  readonly QueueEvents: new (name: string, options: Fields) => BullEvents;
  readonly FlowProducer: new (options: Fields) => BullFlow;
  readonly Worker: new (
    name: string,
    work: (job: BullJob, token?: string) => Promise<unknown>,
    options: Fields,
  ) => BullWorker;
  /** Thrown by work that must not be tried again, and by work that was given back. */
  readonly UnrecoverableError: new (
    message: string,
  ) => Error;
  readonly WaitingError: new () => Error;
}

/** Redis, and BullMQ on it. */
export interface OpenedBull extends Bull {
  /** For people: no user, no password. */
  readonly address: string;
  readonly password: string;
  readonly client: RedisClient;
  /** What every queue, worker and listener is made with. */
  readonly base: Fields;
  close(): void;
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Who may write there may let workers compute, so it is asked for a password wherever others reach it. */
function passwordOf(url: string, address: string): string {
  const { hostname, password } = new URL(url);
  if (password === "" && !isLoopback(hostname)) {
    throw new RedisUnfitError({
      address,
      problem: "it is on another machine, and no password is given for it",
      hint: "Set requirepass in redis.conf, and give it: --jobs.redis redis://:PASSWORD@HOST:PORT",
    });
  }
  return decodeURIComponent(password);
}

/**
 * Connects, and checks that this Redis forgets nothing.
 *
 * @throws {PackageMissingError}; {RedisUnavailableError} when it does not answer within 5 s; {RedisUnfitError}; {InvalidArgumentError}.
 */
export async function openBull(url: string, load?: LoadPackage): Promise<OpenedBull> {
  const address = addressOf(url, "jobs.redis");
  const password = passwordOf(url, address);
  // The doors: what the two packages offer, by the versions that are named here.
  const bull = (await loadPackage(BULLMQ, load)) as Bull;
  const { Redis } = (await loadPackage(IOREDIS, load)) as {
    Redis: new (url: string, options: Fields) => RedisClient;
  };
  const client = new Redis(url, {
    lazyConnect: true,
    // What is said while it is away waits until it is back.
    maxRetriesPerRequest: null,
    connectTimeout: FIRST_MS,
    connectionName: "conversion-subnet-jobs",
    retryStrategy: (times: number) => Math.min(times * RETRY_MS.step, RETRY_MS.most),
  });
  client.on("error", () => undefined);
  const first = async () => {
    await client.connect();
    await assertKeeps({ address, call: (command, ...args) => client.call(command, ...args) }, "pieces of work");
  };
  try {
    await withTimeout(first, { timeoutMs: FIRST_MS, what: "Redis" });
  } catch (cause) {
    client.disconnect();
    if (cause instanceof RedisUnfitError) throw cause;
    const hint = "Start it, or mend --jobs.redis; without it the work is done on this machine.";
    throw new RedisUnavailableError({ address, problem: "it does not answer", hint, cause });
  }
  const { Queue, QueueEvents, FlowProducer, Worker, UnrecoverableError, WaitingError } = bull;
  return {
    ...{ Queue, QueueEvents, FlowProducer, Worker, UnrecoverableError, WaitingError },
    ...{ address, password, client },
    base: { connection: client, prefix: PREFIX },
    close: () => client.disconnect(),
  };
}

/** How many pieces all workers that are connected do at once: each says so in the name of its connection. */
export async function placesOf(pieces: BullQueue): Promise<number> {
  const workers = await pieces.getWorkers();
  const names = workers.map(({ rawname, name }) => /:w:(\d+)-/.exec(rawname ?? name ?? "")?.[1]);
  return names.reduce((sum, count) => sum + Number(count ?? 0), 0);
}

/** Checks a whole number of a caller. */
export function assertCount(argument: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 256) return;
  throw new InvalidArgumentError({ argument, problem: "must be a whole number from 1 to 256", value });
}
