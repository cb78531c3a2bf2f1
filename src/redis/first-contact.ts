import { sleep, withTimeout } from "../core/index.ts";
import type { Redis } from "./connection.ts";
import { RedisUnavailableError, RedisUnfitError } from "./errors.ts";

const FIRST_MS = 5_000;
const POLL_MS = 20;

/** What a connection has come to so far. */
export interface Contact {
  readonly isReady: boolean;
  readonly unfit: RedisUnfitError | null;
  /** What it last said against being used; null = nothing was heard. */
  readonly problem: string | null;
}

/**
 * Connects, and waits until Redis can be used: whoever starts is told at once when it cannot. Later it is waited for.
 *
 * @param onFailure closes what waits.
 * @throws {RedisUnfitError}; {RedisUnavailableError} after 5 s.
 */
export async function firstContact(
  redis: Pick<Redis, "address" | "connect">,
  contact: () => Contact,
  { hint, onFailure }: { readonly hint?: string; readonly onFailure: () => void },
): Promise<void> {
  redis.connect();
  const wait = async (signal: AbortSignal) => {
    for (let now = contact(); !now.isReady; now = contact()) {
      if (now.unfit !== null) throw now.unfit;
      await sleep(POLL_MS, { signal });
    }
  };
  try {
    await withTimeout(wait, { timeoutMs: FIRST_MS, what: "Redis" });
  } catch (error) {
    onFailure();
    if (error instanceof RedisUnfitError) throw error;
    const problem = contact().problem ?? `it did not answer within ${FIRST_MS / 1_000} s`;
    throw new RedisUnavailableError({
      address: redis.address,
      problem,
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}
