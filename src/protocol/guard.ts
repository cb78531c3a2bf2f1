import { type Call, isPending, type Maybe, SubnetError, withCall } from "../core/index.ts";
import type { Asked } from "./asked.ts";
import { RequestRefusedError } from "./errors.ts";

interface Bounds {
  readonly timeoutMs: number;
  /** The error's subject. */
  readonly what: string;
}

/** Errors only: Hono passes anything else that is thrown, an abort's text for one, straight through to Node. */
const asError = (error: unknown, what: string): Error =>
  error instanceof Error ? error : new SubnetError(`${what} threw: ${error}.`, { code: "INTERNAL_ERROR" });

const gone = () => new RequestRefusedError({ code: "CLIENT_GONE", problem: "the caller went away" });

/**
 * Runs what others wrote, under a deadline. What is there at once is given back at once. When the caller goes away, whatever comes
 * after it will find out.
 */
export function runBounded<T>(work: (call: Call) => Maybe<T>, bounds: Parameters<typeof withCall>[1]): Maybe<T> {
  const { what } = bounds;
  try {
    const result = withCall(work, bounds);
    if (!isPending(result)) return result;
    return result.catch((error: unknown) => {
      throw asError(error, what);
    });
  } catch (error) {
    throw asError(error, what);
  }
}

/** The same until the caller goes away. */
export function runGuarded<T>(asked: Asked, work: (call: Call) => Maybe<T>, { timeoutMs, what }: Bounds): Maybe<T> {
  if (asked.isGone) throw gone();
  const until = (interrupt: (reason: unknown) => void) => asked.onGone(() => interrupt(gone()));
  return runBounded(work, { timeoutMs, what, until });
}
