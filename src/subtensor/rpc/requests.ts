import { ChainUnreachableError } from "../../chain/index.ts";
import type { Connection, Outcome } from "./connection.ts";
import { FateUnknownError, RpcRefusedError } from "./errors.ts";
import type { RpcOptions } from "./options.ts";

/** What bounds one request. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** In place of the client's. */
  readonly timeoutMs?: number | undefined;
}

/** For subscriptions: what to do with an answer in the very moment it comes, and when nobody waits any more. */
export interface SubscribeHooks {
  onResult(result: unknown, connection: Connection): void;
  onAbandoned(result: unknown, connection: Connection): void;
}

/** The requests that wait for their answers. */
export interface Requests {
  ask(method: string, params: readonly unknown[], options: RequestOptions, hooks?: SubscribeHooks): Promise<unknown>;
  onUp(connection: Connection): void;
  onLost(connection: Connection, problem: string): void;
  endAll(error: unknown): void;
  size(): number;
}

interface Job {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly hooks: SubscribeHooks | undefined;
  attempts: number;
  sentOn: Connection | null;
  forget(): void;
  answer(outcome: Outcome, connection: Connection): void;
  fail(error: unknown): void;
}

/** What changes something, so it must not be sent twice. */
const isWrite = (method: string) => method.startsWith("author_submit");

/**
 * Requests with deadlines over connections that come and go: a read that was on its way is sent again over the next connection, a
 * write is not, and says so.
 */
export function createRequests(
  { timeoutMs: usualMs, maxPending, maxAttempts }: RpcOptions,
  { connection, where }: { connection(): Connection | null; where(): { endpoint: string; problem: string | null } },
): Requests {
  const jobs = new Set<Job>();
  let over: { readonly error: unknown } | null = null;
  /** Subscriptions given up before their name came: the connection still waits for it, to end them. */
  let abandoned = 0;

  const unreachable = (problem: string) => {
    const { endpoint, problem: last } = where();
    return new ChainUnreachableError({ endpoint, problem: last === null ? problem : `${problem}; last, ${last}` });
  };
  const lost = ({ method, sentOn }: Job, problem: string) =>
    isWrite(method) && sentOn !== null
      ? new FateUnknownError({ endpoint: where().endpoint, method, problem })
      : unreachable(problem);

  const dispatch = (job: Job, to: Connection) => {
    job.attempts += 1;
    job.sentOn = to;
    job.forget = to.send(job.method, job.params, (outcome) => job.answer(outcome, to), job.hooks !== undefined);
  };

  const ask: Requests["ask"] = (method, params, { signal, timeoutMs = usualMs }, hooks) =>
    new Promise((resolve, reject) => {
      if (over) return reject(over.error);
      if (signal?.aborted) return reject(signal.reason);
      if (jobs.size + abandoned >= maxPending) return reject(unreachable(`${maxPending} requests wait already`));
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        jobs.delete(job);
      };
      const job: Job = {
        method,
        params,
        hooks,
        attempts: 0,
        sentOn: null,
        forget: () => undefined,
        answer(outcome, from) {
          const waited = jobs.has(job);
          leave();
          if (!waited) abandoned = Math.max(0, abandoned - 1);
          if ("refused" in outcome) {
            const { code: rpcCode, message, data } = outcome.refused;
            return reject(new RpcRefusedError({ method, rpcCode, message, data }));
          }
          if (waited) hooks?.onResult(outcome.result, from);
          else hooks?.onAbandoned(outcome.result, from);
          resolve(outcome.result);
        },
        fail(error) {
          leave();
          // A subscription that nobody wants any more has to be ended when its name comes.
          if (hooks === undefined) job.forget();
          else if (job.sentOn !== null) abandoned += 1;
          reject(error);
        },
      };
      const onAbort = () => job.fail(signal?.reason);
      const timer = setTimeout(() => job.fail(lost(job, `no answer to ${method} within ${timeoutMs} ms`)), timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      jobs.add(job);
      const to = connection();
      if (to) dispatch(job, to);
    });

  return {
    ask,
    onUp(to) {
      abandoned = 0;
      for (const job of [...jobs]) if (job.sentOn === null) dispatch(job, to);
    },
    onLost(from, problem) {
      for (const job of [...jobs]) {
        if (job.sentOn !== from) continue;
        if (isWrite(job.method)) job.fail(lost(job, problem));
        else if (job.attempts >= maxAttempts) job.fail(unreachable(`${job.method} failed ${job.attempts} times`));
        else job.sentOn = null;
      }
    },
    endAll(error) {
      over = { error };
      for (const job of [...jobs]) job.fail(error);
    },
    size: () => jobs.size,
  };
}
