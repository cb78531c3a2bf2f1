/** The commands of the chain against a served ledger. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commandLine } from "../../test/support/command.ts";
import { silentLogger, systemClock } from "../core/index.ts";
import { createLocalnet, type Localnet } from "../localnet/index.ts";

const { heard, run } = commandLine();
let localnet: Localnet;
let folder: string;
let endpoint: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chain-cli-"));
  // Blocks are made by hand.
  localnet = createLocalnet(
    {
      seed: 1,
      blockTimeMs: 3_600_000,
      listen: { host: "127.0.0.1", port: 0 },
      subnets: { 1: { tempo: 4, weightsRateLimit: 0 } },
    },
    { clock: systemClock, logger: silentLogger },
  );
  await localnet.start();
  endpoint = ["--subtensor.chain_endpoint", localnet.status().url ?? ""];
  vi.stubEnv("BT_WALLET_PATH", folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await localnet.stop();
  await rm(folder, { recursive: true, force: true });
});

const blocks = (count: number) => {
  for (let i = 0; i < count; i++) localnet.ledger.produceBlock();
};
const text = async (...args: string[]) => {
  await run(...args, ...endpoint);
  return heard.stdout;
};
const json = async (...args: string[]) => JSON.parse(await text(...args, "--json"));

describe("a wallet's way onto a subnet, by commands", () => {
  it("sees the price, looks without sending, registers once", async () => {
    for (const name of ["miner", "validator"]) await run("wallet", "create", "--wallet.name", name, "--no-password");
    expect(await json("subnets", "burn-cost")).toMatchObject({ netuid: 1, registrationAllowed: true });
    const dry = await json("subnets", "register", "--wallet.name", "miner", "--max-burn", "0.000000001", "--dry-run");
    expect(dry).toMatchObject({
      dryRun: true,
      call: { pallet: "SubtensorModule", name: "register_limit", signedBy: "coldkey" },
      problems: [{ refusal: "RegistrationPriceLimitExceeded" }],
    });
    await expect(
      text("subnets", "register", "--wallet.name", "miner", "--max-burn", "0.000000001"),
    ).rejects.toMatchObject({
      refusal: "RegistrationPriceLimitExceeded",
    });
    expect(await json("subnets", "register", "--wallet.name", "miner")).toMatchObject({ uid: 0 });
    expect(await text("subnets", "register", "--wallet.name", "validator")).toMatch("Registered: uid 1 on subnet 1");
    await expect(text("subnet", "register", "--wallet.name", "miner")).rejects.toMatchObject({
      refusal: "HotKeyAlreadyRegisteredInSubNet",
    });
  });

  it("stakes to the rao, and the balance shows it", async () => {
    const before = BigInt((await json("balance", "--wallet.name", "validator")).balanceRao);
    const staked = await json("stake", "add", "--amount", "100.000000001", "--wallet.name", "validator");
    expect(staked).toMatchObject({ amountRao: "100000000001", balanceRao: String(before - 100_000_000_001n) });
    expect(staked.blocksToEpoch).toBeGreaterThan(0);
    await expect(text("stake", "add", "--amount", "1.0000000001")).rejects.toThrow("nine decimals");
  });

  it("announces its axon once, and takes it back", async () => {
    const set = ["axon", "set", "--ip", "203.0.113.9", "--port", "8091", "--wallet.name", "miner"];
    expect(await text(...set)).toBe("The chain says now: 203.0.113.9:8091\n");
    expect(await text(...set)).toBe("The chain says that already: 203.0.113.9:8091; nothing was sent\n");
    expect(await text("subnets", "metagraph")).toMatch(/203\.0\.113\.9:8091$/m);
    expect(await text("axon", "reset", "--wallet.name", "miner")).toBe("The chain says now: nowhere\n");
  });

  it("is told without a permit in which block it could set weights, and sets them then", async () => {
    const set = ["weights", "set", "--uids", "0,1", "--weights", ".75,.25", "--wallet.name", "validator"];
    const { problems } = await json(...set, "--dry-run");
    expect(problems).toMatchObject([{ refusal: "NeuronNoValidatorPermit" }]);
    expect(problems[0].possibleAtBlock).toBeGreaterThan(localnet.ledger.block);
    blocks(problems[0].possibleAtBlock - localnet.ledger.block);
    expect(await text(...set, "--dry-run")).toMatch("Nothing is known that speaks against it.");
    expect(await json(...set)).toMatchObject({ how: "set", uids: [0, 1], weights: [65535, 21845] });
    expect(await json("weights", "show")).toMatchObject({ rows: [{ uid: 1, uids: [0, 1], weights: [65535, 21845] }] });
    expect(await text("weights", "show")).toMatch(/^uid 1 .*\n {2}0: 75\.00% {2}1: 25\.00%\n$/);
    blocks(4);
    expect((await json("subnets", "metagraph")).neurons[0]).toMatchObject({ uid: 0, incentive: 1 });
    await expect(text("weights", "set", "--uids", "0,1", "--weights", "1")).rejects.toThrow("2 uids and 1 weights");
    await expect(text("weights", "set", "--uids", "0", "--weights", "0")).rejects.toThrow("nothing to set");
  });

  it("reads what a subnet is", async () => {
    expect(await json("subnets", "list")).toMatchObject({ subnets: [{ netuid: 1, neurons: 2 }] });
    expect(await json("subnets", "hyperparameters")).toMatchObject({ tempo: 4, commitReveal: false });
    expect(await text("subnets", "show")).toMatch(/epoch +every 4 blocks, the next in \d/);
    await expect(text("subnets", "show", "--netuid", "9")).rejects.toMatchObject({ refusal: "SubnetNotExists" });
  });
});

describe("weights show", () => {
  it("shows what is committed and not yet seen", async () => {
    const validator = ["--wallet.name", "validator"];
    await run("dev", "set", "--endpoint", endpoint[1] ?? "", "--change", "commitReveal=true");
    blocks(5);
    expect(await json("weights", "set", "--uids", "0", "--weights", "1", ...validator)).toMatchObject({
      how: "timelocked",
    });
    const { pending } = await json("weights", "show");
    expect(pending).toMatchObject([{ uid: 1, kind: "timelocked", committedAtBlock: expect.any(Number) }]);
    expect(await text("weights", "show")).toMatch(
      new RegExp(`committed at block ${pending[0].committedAtBlock}, not seen until round ${pending[0].revealRound}`),
    );
  });
});
