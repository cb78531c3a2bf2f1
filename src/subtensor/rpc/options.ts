import { InvalidArgumentError } from "../../core/index.ts";
import type { BackoffLimits } from "./backoff.ts";

/** Settings of an RPC client, all of them. */
export interface RpcOptions {
  /** `ws://` or `wss://`, the favourite first. */
  readonly endpoints: readonly string[];
  /** The chain they must serve; undefined = the one that the first to answer serves. */
  readonly genesisHash: string | undefined;
  /** Deadline of a request, with everything that happens to it. */
  readonly timeoutMs: number;
  /** For opening a connection and asking which chain it serves. */
  readonly connectTimeoutMs: number;
  /** Between two looks whether the node is there. */
  readonly heartbeatMs: number;
  /** For the answer to such a look. */
  readonly heartbeatTimeoutMs: number;
  readonly backoff: BackoffLimits;
  /** Requests that may wait at once. */
  readonly maxPending: number;
  /** How often a read is sent, at most, while connections break under it. */
  readonly maxAttempts: number;
  readonly maxMessageBytes: number;
  /** Without an answer, or a new block, for so long, the client gives up; null = never. */
  readonly deadAfterMs: number | null;
}

/** What is used where nothing is said. A metagraph of 256 is 150 KB as hex, metadata 700 KB. */
export const RPC_DEFAULTS = {
  genesisHash: undefined,
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  heartbeatMs: 10_000,
  heartbeatTimeoutMs: 8_000,
  backoff: { minMs: 250, maxMs: 30_000 },
  maxPending: 1_024,
  maxAttempts: 4,
  maxMessageBytes: 32 * 1024 * 1024,
  deadAfterMs: 300_000,
} as const satisfies Omit<RpcOptions, "endpoints">;

const isWebSocketUrl = (text: string) => URL.canParse(text) && /^wss?:\/\/[^#]+$/.test(text);

/**
 * The options with their defaults, checked.
 *
 * @throws {InvalidArgumentError} when there is no endpoint, or one that is no `ws://` or `wss://` URL.
 */
export function checkedOptions(options: Pick<RpcOptions, "endpoints"> & Partial<RpcOptions>): RpcOptions {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all: RpcOptions = { ...RPC_DEFAULTS, ...said, endpoints: [...new Set(options.endpoints)] };
  if (all.endpoints.length === 0)
    throw new InvalidArgumentError({ argument: "endpoints", problem: "must not be empty" });
  for (const value of all.endpoints) {
    if (!isWebSocketUrl(value))
      throw new InvalidArgumentError({ argument: "endpoints", problem: "must be ws:// or wss:// URLs", value });
  }
  return all;
}
