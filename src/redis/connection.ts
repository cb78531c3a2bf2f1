import { errorText, InvalidArgumentError, type LoadPackage, type Logger, loadPackage } from "../core/index.ts";

const PACKAGE = "ioredis";
const VERSION = "6.0.0";
/** Between two attempts to connect: 50 ms, 100, ... at most a second. */
const RETRY_MS = { step: 50, most: 1_000 };

/** The part of ioredis that is used here. */
interface IoRedis {
  readonly Redis: new (url: string, options: Readonly<Record<string, unknown>>) => Connection;
}
interface Connection {
  connect(): Promise<void>;
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  on(event: "ready" | "close" | "error", listener: (error?: unknown) => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** One connection to Redis, made again whenever it is lost. */
export interface Redis {
  /** For people: no user, no password. */
  readonly address: string;
  /** @throws what Redis says, or that it did not answer in time; a command is never sent a second time. */
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  /** Begins to connect, and goes on until closed. */
  connect(): void;
  /** Lets the connection go, which may be dead without anybody having said so, and makes another. */
  renew(): void;
  close(): void;
}

/** Without user and password. */
export function addressOf(url: string, argument = "redis.url"): string {
  if (!URL.canParse(url)) {
    throw new InvalidArgumentError({ argument, problem: "must be redis://HOST:PORT or rediss://" });
  }
  const { protocol, host, pathname } = new URL(url);
  if (protocol === "redis:" || protocol === "rediss:") return `${protocol}//${host}${pathname}`;
  throw new InvalidArgumentError({ argument, problem: "must begin with redis:// or rediss://" });
}

/**
 * A connection on which nothing waits: without one a command fails at once, and what was sent when it broke is not sent again.
 *
 * @throws {InvalidArgumentError} for an address that is none; {PackageMissingError} when ioredis is not installed.
 */
export async function openRedis(
  {
    url,
    timeoutMs,
    flag,
    load,
  }: {
    readonly url: string;
    readonly timeoutMs: number;
    /** What gave the address, for who reads an error. */
    readonly flag: string;
    readonly load?: LoadPackage | undefined;
  },
  { onReady, onLost, logger }: { readonly onReady: () => void; readonly onLost: () => void; readonly logger: Logger },
): Promise<Redis> {
  const address = addressOf(url, flag);
  const { Redis } = (await loadPackage({ name: PACKAGE, version: VERSION, work: `--${flag}` }, load)) as IoRedis;
  const connection = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    connectionName: "conversion-subnet",
    retryStrategy: (times: number) => Math.min(times * RETRY_MS.step, RETRY_MS.most),
  });
  let told = "";
  connection.on("error", (error) => {
    const text = errorText(error);
    if (text !== told) logger.warn("Redis cannot be reached", { address, error: text });
    told = text;
  });
  connection.on("ready", () => {
    told = "";
    onReady();
  });
  connection.on("close", onLost);
  return {
    address,
    call: (command, ...args) => connection.call(command, ...args),
    // It tries again by itself, and says so through "error".
    connect: () => void connection.connect().catch(() => undefined),
    renew: () => connection.disconnect(true),
    close: () => connection.disconnect(),
  };
}
