import { afterEach, describe, expect, it } from "vitest";
import { ChainUnreachableError, RAO_PER_TAO } from "../chain/index.ts";
import { silentLogger, systemClock } from "../core/index.ts";
import { type RunningServer, serve } from "../protocol/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { connectLocalnetDev, createLedger, createLedgerApp, type Ledger } from "./index.ts";

const self = keypairFromUri("//dev app test").address;
const [cold, hot] = [keypairFromUri("//dev app test//cold").address, keypairFromUri("//dev app test//hot").address];
const appOf = (ledger: Ledger) => createLedgerApp({ self }, { ledger, clock: systemClock, logger: silentLogger });

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
async function served(ledger: Ledger) {
  server = await serve(appOf(ledger), { port: 0 });
  return connectLocalnetDev({ endpoint: server.url });
}

describe("development commands", () => {
  it("mint, register, advance, configure and ask for an epoch, signed by nobody", async () => {
    const ledger = createLedger({ seed: 1, faucetRao: 0n });
    const dev = await served(ledger);
    expect(await dev.mint({ coldkey: cold, amountRao: 5n })).toBe(5n);
    expect(await dev.register({ netuid: 1, hotkey: hot, coldkey: cold, stakeRao: 7n * RAO_PER_TAO })).toBe(0);
    expect([ledger.balance(cold), ledger.metagraph(1).neurons[0]?.stakeRao]).toEqual([0n, 7n * RAO_PER_TAO]);
    expect(await dev.advance({ blocks: 1_234 })).toBe(1_234);
    const changes = { tempo: 7, commitReveal: true, burnRao: 3n * RAO_PER_TAO };
    expect(await dev.configure({ netuid: 1, changes })).toMatchObject(changes);
    const { pendingEpochAt, epochIndex } = await dev.epoch({ netuid: 1 });
    expect(pendingEpochAt).toBe(1_235);
    await dev.advance({ blocks: 1 });
    expect(ledger.epochState(1)).toMatchObject({
      lastEpochBlock: 1_235,
      epochIndex: epochIndex + 1,
      pendingEpochAt: 0,
    });
  });

  it("say what is wrong by the chain's name, or by field", async () => {
    const dev = await served(createLedger({ seed: 1 }));
    await expect(dev.register({ netuid: 9, hotkey: hot, coldkey: cold })).rejects.toMatchObject({
      refusal: "SubnetNotExists",
    });
    await expect(dev.mint({ coldkey: "5nonsense", amountRao: 1n })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      shortMessage: "coldkey is not an SS58 address.",
    });
    await expect(dev.configure({ netuid: 1, changes: { tempo: 0 } })).rejects.toThrow("tempo must be a whole number");
    await expect(dev.configure({ netuid: 1, changes: { tempo: 2, commitReveal: true } })).rejects.toThrow("at least 4");
    await expect(dev.advance({ blocks: 2_000_000 })).rejects.toThrow("blocks");
    await server?.close();
    await expect(dev.advance({ blocks: 1 })).rejects.toBeInstanceOf(ChainUnreachableError);
  });

  it("are not for web pages: neither with an origin, nor as what a page may send unasked", async () => {
    const ledger = createLedger({ seed: 1 });
    const send = async (headers: Record<string, string>) =>
      (await appOf(ledger).request("/dev/advance", { method: "POST", headers, body: '{"blocks":1}' })).status;
    expect(await send({ "content-type": "text/plain" })).toBe(403);
    expect(await send({ "content-type": "application/json", origin: "http://evil.example" })).toBe(403);
    expect(ledger.block).toBe(0);
    expect(await send({ "content-type": "application/json" })).toBe(200);
    expect(ledger.block).toBe(1);
  });

  it("refuse a body that is too large as such, declared or not", async () => {
    const app = appOf(createLedger({ seed: 1 }));
    const headers = { "content-type": "application/json" };
    for (const path of ["/dev/mint", "/describe"]) {
      const body = " ".repeat(70_000);
      const declared = { ...headers, "content-length": "70000" };
      for (const given of [headers, declared]) {
        const answer = await app.request(path, { method: "POST", headers: given, body });
        expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: "BODY_TOO_LARGE" } }]);
      }
    }
  });

  it("let others be answered while slow epochs are run", async () => {
    const ledger = createLedger({ seed: 1 });
    const advances: number[] = [];
    const slow: Ledger = {
      ...ledger,
      advance(blocks) {
        advances.push(blocks);
        const endMs = performance.now() + blocks * 5;
        while (performance.now() < endMs);
        return ledger.advance(blocks);
      },
    };
    await appOf(slow).request("/dev/advance", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"blocks":60}',
    });
    expect(ledger.block).toBe(60);
    expect(Math.max(...advances)).toBeLessThanOrEqual(8);
  });
});
