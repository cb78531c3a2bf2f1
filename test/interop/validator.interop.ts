/** Our validator plays 200 questions with a ten-line Python miner on a real v10 axon, beside one of ours that speaks btauth/1. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addStake, RAO_PER_TAO, register, serveAxon } from "../../src/chain/index.ts";
import { createRandom, silentLogger, systemClock } from "../../src/core/index.ts";
import { createLedger, ledgerChain } from "../../src/localnet/index.ts";
import { createClient, type RunningServer } from "../../src/protocol/index.ts";
import { scoringMode } from "../../src/scoring/index.ts";
import { createSimulator, replay } from "../../src/sources/index.ts";
import { createMemoryHistory, createValidator, type ValidatorStatus } from "../../src/validator/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { freePort, type Python, skipped, startPython } from "./support/python.ts";
import { alice, bob, ourMiner } from "./support/subnet.ts";

const QUESTIONS = 200;
const cold = keypairFromUri("//interop//cold").signer;
const dave = keypairFromUri("//Dave").signer;
const eve = keypairFromUri("//Eve").signer;

describe.skipIf(skipped("v10"))("our validator and miners of two kinds", () => {
  const miners: Python[] = [];
  let ours: RunningServer;
  let status: ValidatorStatus;
  const history = createMemoryHistory();

  beforeAll(async () => {
    const ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
    const chain = ledgerChain(ledger);
    const ports = [await freePort(), await freePort()] as const;
    miners.push(await startPython("v10", "sdk_axon.py", [String(ports[0]), "//Dave", "plain"]));
    miners.push(await startPython("v10", "sdk_axon.py", [String(ports[1]), "//Eve", "plain"]));
    ours = await ourMiner();
    for (const { address } of [alice, bob, dave, eve])
      await register(chain, { netuid: 1, hotkey: address, signer: cold });
    await addStake(chain, { netuid: 1, hotkey: alice.address, amountRao: 100n * RAO_PER_TAO, signer: cold });
    const announce = (port: number, version: number, signer: typeof bob) =>
      serveAxon(chain, { netuid: 1, axon: { ip: "127.0.0.1", port, version }, signer });
    await announce(ours.port, 1_000, bob);
    await announce(ports[0], Number(miners[0]?.hello.announced), dave);
    // As if it had been announced by hand: the validator must find out what it speaks.
    await announce(ports[1], 1, eve);
    for (let i = 0; i < 4; i++) ledger.produceBlock();
    const simulator = createSimulator({ appeal: -0.4 }, { random: createRandom("interop") });
    const client = createClient({}, { signer: alice });
    const validator = createValidator(
      {
        netuid: 1,
        landmarks: [{ messages: 4 }, { messages: 8 }],
        horizonSeconds: 1_800,
        sampleSize: 0,
        // Slowly enough for the Python on a busy machine: what is measured here is whether it answers, not how fast.
        timeoutMs: 30_000,
        maxQuestionsInFlight: 4,
        maxInFlightPerMiner: 1_024,
        questionIntervalMs: 60,
        epochLength: 1,
        chainPollMs: 50,
        versionKey: 0,
        setWeights: false,
        maxMinerStakeRao: 4_096n * RAO_PER_TAO,
        maxSettled: QUESTIONS,
      },
      {
        chain,
        signer: alice,
        client,
        source: replay(
          simulator.transcripts(400),
          { intervalSeconds: 20, seed: 1, speed: "max", keepOpenSeconds: 0 },
          { clock: systemClock },
        ),
        mode: scoringMode("seed-v1"),
        history,
        clock: systemClock,
        random: createRandom("interop"),
        logger: silentLogger,
      },
    );
    try {
      await validator.start();
      await validator.finished;
      status = validator.status();
    } finally {
      await validator.stop();
      client.close();
    }
  });
  afterAll(async () => {
    for (const miner of miners) await miner.stop();
    await ours.close();
  });

  it(`has every one of ${QUESTIONS} questions answered by all, whatever they speak and whoever told it`, async () => {
    expect(status.settled).toBeGreaterThanOrEqual(QUESTIONS);
    const failures: string[] = [];
    for (const number of await history.latest(1_000)) {
      const record = await history.question(number);
      if (!record?.settled) continue;
      for (const [hotkey, reply] of record.replies)
        if (!reply.ok) failures.push(`${number} ${hotkey}: ${reply.reason}`);
    }
    expect(failures).toEqual([]);
    for (const { address } of [bob, dave, eve]) {
      const standing = status.miners.find(({ hotkey }) => hotkey === address);
      expect(standing).toMatchObject({ asked: status.settled, answered: status.settled });
      expect(standing?.latencyP50Ms).toBeGreaterThan(0);
    }
    const p50 = (address: string) => status.miners.find(({ hotkey }) => hotkey === address)?.latencyP50Ms?.toFixed(1);
    console.log(
      `p50 of ours ${p50(bob.address)} ms, of the v10 axon ${p50(dave.address)} ms, found out ${p50(eve.address)} ms`,
    );
  });

  it("scores two Python miners of one mind alike but for their speed", () => {
    const [first, second] = [dave, eve].map(({ address }) => status.miners.find(({ hotkey }) => hotkey === address));
    expect(first?.brier).toBe(second?.brier);
    expect(first?.auc).toBe(second?.auc);
    expect(first?.score).toBeGreaterThan(0);
  });
});
