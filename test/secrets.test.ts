/** What nodes that run say of themselves, as loud as they can, holds no secret: not the terminal, the log files, the metrics, the dashboard. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addStake, RAO_PER_TAO, register } from "../src/chain/index.ts";
import { silentLogger, systemClock } from "../src/core/index.ts";
import { createLocalnet, type Localnet, ledgerChain } from "../src/localnet/index.ts";
import { keypairFromUri } from "../src/wallet/index.ts";
import {
  CLI,
  environment,
  freePort,
  type Running,
  start,
  stop,
  temporaryFolders,
  waitFor,
} from "./support/processes.ts";

const folders = temporaryFolders();
const running: Running[] = [];
const PASSWORD = "correct-horse-battery";
const SIGNING = "webhook-signing-secret-of-the-shop";
let home = "";
let localnet: Localnet;
beforeAll(async () => {
  home = await folders.make();
  const options = { seed: 1, blockTimeMs: 200, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 } } };
  localnet = createLocalnet(options, { clock: systemClock, logger: silentLogger });
  await localnet.start();
});
afterAll(async () => {
  for (const one of running) await stop(one);
  await localnet.stop();
  await folders.clear();
});

const cli = (...args: string[]) => {
  const env = { ...environment(home, localnet.status().url ?? ""), BT_WALLET_PASSWORD: PASSWORD };
  const one = start(process.execPath, [CLI, ...args], home, env);
  running.push(one);
  return one;
};
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args).ended;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
async function filesUnder(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const logs = names.filter(
    (entry) => entry.isFile() && /\.log(\.\d+)?$|run\/.*\.json$/.test(join(entry.parentPath, entry.name)),
  );
  return (await Promise.all(logs.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")))).join("\n");
}

it("has none in what a miner and a validator print, log, count and show", async () => {
  const secrets = new Map<string, string>([
    ["password", PASSWORD],
    ["signing secret", SIGNING],
  ]);
  const cold = keypairFromUri("//secrets//cold").signer;
  const chain = ledgerChain(localnet.ledger);
  for (const name of ["miner", "judge"]) {
    await done("wallet", "create", "--wallet.name", name, "--no-password");
    const key = JSON.parse(await readFile(join(home, ".bittensor/wallets", name, "hotkeys/default"), "utf8"));
    for (const field of ["secretPhrase", "secretSeed", "privateKey"]) {
      expect(key[field], field).toEqual(expect.any(String));
      secrets.set(`${name}'s ${field}`, String(key[field]).replace(/^0x/, ""));
    }
    await register(chain, { netuid: 1, hotkey: key.ss58Address, signer: cold });
    if (name === "judge")
      await addStake(chain, { netuid: 1, hotkey: key.ss58Address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  }
  await writeFile(join(home, "signing"), SIGNING);
  const adapter = ["--adapter", "chatwoot", "--signing-secret-file", "signing"];
  const created = await done("keys", "create", "--name", "shop", "--wallet.name", "judge", ...adapter);
  const apiKey = /\bcs_\S+|\b[A-Za-z0-9_-]{32,}\b/.exec(created)?.[0] ?? "";
  expect(apiKey.length).toBeGreaterThan(20);
  secrets.set("API key", apiKey);

  const loud = ["--logging.trace", "--logging.file"];
  const [axon, events, minerAdmin, judgeAdmin] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const miner = cli(
    "miner",
    "run",
    "--baseline",
    "--wallet.name",
    "miner",
    "--axon.port",
    `${axon}`,
    "--admin.port",
    `${minerAdmin}`,
    ...loud,
  );
  const judge = cli(
    "validator",
    "run",
    "--wallet.name",
    "judge",
    "--events.port",
    `${events}`,
    "--events.synthetic",
    "0.9",
    "--speed",
    "200",
    "--admin.port",
    `${judgeAdmin}`,
    ...loud,
  );
  await waitFor(miner, "Miner serving");
  await waitFor(judge, "Validator started");
  for (const authorization of [`Bearer ${apiKey}`, `Bearer ${apiKey}x`, apiKey]) {
    const sending = { method: "POST", headers: { authorization, "content-type": "application/json" }, body: "{}" };
    await fetch(`http://127.0.0.1:${events}/v1/events`, sending).then((response) => response.text());
  }
  await stop(judge);
  const asking = cli(
    "validator",
    "run",
    "--wallet.name",
    "judge",
    "--speed",
    "2000",
    "--admin.port",
    `${judgeAdmin}`,
    ...loud,
  );
  await waitFor(asking, "Question scored");
  let said = miner.text() + judge.text() + asking.text() + (await filesUnder(home));
  for (const port of [minerAdmin, judgeAdmin]) {
    for (const path of ["/metrics", "/api/overview", "/api/logs", "/readyz", "/"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      expect([200, 503], path).toContain(response.status);
      said += await response.text();
    }
  }
  expect(said.length).toBeGreaterThan(20_000);
  for (const [what, secret] of secrets) expect(said.includes(secret), what).toBe(false);
});
