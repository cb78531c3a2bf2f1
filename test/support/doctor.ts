/** A chain, wallets, a model and nodes for the tests of doctor: all of them real. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { addStake, RAO_PER_TAO, register, serveAxon } from "../../src/chain/index.ts";
import type { Checked } from "../../src/cli/doctor/check.ts";
import type { Report } from "../../src/cli/doctor/report.ts";
import { silentLogger, systemClock } from "../../src/core/index.ts";
import { createLocalnet, type Localnet, ledgerChain } from "../../src/localnet/index.ts";
import { createMiner, type Miner, type MinerOptions } from "../../src/miner/index.ts";
import { keypairFromUri, type Signer, writeWallet } from "../../src/wallet/index.ts";
import { commandLine } from "./command.ts";
import { yes } from "./feedback.ts";

const cold = keypairFromUri("//doctor//cold").signer;
export const key = keypairFromUri("//doctor//miner");
export const other = keypairFromUri("//doctor//other").signer;
export const validatorKey = keypairFromUri("//doctor//validator");
export const outcomes = ({ checks }: Report) => Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));

/** Registers the hooks that set it up and take it down, and gives what tests play with. */
export function doctorScene() {
  const { heard, run } = commandLine();

  let folder = "";
  let localnet: Localnet;
  let url = "";
  const at = (name: string) => join(folder, name);
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "doctor-"));
    localnet = createLocalnet(
      { seed: 1, blockTimeMs: 60_000, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 2 }, 2: {} } },
      { clock: systemClock, logger: silentLogger },
    );
    await localnet.start();
    url = localnet.status().url ?? "";
    const chain = ledgerChain(localnet.ledger);
    for (const { address } of [key.signer, validatorKey.signer, other])
      await register(chain, { netuid: 1, hotkey: address, signer: cold });
    const stake = { netuid: 1, hotkey: validatorKey.address, amountRao: 10n * RAO_PER_TAO };
    await addStake(chain, { ...stake, signer: cold });
    for (let i = 0; i < 3; i++) localnet.ledger.produceBlock();
    for (const [name, keypair] of [
      ["miner", key],
      ["validator", validatorKey],
      ["stranger", keypairFromUri("//doctor//new")],
    ] as const)
      await writeWallet({ path: at("wallets"), name, hotkey: "default" }, { hotkey: keypair });
    await run("simulate", "--rows", "300", "--out", at("train.csv"));
    await run("train", at("train.csv"), "--out", at("model"), "--model-kind", "logistic");
    await run("drift", at("model.safetensors"), "--data", at("train.csv"), "--write");
  });
  afterAll(async () => {
    await localnet.stop();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(() => {
    process.exitCode = undefined;
  });

  /** What doctor says with these flags, the way a user gets it. */
  async function doctor(as: Report["as"], ...flags: string[]): Promise<Report & { byName: Map<string, Checked> }> {
    const where = ["--subtensor.network", url, "--wallet.path", at("wallets"), "--wallet.name", as];
    const more = as === "miner" ? ["--model", at("model.safetensors")] : ["--history", at("none.db")];
    await run("doctor", "--as", as, ...where, ...more, "--json", ...flags);
    const report: Report = JSON.parse(heard.stdout);
    expect(process.exitCode ?? 0).toBe(report.counts.failed === 0 ? 0 : 1);
    return { ...report, byName: new Map(report.checks.map((check) => [check.name, check])) };
  }

  /** A miner that serves, with these options; stopped after the test. */
  async function serving(
    options: Partial<MinerOptions> = {},
    signer: Signer = key.signer,
  ): Promise<{ miner: Miner; port: string }> {
    const miner = createMiner(
      {
        ...{
          netuid: 1,
          host: "127.0.0.1",
          port: 0,
          predictDeadlineMs: 1_000,
          serveBaseline: true,
          chainPollMs: 60_000,
        },
        ...{ version: 1_000, ...options },
      },
      {
        chain: ledgerChain(localnet.ledger),
        signer,
        predictor: null,
        baseline: () => yes,
        clock: systemClock,
        logger: silentLogger,
      },
    );
    await miner.start();
    cleanups.push(() => miner.stop());
    return { miner, port: new URL(miner.status().url ?? "").port };
  }

  /** A program on a port that is no miner. */
  async function program(): Promise<string> {
    const server: Server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    return String(typeof address === "object" && address !== null ? address.port : 0);
  }

  /** Tells the chain where the miner serves, whatever is true. */
  async function announce(ip: string, port: number): Promise<void> {
    localnet.ledger.produceBlock();
    await serveAxon(ledgerChain(localnet.ledger), {
      netuid: 1,
      axon: { ip, port, version: 1_000 },
      signer: key.signer,
    });
  }

  /** To be done when the test is over. */
  const atEnd = (cleanup: () => unknown) => void cleanups.push(cleanup);
  return { at, doctor, serving, program, announce, atEnd, run, ledger: () => localnet.ledger, url: () => url };
}
