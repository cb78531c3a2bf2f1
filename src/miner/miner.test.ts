import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AxonInfo, addStake, type Chain, neuronOf, RAO_PER_TAO, register, serveAxon } from "../chain/index.ts";
import { createLogger, createManualClock, silentLogger, sleep, systemClock } from "../core/index.ts";
import { createLedger, type Ledger, ledgerChain } from "../localnet/index.ts";
import {
  axon,
  btauth,
  type Client,
  createClient,
  NonceStoreUnavailableError,
  type Peer,
  serve,
  type WireFormat,
} from "../protocol/index.ts";
import { type Answer, fromVector, type Question } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createMiner, type Miner, type MinerModules, type MinerOptions } from "./miner.ts";
import type { Predictor } from "./predictor.ts";

const cold = keypairFromUri("//miner test//cold").signer;
const signer = keypairFromUri("//miner test//miner").signer;
const validator = keypairFromUri("//miner test//validator").signer;
const question: Question = {
  sessionId: "q-1",
  features: fromVector(Float64Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : Number.NaN))),
  landmark: { messages: 4 },
  horizonSeconds: 1800,
};
const base: Answer = {
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: 0.4,
  timeIfConvertedSeconds: 90,
};
const own: Answer = { conversionHappened: 1, timeToConversionSeconds: 62, confidence: 0.9, timeIfConvertedSeconds: 62 };
const steady: Predictor = { name: "steady", predict: () => own };

let ledger: Ledger;
let announced: AxonInfo[];
let chain: Chain;
let lines: { message: string; level: string }[];
let miners: Miner[];
let client: Client;

/** Two are registered, the validator with a permit; the chain writes down every axon it is told. */
beforeEach(async () => {
  ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
  const ledgers = ledgerChain(ledger);
  announced = [];
  chain = {
    ...ledgers,
    submit: (call, ...rest) => {
      if (call.type === "serve_axon" && call.axon !== null) announced.push(call.axon);
      return ledgers.submit(call, ...rest);
    },
  };
  for (const { address } of [validator, signer]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: validator.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 2; i++) ledger.produceBlock();
  lines = [];
  miners = [];
  client = createClient({}, { signer: validator });
});
afterEach(async () => {
  client.close();
  for (const miner of miners) await miner.stop();
});

function make(changes: Partial<MinerOptions> = {}, modules: Partial<MinerModules> = {}): Miner {
  const write = (line: string) => void lines.push(JSON.parse(line));
  const miner = createMiner(
    {
      netuid: 1,
      host: "127.0.0.1",
      port: 0,
      predictDeadlineMs: 1_000,
      serveBaseline: false,
      chainPollMs: 5,
      version: 1_000,
      ...changes,
    },
    {
      chain,
      signer,
      predictor: steady,
      baseline: () => base,
      clock: systemClock,
      logger: createLogger({ level: "debug", format: "json", write, nowMs: () => 0 }),
      ...modules,
    },
  );
  miners.push(miner);
  return miner;
}
const started = async (...args: Parameters<typeof make>) => {
  const miner = make(...args);
  await miner.start();
  return miner;
};
const axonOf = (hotkey: string) => neuronOf(ledger.metagraph(1), hotkey)?.axon ?? null;
function peer(): Peer {
  const axon = axonOf(signer.address);
  return { hotkey: signer.address, host: axon?.ip ?? "", port: axon?.port ?? 0 };
}
const until = async (condition: () => boolean) => {
  while (!condition()) await sleep(2);
};

describe("a miner", () => {
  it("announces where it serves and answers the validator there", async () => {
    const miner = await started();
    expect(axonOf(signer.address)).toEqual({ ip: "127.0.0.1", port: peer().port, version: 1_000 });
    const result = await client.ask(peer(), question);
    expect(result).toMatchObject({ ok: true, answer: own });
    expect(miner.status()).toMatchObject({
      serving: true,
      url: `http://127.0.0.1:${peer().port}`,
      uid: 1,
      predictor: "steady",
      predicted: 1,
      requests: { OK: 1 },
    });
  });

  it("answers a validator of SDK 10 and one of SDK 11 on one port, or only the one that it is told to", async () => {
    const askIn = async (wire: WireFormat) => {
      const one = createClient({ wires: [wire] }, { signer: validator });
      const result = await one.ask(peer(), question);
      one.close();
      return result.ok ? 200 : result.status;
    };
    const both = await started();
    expect([await askIn(btauth), await askIn(axon)]).toEqual([200, 200]);
    await both.stop();
    await started({ wires: [btauth] });
    expect([await askIn(btauth), await askIn(axon)]).toEqual([200, 401]);
  });

  it("refuses every question while its shared nonces cannot be asked, and says so", async () => {
    const away = { ready: false, retentionMs: 15_000 };
    const accept = () => Promise.reject(new NonceStoreUnavailableError({ problem: "away" }));
    const miner = await started({}, { nonceStore: { ...away, accept } });
    expect(await client.ask(peer(), question)).toMatchObject({ ok: false, reason: "refused", status: 503 });
    expect(miner.status()).toMatchObject({ serving: true, accepting: false, requests: { NONCE_STORE_UNAVAILABLE: 1 } });
    expect((await started()).status().accepting).toBe(true);
  });

  it("announces its axon once, and not again when it is unchanged", async () => {
    const first = await started();
    const { port } = peer();
    await first.stop();
    await started({ port });
    expect(announced).toHaveLength(1);
    await miners[1]?.stop();
    await started({ port, externalPort: 9_000, externalIp: "203.0.113.7" });
    expect(announced[1]).toEqual({ ip: "203.0.113.7", port: 9_000, version: 1_000 });
  });

  it("announces its axon again when the chain no longer has it", async () => {
    await started();
    const { port } = peer();
    await serveAxon(chain, { netuid: 1, axon: { ip: "203.0.113.9", port: 1, version: 1 }, signer });
    await until(() => peer().port === port);
  });

  it("defect 9: refuses to start without a model, before it does anything", async () => {
    const miner = make({}, { predictor: null });
    await expect(miner.start()).rejects.toMatchObject({ code: "NO_MODEL" });
    expect([miner.status().serving, announced]).toEqual([false, []]);
  });

  it("defect 9: serves the baseline only when told to, says so loudly, and answers it every time", async () => {
    const miner = await started({ serveBaseline: true }, { predictor: null });
    expect(lines.find(({ level }) => level === "warn")?.message).toContain("SERVING THE BASELINE");
    for (let i = 0; i < 3; i++) expect(await client.ask(peer(), question)).toMatchObject({ answer: base });
    expect(miner.status().predictor).toBe("baseline");
  });

  it("does not start for a hotkey that is not registered, and says how to register it", async () => {
    const stranger = keypairFromUri("//miner test//stranger").signer;
    const miner = make({}, { signer: stranger });
    await expect(miner.start()).rejects.toMatchObject({ code: "NOT_REGISTERED", hotkey: stranger.address });
    expect(miner.status().serving).toBe(false);
  });

  it("that has neither registration nor model says first how to register", async () => {
    const stranger = keypairFromUri("//miner test//stranger").signer;
    const registerCommand = "npx conversion-subnet subnets register --wallet.name me";
    const miner = make({ registerCommand }, { signer: stranger, predictor: null });
    await expect(miner.start()).rejects.toThrow(`Hint: Register it: ${registerCommand}`);
  });

  it.each<[host: string, externalIp?: string]>([["0.0.0.0"], ["::"], ["localhost"], ["127.0.0.1", "0.0.0.0"]])(
    "refuses to announce what nobody can be asked at (listening on %s, external %s)",
    async (host, externalIp) => {
      const miner = make({ host, externalIp });
      await expect(miner.start()).rejects.toMatchObject({ code: "NO_EXTERNAL_IP" });
      expect([miner.status().serving, announced]).toEqual([false, []]);
    },
  );

  it("listens on every address when it is told which one to announce", async () => {
    await started({ host: "0.0.0.0", externalIp: "127.0.0.1" });
    expect(await client.ask(peer(), question)).toMatchObject({ ok: true, answer: own });
  });

  it("answers the baseline over the wire, and counts it, while its predictor fails", async () => {
    const broken: Predictor = {
      name: "broken",
      predict() {
        throw new Error("out of memory");
      },
    };
    const miner = await started({}, { predictor: broken });
    expect(await client.ask(peer(), question)).toMatchObject({ ok: true, answer: base });
    expect(miner.status()).toMatchObject({ predicted: 0, fallbacks: 1, lastFailure: "out of memory" });
  });

  it("refuses rivals and strangers before the predictor is asked, and counts them", async () => {
    let asked = 0;
    const counting: Predictor = {
      name: "counting",
      predict() {
        asked += 1;
        return own;
      },
    };
    const miner = await started({}, { predictor: counting });
    const rival = createClient({}, { signer: keypairFromUri("//miner test//rival").signer });
    const stranger = await rival.ask(peer(), question);
    expect(stranger).toMatchObject({ ok: false, reason: "refused", status: 403 });
    await register(chain, { netuid: 1, hotkey: keypairFromUri("//miner test//rival").address, signer: cold });
    ledger.produceBlock();
    await sleep(30);
    expect(await rival.ask(peer(), question)).toMatchObject({ ok: false, status: 403 });
    rival.close();
    expect([asked, miner.status().requests]).toEqual([0, { FORBIDDEN: 2 }]);
  });

  it("learns of a permit from the chain while it runs, and says once that it is no longer registered", async () => {
    const miner = await started();
    expect(await client.ask(peer(), question)).toMatchObject({ ok: true });
    const everybody = chain.metagraph;
    const forgotten = async (...args: Parameters<Chain["metagraph"]>) => {
      const metagraph = await everybody(...args);
      return { ...metagraph, neurons: metagraph.neurons.filter(({ hotkey }) => hotkey !== signer.address) };
    };
    Object.assign(chain, { metagraph: forgotten });
    await until(() => miner.status().uid === null);
    await sleep(20);
    expect(lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "This hotkey is no longer registered: nobody will ask it",
    ]);
    Object.assign(chain, { metagraph: everybody });
    await until(() => miner.status().uid === 1);
  });

  it("looks at the chain again before it refuses a caller that may have got its permit since, at most once a second", async () => {
    const clock = createManualClock(Date.now());
    await started({ chainPollMs: 1e6 }, { clock: { ...systemClock, monotonicMs: clock.monotonicMs } });
    const newcomer = keypairFromUri("//miner test//newcomer").signer;
    const asking = createClient({}, { signer: newcomer });
    expect(await asking.ask(peer(), question)).toMatchObject({ ok: false, status: 403 });
    await register(chain, { netuid: 1, hotkey: newcomer.address, signer: cold });
    await addStake(chain, { netuid: 1, hotkey: newcomer.address, amountRao: 50n * RAO_PER_TAO, signer: cold });
    for (let i = 0; i < 40; i++) ledger.produceBlock();
    expect(await asking.ask(peer(), question)).toMatchObject({ ok: false, status: 403 });
    clock.advance(1_001);
    expect(await asking.ask(peer(), question)).toMatchObject({ ok: true });
    asking.close();
  });

  it("refuses none of many questions at once of a validator that has just got its permit, and looks once for all", async () => {
    await started({ chainPollMs: 1e6 });
    const newcomer = keypairFromUri("//miner test//newcomer").signer;
    await register(chain, { netuid: 1, hotkey: newcomer.address, signer: cold });
    await addStake(chain, { netuid: 1, hotkey: newcomer.address, amountRao: 50n * RAO_PER_TAO, signer: cold });
    for (let i = 0; i < 2; i++) ledger.produceBlock();
    let looks = 0;
    const { metagraph } = chain;
    const slowly: Chain["metagraph"] = async (...args) => {
      looks += 1;
      await sleep(100);
      return metagraph(...args);
    };
    Object.assign(chain, { metagraph: slowly });
    const asking = createClient({}, { signer: newcomer });
    const results = await Promise.all(Array.from({ length: 20 }, () => asking.ask(peer(), question)));
    asking.close();
    expect([results.filter(({ ok }) => ok).length, looks]).toEqual([20, 1]);
  });

  it("goes on answering while the chain is down", async () => {
    await started();
    let reads = 0;
    const metagraph = async () => {
      reads += 1;
      throw new Error("the chain is down");
    };
    Object.assign(chain, { metagraph });
    await until(() => reads >= 2);
    expect(await client.ask(peer(), question)).toMatchObject({ ok: true, answer: own });
  });

  it("stops: the port is free, the chain is left alone, and stopping twice is no error", async () => {
    const miner = await started();
    const { port } = peer();
    await miner.stop();
    await miner.stop();
    expect(miner.status()).toMatchObject({ serving: false, url: null });
    const next = await serve({ fetch: () => new Response() }, { port });
    await next.close();
    const { block } = ledger;
    await sleep(20);
    expect([ledger.block, announced.length]).toEqual([block, 1]);
  });

  it("that is stopped while it starts is never announced, and leaves no port open", async () => {
    const miner = make({}, { logger: silentLogger });
    const starting = miner.start();
    await miner.stop();
    await expect(starting).rejects.toThrow("The miner was stopped.");
    expect([miner.status().url === null, announced]).toEqual([true, []]);
  });
});
