import { SubnetError } from "../core/index.ts";
import { PostgresRefusedError } from "./errors.ts";
import type { Owner } from "./owner.ts";
import { passes, type Query, type Session } from "./session.ts";

/** Works of one transaction: what came in while the one before was on its way. */
const AT_ONCE = 64;

/** Does works in transactions, in the order in which they were given. */
export interface Writer {
  /** @param work must be safe to repeat: a transaction whose answer was lost may be done again. */
  submit<T>(work: (query: Query) => Promise<T>): Promise<T>;
}
interface Job {
  readonly work: (query: Query) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A writer that makes one transaction of all that waits. A work that fails takes back what it did, and no other's.
 *
 * @param owner begins transactions, and tells of one whose end nobody has told; null = what it did is simply done again.
 * @param onTakenBack told when one was not kept, or perhaps not.
 */
export function createWriter(
  session: Session,
  {
    owner,
    onTakenBack,
  }: { readonly owner: Pick<Owner, "begin" | "wasCommitted"> | null; readonly onTakenBack: () => void },
): Writer {
  const waiting: Job[] = [];
  let isBusy = false;
  /** Of the last transaction whose end nobody has told yet. */
  let last: { readonly mark: string; readonly results: readonly unknown[] } | null = null;

  const transact = async (query: Query, jobs: readonly Job[]): Promise<readonly unknown[]> => {
    if (last !== null) {
      const { mark, results } = last;
      const isThere = await owner?.wasCommitted(query, mark);
      last = null;
      if (isThere === true) return results;
    }
    const mark = owner === null ? await query("BEGIN").then(() => "") : await owner.begin(query);
    try {
      const results: unknown[] = [];
      for (const { work } of jobs) results.push(await work(query));
      last = { mark, results };
      await query("COMMIT");
      last = null;
      return results;
    } catch (error) {
      onTakenBack();
      if (!passes(error)) await query("ROLLBACK");
      throw error;
    }
  };
  const take = async (jobs: readonly Job[]): Promise<void> => {
    last = null;
    try {
      const results = await session.run((query) => transact(query, jobs));
      for (const [i, { resolve }] of jobs.entries()) resolve(results[i] as never);
    } catch (error) {
      const isTheirs =
        error instanceof PostgresRefusedError || (error instanceof SubnetError && error.code === "INVALID_ARGUMENT");
      if (jobs.length > 1 && isTheirs) for (const job of jobs) await take([job]);
      else for (const { reject } of jobs) reject(error);
    }
  };
  const go = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    // What else comes in this turn of the loop goes with it.
    await Promise.resolve();
    while (waiting.length > 0) await take(waiting.splice(0, AT_ONCE));
    isBusy = false;
  };
  return {
    submit: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve, reject });
        void go();
      }),
  };
}
