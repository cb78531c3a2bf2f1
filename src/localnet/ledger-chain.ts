import type { CallOptions, Chain } from "../chain/index.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The Chain port on a ledger in the same process. No signature is asked: whoever holds the ledger could do anything to it anyway.
 *
 * @example
 * (await ledgerChain(createLedger({ seed: 7 })).head()).block; // 0
 */
export function ledgerChain(ledger: Ledger): Chain {
  const now = async <T>({ signal }: CallOptions = {}, work: () => T): Promise<T> => {
    signal?.throwIfAborted();
    return work();
  };
  return {
    network: "local",
    info: (options) => now(options, ledger.info),
    head: (options) => now(options, ledger.head),
    metagraph: ({ netuid, mechanism }, options) => now(options, () => ledger.metagraph(netuid, mechanism)),
    hyperparameters: ({ netuid }, options) => now(options, () => ledger.hyperparameters(netuid)),
    subnets: (options) => now(options, ledger.subnets),
    uid: ({ netuid, hotkey }, options) => now(options, () => ledger.uid(netuid, hotkey)),
    balance: ({ coldkey }, options) => now(options, () => ledger.balance(coldkey)),
    epochState: ({ netuid }, options) => now(options, () => ledger.epochState(netuid)),
    weights: ({ netuid, mechanism }, options) => now(options, () => ledger.weights(netuid, mechanism)),
    pendingCommits: (query, options) => now(options, () => ledger.pendingCommits(query)),
    describe: (call, options) => now(options, () => ledger.describe(call)),
    submit: (call, signer, options) => now(options, () => ledger.submit(call, signer.address)),
    close: async () => undefined,
  };
}
