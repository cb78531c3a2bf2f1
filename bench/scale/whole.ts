import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { addStake, RAO_PER_TAO, register, serveAxon } from "../../src/chain/index.ts";
import { silentLogger, sleep, systemClock } from "../../src/core/index.ts";
import { createLocalnet, ledgerChain } from "../../src/localnet/index.ts";
import { keypairFromUri, writeWallet } from "../../src/wallet/index.ts";
import { freePort } from "../free-port.ts";
import { startProgram } from "../requests/programs.ts";
import { cpuSecondsOf } from "./cpu.ts";
import { startRedis } from "./redis.ts";

/** What one conversation costs, in microseconds of a processor, and what came of all of them. */
export interface Simulated {
  readonly miners: number;
  readonly conversations: number;
  readonly questions: number;
  readonly settled: number;
  /** Events that nobody had taken when the last was sent. */
  readonly unread: number;
  readonly doorUs: number;
  readonly redisUs: number;
  readonly validatorUs: number;
  readonly storedBytes: number;
}

const CLI = resolve("dist/cli/main.js");
/** Eight messages, the conversion, the close: what bench/ingest/load.ts sends. */
export const EVENTS_PER_CONVERSATION = 10;
const SETTLING_MS = 60_000;
const IDLE_MS = 5_000;
/** Until most of the code is compiled, as in a process that has been up for a while. */
const WARM_SECONDS = 20;

/** A ledger on which so many miners serve, all in one program that answers at once. */
async function openSubnet(miners: number) {
  const responders = await startProgram({ core: null, script: "responders", args: [String(miners)] });
  const ports = String(responders.hello.ports).split(",").map(Number);
  const localnet = createLocalnet(
    { seed: 1, blockTimeMs: 500, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 360 } } },
    { clock: systemClock, logger: silentLogger },
  );
  const chain = ledgerChain(localnet.ledger);
  const signer = keypairFromUri("//scale//cold").signer;
  const judge = keypairFromUri("//scale//judge");
  await register(chain, { netuid: 1, hotkey: judge.address, signer });
  await addStake(chain, { netuid: 1, hotkey: judge.address, amountRao: 10n * RAO_PER_TAO, signer });
  for (const [i, port] of ports.entries()) {
    const miner = keypairFromUri(`//scale//miner//${i}`).signer;
    await register(chain, { netuid: 1, hotkey: miner.address, signer });
    await serveAxon(chain, { netuid: 1, axon: { ip: "127.0.0.1", port, version: 11_000 }, signer: miner });
  }
  for (let i = 0; i < 400; i++) localnet.ledger.produceBlock();
  await localnet.start();
  return {
    judge,
    endpoint: localnet.status().url ?? "",
    async close() {
      await localnet.stop();
      await responders.stop();
    },
  };
}

/** The command line of this package, as a process. */
function startCli(home: string, endpoint: string, args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: home, BT_SUBTENSOR_CHAIN_ENDPOINT: endpoint };
  const child = spawn(process.execPath, [CLI, ...args], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return {
    pid: child.pid ?? 0,
    async until(words: RegExp): Promise<string> {
      for (;;) {
        const found = words.exec(text);
        if (found !== null) return found[1] ?? "";
        if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended: ${text}`);
        await sleep(20);
      }
    },
    /** In order: what it keeps is then in its file. */
    async end(): Promise<void> {
      child.kill("SIGTERM");
      while (child.exitCode === null && child.signalCode === null) await sleep(20);
    },
    kill: () => child.kill("SIGKILL"),
  };
}

async function metricsOf(url: string): Promise<(name: string, labels?: string) => number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  return (name, labels = "") =>
    lines
      .filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/**
 * A whole subnet on this machine: events by HTTP at a pace, a door, Redis, a validator that asks, waits for what happens, scores and
 * stores, and miners that answer at once. Null where Redis or a build (`npm run build`) is missing.
 */
export async function simulate(of: { miners: number; perSecond: number; seconds: number }): Promise<Simulated | null> {
  const redis = await startRedis();
  if (redis === null) return null;
  const subnet = await openSubnet(of.miners);
  const home = mkdtempSync(join(tmpdir(), "bench-whole-"));
  mkdirSync(join(home, ".bittensor"), { mode: 0o700 });
  await writeWallet(
    { path: join(home, ".bittensor/wallets"), name: "judge", hotkey: "default" },
    { hotkey: subnet.judge },
  );
  const cli = (...args: string[]) => startCli(home, subnet.endpoint, args);
  const started: { kill(): unknown }[] = [];
  const keep = <T extends { kill(): unknown }>(one: T): T => {
    started.push(one);
    return one;
  };
  try {
    const key = await keep(cli("keys", "create", "--name", "scale", "--history", "keys.db")).until(/^(cs_\S+)$/m);
    const [port, admin] = [await freePort(), await freePort()];
    const stream = ["--events.redis", redis.url];
    const door = keep(
      cli(
        "ingest",
        "door",
        "--history",
        "keys.db",
        ...stream,
        "--events.port",
        String(port),
        "--events.rate",
        "100000",
      ),
    );
    await door.until(/Live conversations are taken/);
    const asks = [
      "--wallet.name",
      "judge",
      "--neuron.timeout",
      "2",
      "--scoring",
      "proper-v1",
      "--history",
      "history.db",
    ];
    const validator = keep(cli("validator", "run", ...asks, ...stream, "--admin.port", String(admin)));
    await validator.until(/Validator started/);
    const load = await startProgram({ core: null, script: "../ingest/load", args: [key] });
    const url = `http://127.0.0.1:${admin}`;
    const send = (perSecond: number, seconds: number) =>
      load.call({ do: "paced", port, perSecond: perSecond * EVENTS_PER_CONVERSATION, seconds, connections: 32 });
    /** Until nothing more is settled. */
    const settle = async () => {
      const deadline = performance.now() + SETTLING_MS;
      for (let last = -1; performance.now() < deadline; await sleep(1_000)) {
        const now = (await metricsOf(url))("conversion_subnet_questions_total", '"settled"');
        if (now === last) return now;
        last = now;
      }
      return (await metricsOf(url))("conversion_subnet_questions_total", '"settled"');
    };
    await send(of.perSecond, WARM_SECONDS);
    const settledBefore = await settle();
    const askedBefore = (await metricsOf(url))("conversion_subnet_questions_total", '"asked"');
    const pids = [door.pid, redis.pid, validator.pid];
    const spent = () => pids.map((pid) => cpuSecondsOf([pid]));
    // What they take for themselves is no conversation's.
    const idleBefore = spent();
    await sleep(IDLE_MS);
    const idle = spent().map((seconds, i) => (seconds - (idleBefore[i] ?? 0)) / (IDLE_MS / 1_000));
    const before = spent();
    const startMs = performance.now();
    await send(of.perSecond, of.seconds);
    const unread = (await metricsOf(url))("conversion_subnet_stream_unread");
    const settled = (await settle()) - settledBefore;
    const questions = (await metricsOf(url))("conversion_subnet_questions_total", '"asked"') - askedBefore;
    const conversations = of.perSecond * of.seconds;
    const tookSeconds = (performance.now() - startMs) / 1_000;
    const [doorUs = 0, redisUs = 0, validatorUs = 0] = spent().map((seconds, i) => {
      const own = (idle[i] ?? 0) * tookSeconds;
      return (1e6 * Math.max(0, seconds - (before[i] ?? 0) - own)) / conversations;
    });
    await load.stop();
    await validator.end();
    const storedBytes = statSync(join(home, "history.db")).size / (conversations + WARM_SECONDS * of.perSecond);
    return { miners: of.miners, conversations, questions, settled, unread, doorUs, redisUs, validatorUs, storedBytes };
  } finally {
    for (const one of started) one.kill();
    redis.stop();
    await subnet.close();
    rmSync(home, { recursive: true, force: true });
  }
}
