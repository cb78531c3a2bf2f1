import type { Clock, Counter, Histogram, Metrics } from "../core/index.ts";
import { ChainRefusedError, ChainUnreachableError } from "./errors.ts";
import type { Chain } from "./port.ts";

type Outcome = "ok" | "refused" | "unreachable" | "failed";

function outcomeOf(error: unknown): Outcome {
  if (error instanceof ChainRefusedError) return "refused";
  return error instanceof ChainUnreachableError ? "unreachable" : "failed";
}

/**
 * A chain that does what the given one does, and counts what is asked of it, how long that takes, and what comes of writes. How old the newest
 * block is it knows from the answers that pass by: it asks nothing of its own.
 *
 * @example
 * const chain = meteredChain(connectSubtensor(options, modules), { metrics, clock: systemClock });
 * (await chain.head()).block; // 4012345
 */
export function meteredChain<T extends Chain>(
  chain: T,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): T {
  const durations = new Map<string, Histogram>();
  const counters = new Map<string, Counter>();
  const block = metrics.gauge("conversion_subnet_chain_block");
  const age = metrics.gauge("conversion_subnet_chain_block_age_seconds");
  let newest = -1;
  let seenMs = 0;
  const unfollow = metrics.onScrape(() => {
    if (newest < 0) return;
    block(newest);
    age((clock.monotonicMs() - seenMs) / 1_000);
  });

  const see = (number: number) => {
    if (number <= newest) return;
    newest = number;
    seenMs = clock.monotonicMs();
  };
  const count = (name: "calls" | "writes", call: string, outcome: Outcome) => {
    const key = `${name} ${call} ${outcome}`;
    const counter = counters.get(key) ?? metrics.counter(`conversion_subnet_chain_${name}_total`, { call, outcome });
    counters.set(key, counter);
    counter();
  };
  const timed = async <R>(call: string, work: () => Promise<R>): Promise<R> => {
    const startMs = clock.monotonicMs();
    let outcome: Outcome = "ok";
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      count("calls", call, outcome);
      const observe =
        durations.get(call) ?? metrics.histogram("conversion_subnet_chain_call_duration_seconds", { call });
      durations.set(call, observe);
      observe((clock.monotonicMs() - startMs) / 1_000);
    }
  };
  /** The same, for answers that name the block they are of. */
  const seen = async <R extends { readonly block: number }>(call: string, work: () => Promise<R>): Promise<R> => {
    const answer = await timed(call, work);
    see(answer.block);
    return answer;
  };

  return {
    ...chain,
    info: (options) => timed("info", () => chain.info(options)),
    head: (options) => seen("head", () => chain.head(options)),
    metagraph: (query, options) => seen("metagraph", () => chain.metagraph(query, options)),
    hyperparameters: (query, options) => timed("hyperparameters", () => chain.hyperparameters(query, options)),
    subnets: (options) => timed("subnets", () => chain.subnets(options)),
    uid: (query, options) => timed("uid", () => chain.uid(query, options)),
    balance: (query, options) => timed("balance", () => chain.balance(query, options)),
    epochState: (query, options) => seen("epochState", () => chain.epochState(query, options)),
    weights: (query, options) => timed("weights", () => chain.weights(query, options)),
    pendingCommits: (query, options) => timed("pendingCommits", () => chain.pendingCommits(query, options)),
    describe: (call, options) => timed("describe", () => chain.describe(call, options)),
    async submit(call, signer, options) {
      try {
        const receipt = await chain.submit(call, signer, options);
        count("writes", call.type, "ok");
        see(receipt.block);
        return receipt;
      } catch (error) {
        count("writes", call.type, outcomeOf(error));
        throw error;
      }
    },
    close() {
      unfollow();
      return chain.close();
    },
  };
}
