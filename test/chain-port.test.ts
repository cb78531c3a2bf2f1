/**
 * The suite of the Chain port against everything that is one: the ledger in this process, the ledger behind HTTP, and, when
 * SUBTENSOR_ENDPOINT names a node, Subtensor there: SUBTENSOR_NETUID (1) is a subnet that has been started, SUBTENSOR_COLDKEY (//Alice) a
 * development key with some 10,000 TAO. What the node's subnet is not set to (commit and reveal, or in the clear) is skipped.
 */
import { silentLogger, sleep, systemClock } from "../src/core/index.ts";
import { connectLedger, createLedger, createLedgerApp, ledgerChain } from "../src/localnet/index.ts";
import { serve } from "../src/protocol/index.ts";
import { connectSubtensor } from "../src/subtensor/index.ts";
import { keypairFromUri } from "../src/wallet/index.ts";
import { type BenchSettings, type ChainBench, testChainPort } from "./support/chain-suite.ts";

const NETUID = 1;
const coldkey = keypairFromUri("//chain port//cold").signer;
const key = (name: string) => keypairFromUri(`//chain port//${name}`).signer;

const ledgerWith = (settings: Required<BenchSettings>) =>
  createLedger({ seed: "chain port", subnets: { [NETUID]: settings } });

testChainPort("on the ledger in this process", async (settings): Promise<ChainBench> => {
  const ledger = ledgerWith(settings);
  return {
    chain: ledgerChain(ledger),
    netuid: NETUID,
    coldkey,
    key,
    blocks: async (count) => void ledger.advance(count),
    close: async () => undefined,
  };
});

testChainPort("on the ledger behind HTTP", async (settings): Promise<ChainBench> => {
  const ledger = ledgerWith(settings);
  const self = keypairFromUri("//chain port//ledger").address;
  const server = await serve(createLedgerApp({ self }, { ledger, clock: systemClock, logger: silentLogger }), {
    port: 0,
  });
  return {
    chain: connectLedger({ endpoint: server.url }, { clock: systemClock }),
    netuid: NETUID,
    coldkey,
    key,
    blocks: async (count) => void ledger.advance(count),
    close: () => server.close(),
  };
});

const endpoint = process.env.SUBTENSOR_ENDPOINT;
if (endpoint !== undefined) {
  const run = `//chain port ${Date.now()}`;
  let tests = 0;
  testChainPort(
    `on Subtensor at ${endpoint}`,
    async (): Promise<ChainBench> => {
      const chain = connectSubtensor(
        { network: endpoint, reads: "best" },
        { clock: systemClock, logger: silentLogger },
      );
      tests += 1;
      const mine = `${run}//${tests}`;
      return {
        chain,
        netuid: Number(process.env.SUBTENSOR_NETUID ?? NETUID),
        coldkey: keypairFromUri(process.env.SUBTENSOR_COLDKEY ?? "//Alice").signer,
        key: (name) => keypairFromUri(`${mine}//${name}`).signer,
        async blocks(count) {
          const until = (await chain.head()).block + count;
          while ((await chain.head()).block < until) await sleep(200);
        },
        close: () => chain.close(),
      };
    },
    { timeoutMs: 30 * 60_000 },
  );
}
