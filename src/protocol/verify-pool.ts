import { type Calls, createCalls, defineTask } from "../jobs/index.ts";
import { verifySignature } from "../wallet/index.ts";
import { RequestRefusedError } from "./errors.ts";
import type { CheckSignature, SignatureClaim } from "./wire.ts";

/** Some signatures at once: what came together crosses to a thread together. */
export const verifyTask = defineTask(
  import.meta.url,
  "verifyTask",
  async (_shared: null, claims: readonly SignatureClaim[]): Promise<boolean[]> => claims.map(verifySignature),
);

/** Signature checks on threads of their own. */
export interface VerifyPool {
  readonly checkSignature: CheckSignature;
  /** Signatures that wait for their check. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Asked {
  readonly claim: SignatureClaim;
  resolve(good: boolean): void;
  reject(error: unknown): void;
}

/** A thread is given so many at once at most, so that the next request to come need not wait for a long row. */
const MAX_BATCH = 8;

/**
 * Checks signatures on other threads, so that this one goes on reading, refusing and answering meanwhile. Every signature is
 * checked; nothing is remembered. What comes while `maxWaiting` wait is refused with 503 before it costs a check.
 *
 * @param workers threads; default one less than the cores, at least one.
 * @example
 * const pool = createVerifyPool({ workers: 1 });
 * await pool.checkSignature({ scheme, publicKey, message, signature }); // true
 */
export function createVerifyPool({
  workers,
  maxWaiting = 2_000,
}: {
  readonly workers?: number | undefined;
  readonly maxWaiting?: number;
} = {}): VerifyPool {
  const calls: Calls<readonly SignatureClaim[], boolean[]> = createCalls(verifyTask, null, { workers });
  let gathered: Asked[] = [];
  let waiting = 0;

  const send = (batch: readonly Asked[]) => {
    calls.call(batch.map(({ claim }) => claim)).then(
      (results) => {
        for (const [i, { resolve }] of batch.entries()) resolve(results[i] === true);
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  };
  const flush = () => {
    const all = gathered;
    gathered = [];
    for (let from = 0; from < all.length; from += MAX_BATCH) send(all.slice(from, from + MAX_BATCH));
  };
  return {
    async checkSignature(claim) {
      if (waiting >= maxWaiting) {
        const problem = "too many signatures wait for their check";
        throw new RequestRefusedError({ code: "OVERLOADED", problem, headers: { "Retry-After": "1" } });
      }
      waiting += 1;
      try {
        return await new Promise<boolean>((resolve, reject) => {
          // What else was read in this turn of the event loop goes along.
          if (gathered.length === 0) setImmediate(flush);
          gathered.push({ claim, resolve, reject });
        });
      } finally {
        waiting -= 1;
      }
    },
    get waiting() {
      return waiting;
    },
    close: () => calls.close(),
  };
}
