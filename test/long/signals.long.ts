/** What SIGHUP and SIGTERM do to nodes that run as processes: reload without dropping a request, and an end in order. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/index.ts";
import { createClient } from "../../src/protocol/index.ts";
import { questionOf } from "../support/feedback.ts";
import { localnetHome, waitFor } from "../support/localnet-home.ts";
import { freePort } from "../support/processes.ts";

let place: Awaited<ReturnType<typeof localnetHome>>;
let home = "";

beforeAll(async () => {
  place = await localnetHome("signals");
  home = place.home;
});
afterEach(() => place.end());
afterAll(() => place.leave());
const run = (...args: string[]) => place.run(...args);

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
  const client = createClient({ timeoutMs: 8_000 }, { signer: place.judge.signer, clock: systemClock });
  const peer = { hotkey: place.minerKey.address, host: "127.0.0.1", port, version: 1_000 };
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

    await writeConfig(port, `  blacklist.deny: [${place.judge.address}]\n`);
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
