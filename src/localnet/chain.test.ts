import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { type Chain, ChainRefusedError, ChainUnreachableError } from "../chain/index.ts";
import { silentLogger, systemClock } from "../core/index.ts";
import { serve } from "../protocol/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { connectLedger, createLedger, createLedgerApp, createLocalnet, type Ledger, ledgerChain } from "./index.ts";

const cold = keypairFromUri("//cold").signer;
const hot = keypairFromUri("//hot").signer;
const other = keypairFromUri("//other").signer;
const ledgerKey = keypairFromUri("//ledger").address;
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

async function served(ledger: Ledger): Promise<Chain> {
  const server = await serve(
    createLedgerApp({ self: ledgerKey }, { ledger, clock: systemClock, logger: silentLogger }),
    { port: 0 },
  );
  closers.push(() => server.close());
  return connectLedger({ endpoint: server.url }, { clock: systemClock });
}

const ROW = { type: "set_weights", netuid: 1, mechanism: 0, uids: [], weights: [], versionKey: 0 } as const;
const register = (chain: Chain, hotkey: string) =>
  chain.submit({ type: "register", netuid: 1, hotkey, maxBurnRao: null }, cold);

/** What the ledger says beyond what every chain must (test/support/chain-suite.ts). */
function testChain(name: string, make: (ledger: Ledger) => Promise<Chain>): void {
  describe(`the Chain port ${name}`, () => {
    it("rejects with the chain's own refusal and its values", async () => {
      const chain = await make(createLedger({ seed: 1 }));
      await expect(chain.metagraph({ netuid: 9 })).rejects.toBeInstanceOf(ChainRefusedError);
      await expect(chain.submit(ROW, hot)).rejects.toMatchObject({
        refusal: "HotKeyNotRegisteredInSubNet",
        values: { Netuid: 1, Hotkey: hot.address },
      });
    });

    it("acts in the name of the key that signed, and of no other", async () => {
      const ledger = createLedger({ seed: 1 });
      const chain = await make(ledger);
      await register(chain, hot.address);
      await expect(
        chain.submit({ type: "add_stake", netuid: 1, hotkey: hot.address, amountRao: 1n }, other),
      ).rejects.toMatchObject({ refusal: "NonAssociatedColdKey" });
    });
  });
}
testChain("in process", async (ledger) => ledgerChain(ledger));
testChain("over HTTP", served);

describe("a served ledger", () => {
  it("refuses a call that is not signed, and one that it does not know, by field", async () => {
    const app = createLedgerApp(
      { self: ledgerKey },
      { ledger: createLedger({ seed: 1 }), clock: systemClock, logger: silentLogger },
    );
    expect((await app.request("/calls", { method: "POST", body: "{}" })).status).toBe(401);
    expect((await app.request("/nothing")).status).toBe(404);
    const chain = await served(createLedger({ seed: 1 }));
    const axon = { ip: "127.0.0.1", port: 70_000, version: 0 };
    await expect(chain.submit({ type: "serve_axon", netuid: 1, axon }, hot)).rejects.toThrow("axon.port");
    await expect(register(chain, "5nonsense")).rejects.toThrow("hotkey is not an SS58 address");
  });

  it("is unreachable, in words and not those of a JSON parser, when a web server answers that is no ledger", async () => {
    const server = createServer((_, response) => response.end("<!DOCTYPE html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const stranger = connectLedger({ endpoint: `http://127.0.0.1:${port}` }, { clock: systemClock });
    await expect(stranger.head()).rejects.toThrow("something answers there that is no ledger: not JSON");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("is unreachable with the endpoint, the problem and what to do, when nobody is there", async () => {
    const nobody = connectLedger({ endpoint: "http://127.0.0.1:1" }, { clock: systemClock });
    await expect(nobody.head()).rejects.toBeInstanceOf(ChainUnreachableError);
    await expect(nobody.head()).rejects.toThrow(
      "Hint: For --subtensor.network local start one first: npx conversion-subnet localnet",
    );
    const stranger = await serve({ fetch: () => new Response("<html>") }, { port: 0 });
    closers.push(() => stranger.close());
    await expect(connectLedger({ endpoint: stranger.url }, { clock: systemClock }).head()).rejects.toBeInstanceOf(
      ChainUnreachableError,
    );
  });
});

describe("a local network", () => {
  it("makes blocks by itself, serves them, and stops", async () => {
    const localnet = createLocalnet(
      { seed: 1, blockTimeMs: 5, listen: { host: "127.0.0.1", port: 0 } },
      { clock: systemClock, logger: silentLogger },
    );
    await localnet.start();
    const chain = connectLedger({ endpoint: localnet.status().url ?? "" }, { clock: systemClock });
    while ((await chain.head()).block < 3);
    await localnet.stop();
    const { block, url } = localnet.status();
    expect(url).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(localnet.status().block).toBe(block);
  });

  it("is served on loopback only", () => {
    const listen = { host: "0.0.0.0", port: 9944 };
    expect(() =>
      createLocalnet({ seed: 1, blockTimeMs: 5, listen }, { clock: systemClock, logger: silentLogger }),
    ).toThrow("host must be a loopback address");
  });
});
