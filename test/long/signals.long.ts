/** What SIGHUP and SIGTERM do to nodes that run as processes: reload without dropping a request, and an end in order. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addStake, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { silentLogger, systemClock } from "../../src/core/index.ts";
import { createLocalnet, type Localnet, ledgerChain } from "../../src/localnet/index.ts";
import { createClient } from "../../src/protocol/index.ts";
import { keypairFromUri, writeWallet } from "../../src/wallet/index.ts";
import { questionOf } from "../support/feedback.ts";
import {
  CLI,
  environment,
  freePort,
  waitFor as heard,
  type Running,
  start,
  temporaryFolders,
} from "../support/processes.ts";

const cold = keypairFromUri("//signals//cold").signer;
const minerKey = keypairFromUri("//signals//miner");
const judge = keypairFromUri("//signals//judge");
const folders = temporaryFolders();
let home = "";
let localnet: Localnet;
const running: Running[] = [];

beforeAll(async () => {
  home = await folders.make();
  localnet = createLocalnet(
    { seed: 1, blockTimeMs: 200, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 } } },
    { clock: systemClock, logger: silentLogger },
  );
  const chain = ledgerChain(localnet.ledger);
  for (const { address } of [judge, minerKey]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: judge.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 3; i++) localnet.ledger.produceBlock();
  await localnet.start();
  const path = join(home, ".bittensor/wallets");
  await writeWallet({ path, name: "miner", hotkey: "default" }, { hotkey: minerKey });
  await writeWallet({ path, name: "judge", hotkey: "default" }, { hotkey: judge });
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(async () => {
  await localnet.stop();
  await folders.clear();
});

/** Waits until a process has said words so many times. */
async function waitFor(one: Running, words: string, times = 1): Promise<void> {
  await heard(one, words);
  while (one.text().split(words).length <= times) {
    if (one.child.exitCode !== null) throw new Error(`It ended before it said "${words}" again:\n${one.text()}`);
    await pause(20);
  }
}
const run = (...args: string[]) => {
  const one = start(process.execPath, [CLI, ...args], home, environment(home, localnet.status().url ?? ""));
  running.push(one);
  return one;
};
/** A program that takes its time and says which one it is. */
const program = (confidence: number, ms: number) =>
  `export const predict = async ({ sessionId }) => { process.stderr.write("asked ${confidence} " + sessionId.slice(-1) + "\\n"); await new Promise((done) => setTimeout(done, ${ms}));
  return { conversionHappened: 1, confidence: ${confidence}, timeToConversionSeconds: 60, timeIfConvertedSeconds: 60 }; };`;
const writeModel = (confidence: number, ms: number) => writeFile(join(home, "model.js"), program(confidence, ms));
const writeConfig = (port: number, more = "") =>
  writeFile(
    join(home, "conversion-subnet.yaml"),
    `wallet.name: miner\nminer:\n  model: model.js\n  axon.port: ${port}\n  model.watch: false\n${more}`,
  );

async function servingMiner() {
  const port = await freePort();
  await writeConfig(port);
  await writeModel(0.65, 1_500);
  const miner = run("miner", "run");
  await waitFor(miner, "Miner serving");
  const client = createClient({ timeoutMs: 8_000 }, { signer: judge.signer, clock: systemClock });
  const peer = { hotkey: minerKey.address, host: "127.0.0.1", port, version: 1_000 };
  const ask = (number = 7) => client.ask(peer, questionOf(number), { timeoutMs: 8_000 });
  /** A question that the miner is thinking about. */
  const begun = async (number: number) => {
    const reply = ask(number);
    const early = reply.then((result) => Promise.reject(new Error(`answered at once: ${JSON.stringify(result)}`)));
    await Promise.race([waitFor(miner, `asked 0.65 ${number}`), early]);
    early.catch(() => undefined);
    return { reply };
  };
  return { miner, port, ask, begun };
}

describe("a miner that runs", () => {
  it("on SIGHUP takes over model and policy, on SIGTERM ends with 0, and finishes both times what it was asked before", async () => {
    const { miner, port, ask, begun } = await servingMiner();
    const early = await begun(1);
    await writeModel(0.85, 0);
    await writeConfig(port, "  blacklist.min_stake: 5\n  axon.verify_threads: 0\n");
    miner.child.kill("SIGHUP");
    await waitFor(miner, "Reloaded");
    expect(miner.text()).toMatch(/Reloaded.*blacklist\.min_stake/);
    expect(miner.text()).toMatch(/count from the next start.*axon\.verify_threads/);
    expect(await early.reply).toMatchObject({ ok: true, answer: { confidence: 0.65 } });
    expect(await ask()).toMatchObject({ ok: true, answer: { confidence: 0.85 } });

    await writeConfig(port, `  blacklist.deny: [${judge.address}]\n`);
    miner.child.kill("SIGHUP");
    await waitFor(miner, "blacklist.deny");
    expect(await ask()).toMatchObject({ ok: false });

    await writeConfig(port, "  blacklist.deny: nobody\n  blacklist.min_steak: 1\n");
    miner.child.kill("SIGHUP");
    await waitFor(miner, "Not reloaded: it goes on as it was");
    expect(miner.text()).toContain("conversion-subnet.yaml:7:3: blacklist.min_steak is no setting of miner");
    await writeConfig(port);
    miner.child.kill("SIGHUP");
    await waitFor(miner, "blacklist.deny", 2);

    await writeModel(0.65, 1_500);
    miner.child.kill("SIGHUP");
    await waitFor(miner, "model=swapped", 2);
    const last = await begun(2);
    miner.child.kill("SIGTERM");
    expect(await last.reply).toMatchObject({ ok: true, answer: { confidence: 0.65 } });
    const { code, stderr } = await miner.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining("Miner stopping")]);
    expect(await ask()).toMatchObject({ ok: false });
  });

  it("at a second SIGTERM ends at once", async () => {
    const { miner, begun } = await servingMiner();
    const early = await begun(3);
    miner.child.kill("SIGTERM");
    await waitFor(miner, "Miner stopping");
    miner.child.kill("SIGTERM");
    expect((await miner.ended).code).toBe(143);
    expect(await early.reply).toMatchObject({ ok: false });
  });
});

describe("a validator that runs", () => {
  it("on SIGHUP takes over what its rounds and weights read, and on SIGTERM ends with 0", async () => {
    const config = join(home, "conversion-subnet.yaml");
    await writeFile(config, "wallet.name: judge\nvalidator: {history: ':memory:', neuron.sample_size: 3}\n");
    const validator = run("validator", "run");
    await waitFor(validator, "Validator started");
    await writeFile(
      config,
      "wallet.name: judge\nvalidator: {history: ':memory:', neuron.sample_size: 1, neuron.timeout: 5}\n",
    );
    validator.child.kill("SIGHUP");
    await waitFor(validator, "Reloaded");
    expect(validator.text()).toMatch(/Reloaded.*neuron\.sample_size/);
    await waitFor(validator, "next start");
    expect(validator.text()).toMatch(/next start.*neuron\.timeout/);
    validator.child.kill("SIGTERM");
    expect((await validator.ended).code).toBe(0);
  });

  it("of a subnet that is not there leaves no history behind", async () => {
    await writeFile(join(home, "conversion-subnet.yaml"), "wallet.name: judge\n");
    const { code, stderr } = await run("validator", "run", "--netuid", "77", "--history", "none.db").ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("77")]);
    expect(existsSync(join(home, "none.db"))).toBe(false);
  });
});
