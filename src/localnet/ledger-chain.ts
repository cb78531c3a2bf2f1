import type { Chain } from "../chain/index.ts";
import type { Call } from "./calls.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The Chain port on a ledger in the same process. No signature is asked: whoever holds the ledger could do anything to it anyway.
 *
 * @example
 * await ledgerChain(createLedger({ seed: 7 })).block(); // 0
 */
export function ledgerChain(ledger: Ledger): Chain {
  const submit = async (call: Call, caller: string) => ledger.submit(call, caller);
  return {
    network: "local",
    block: async () => ledger.block,
    metagraph: async ({ netuid }) => ledger.metagraph(netuid),
    hyperparameters: async ({ netuid }) => ledger.hyperparameters(netuid),
    balance: async ({ coldkey }) => ledger.balance(coldkey),
    async register({ netuid, hotkey, signer }) {
      return { uid: ledger.submit({ type: "register", netuid, hotkey }, signer.address).uid };
    },
    async addStake({ signer, ...call }) {
      await submit({ type: "add_stake", ...call }, signer.address);
    },
    async serveAxon({ signer, ...call }) {
      await submit({ type: "serve_axon", ...call }, signer.address);
    },
    async setWeights({ signer, uids, weights, ...call }) {
      await submit({ type: "set_weights", uids: [...uids], weights: [...weights], ...call }, signer.address);
    },
    close: async () => undefined,
  };
}
