import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { addStake, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { silentLogger, systemClock } from "../../src/core/index.ts";
import { baselineModel, createPredictor } from "../../src/learning/index.ts";
import { createLocalnet, ledgerChain } from "../../src/localnet/index.ts";
import { createMiner } from "../../src/miner/index.ts";
import { keypairFromUri, writeWallet } from "../../src/wallet/index.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { CLI, environment, start } from "../support/processes.ts";
import { scratch } from "../support/servers.ts";

const SURE = {
  conversionHappened: 1,
  timeToConversionSeconds: 60,
  confidence: 0.9,
  timeIfConvertedSeconds: 60,
} as const;

it.skipIf(!hasPostgres)(
  "validator run keeps its history in PostgreSQL through a kill of the server and of itself",
  async () => {
    const server = await startPostgres();
    onTestFinished(() => server.end());
    const home = await scratch();
    const [cold, judge, miner] = ["cold", "judge", "miner"].map((name) => keypairFromUri(`//postgres//${name}`));
    if (cold === undefined || judge === undefined || miner === undefined) throw new Error("There are three.");
    const localnet = createLocalnet(
      { seed: 1, blockTimeMs: 200, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 } } },
      { clock: systemClock, logger: silentLogger },
    );
    const chain = ledgerChain(localnet.ledger);
    for (const { address } of [judge, miner])
      await register(chain, { netuid: 1, hotkey: address, signer: cold.signer });
    await addStake(chain, { netuid: 1, hotkey: judge.address, amountRao: 10n * RAO_PER_TAO, signer: cold.signer });
    for (let i = 0; i < 3; i++) localnet.ledger.produceBlock();
    await localnet.start();
    onTestFinished(() => localnet.stop());
    await writeWallet({ path: join(home, ".bittensor/wallets"), name: "judge", hotkey: "default" }, { hotkey: judge });
    const baseline = createPredictor(baselineModel({ rate: 0.5, medianTimeSeconds: 1 }));
    const serving = createMiner(
      {
        netuid: 1,
        host: "127.0.0.1",
        port: 0,
        predictDeadlineMs: 5_000,
        serveBaseline: false,
        chainPollMs: 200,
        version: 1,
      },
      {
        chain,
        signer: miner.signer,
        predictor: { name: "sure", predict: async () => SURE },
        baseline,
        clock: systemClock,
        logger: silentLogger,
      },
    );
    await serving.start();
    onTestFinished(() => serving.stop());

    const env = environment(home, localnet.status().url ?? "");
    const url = server.url.replace("test@", "test:not-to-be-said@");
    const where = ["--wallet.name", "judge", "--history.postgres", url];
    const run = (...more: string[]) => {
      const one = start(
        process.execPath,
        [CLI, "validator", "run", ...where, "--speed", "400", "--interval", "2", ...more],
        home,
        env,
      );
      onTestFinished(() => void one.child.kill("SIGKILL"));
      return one;
    };
    const ask = (...args: string[]): unknown => {
      const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...args, ...where, "--json"], {
        cwd: home,
        env,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      return JSON.parse(stdout);
    };
    const settled = () =>
      Number(server.sql("SELECT count(*) FROM conversion_subnet.history_questions WHERE scored = 1"));

    const first = run("--neuron.disable_set_weights");
    await expect.poll(settled, { timeout: 40_000, interval: 200 }).toBeGreaterThan(10);
    await server.kill();
    await server.start();
    const before = settled();
    await expect.poll(settled, { timeout: 40_000, interval: 200 }).toBeGreaterThan(before + 10);
    first.child.kill("SIGKILL");
    await first.ended;
    const kept = settled();

    const second = run("--rounds", "5", "--neuron.disable_set_weights", "--json");
    const { code, stdout, stderr } = await second.ended;
    expect([code, stdout + stderr + first.text()]).toEqual([0, expect.not.stringContaining("not-to-be-said")]);
    expect(first.text()).toContain("PostgreSQL is lost");
    expect(settled()).toBeGreaterThanOrEqual(kept + 5);
    const info = ask("history", "info");
    expect(info).toMatchObject({ validator: `${judge.address}/netuid1`, modes: [{ name: "seed-v1" }] });
    const doubled =
      "SELECT count(*) FROM (SELECT number FROM conversion_subnet.history_questions GROUP BY number HAVING count(*) > 1) AS d";
    expect(server.sql(doubled)).toBe("0");
    expect(ask("leaderboard")).toMatchObject({ from: "history", rows: [{ hotkey: miner.address }] });
  },
);
