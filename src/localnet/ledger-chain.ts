import type { Chain } from "../chain/index.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The Chain port on a ledger in the same process. No signature is asked: whoever holds the ledger could do anything to it anyway.
 *
 * @example
 * (await ledgerChain(createLedger({ seed: 7 })).head()).block; // 0
 */
export function ledgerChain(ledger: Ledger): Chain {
  return {
    network: "local",
    info: async () => ledger.info(),
    head: async () => ledger.head(),
    metagraph: async ({ netuid, mechanism }) => ledger.metagraph(netuid, mechanism),
    hyperparameters: async ({ netuid }) => ledger.hyperparameters(netuid),
    subnets: async () => ledger.subnets(),
    uid: async ({ netuid, hotkey }) => ledger.uid(netuid, hotkey),
    balance: async ({ coldkey }) => ledger.balance(coldkey),
    epochState: async ({ netuid }) => ledger.epochState(netuid),
    weights: async ({ netuid, mechanism }) => ledger.weights(netuid, mechanism),
    pendingCommits: async (query) => ledger.pendingCommits(query),
    describe: async (call) => ledger.describe(call),
    submit: async (call, signer) => ledger.submit(call, signer.address),
    close: async () => undefined,
  };
}
