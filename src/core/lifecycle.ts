import { errorText, SubnetError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { sleep, withTimeout } from "./wait.ts";

/** What was opened, closed in reverse order. */
export interface Closers {
  push(what: string, close: () => Promise<void> | void): void;
  /** Closes last-in first-out, each under its own deadline; one that fails or hangs does not stop the others. */
  closeAll(): Promise<void>;
}

/**
 * Open, then push the closer.
 *
 * @example
 * const closers = createClosers();
 * closers.push("server", () => server.close());
 * await closers.closeAll();
 */
export function createClosers({ timeoutMs = 5_000 }: { timeoutMs?: number } = {}): Closers {
  const open: { what: string; close: () => Promise<void> | void }[] = [];
  return {
    push(what, close) {
      open.push({ what, close });
    },
    async closeAll() {
      const failures: string[] = [];
      for (let next = open.pop(); next; next = open.pop()) {
        const { what, close } = next;
        try {
          await withTimeout(async () => close(), { timeoutMs, what: `Closing ${what}` });
        } catch (error) {
          failures.push(`${what}: ${errorText(error)}`);
        }
      }
      if (failures.length > 0) {
        throw new SubnetError("Not everything could be closed.", {
          code: "CLOSE_FAILED",
          details: { Failed: failures.join("; ") },
        });
      }
    },
  };
}

/**
 * Runs `job` every `intervalMs` until the signal is aborted. A throw inside a tick is logged, counted and survived, so the
 * loop that says it runs does run; a tick that takes longer than the interval makes the next ones skipped, not queued.
 *
 * @returns the number of ticks that threw.
 */
export async function runEvery(
  intervalMs: number,
  job: (signal: AbortSignal) => Promise<void>,
  {
    signal,
    logger,
    what,
    onFailure,
  }: { signal: AbortSignal; logger: Logger; what: string; onFailure?: (failures: number) => void },
): Promise<number> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await job(signal);
    } catch (error) {
      if (signal.aborted) break;
      failures += 1;
      onFailure?.(failures);
      logger.error("A tick failed", { what, error: errorText(error), failures });
    }
    await sleep(intervalMs, { signal }).catch(() => undefined);
  }
  return failures;
}
