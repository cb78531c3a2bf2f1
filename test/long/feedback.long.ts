/**
 * The whole way of feedback over real HTTP: a validator asks about conversations that have changed, tells its miner what became of the answers, the
 * miner keeps it, `retrain` learns from it, the running miner takes the new model over under load, and goes back.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addStake, neuronOf, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { openMinerLearning } from "../../src/cli/retrain-miner.ts";
import { createAbortController, createRandom, silentLogger, sleep, systemClock } from "../../src/core/index.ts";
import { createPredictor, readModelFile } from "../../src/learning/index.ts";
import { createLedger, ledgerChain } from "../../src/localnet/index.ts";
import { createMiner, fileHash, readFeedbackFiles } from "../../src/miner/index.ts";
import { createClient } from "../../src/protocol/index.ts";
import { DEFAULT_LANDMARKS } from "../../src/schema.ts";
import { properV1 } from "../../src/scoring/index.ts";
import { createSimulator, replay } from "../../src/sources/index.ts";
import {
  createFeedbackSender,
  createMemoryHistory,
  createValidator,
  createValidatorDrift,
} from "../../src/validator/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { commandLine } from "../support/command.ts";
import { questionOf } from "../support/feedback.ts";
import { until } from "../support/until.ts";

const [cold, signer, minerSigner] = ["cold", "validator", "miner"].map(
  (name) => keypairFromUri(`//feedback road//${name}`).signer,
);
const QUICK = ["--model-kind", "logistic", "--time", "median"];
const TIMEOUT_MS = 1_000;
let folder = "";
const at = (name: string) => join(folder, name);
const { heard, run } = commandLine();
const json = () => JSON.parse(heard.stdout);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "feedback-road-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("learns from what validators tell, serves what it learned without losing a request, and goes back", async () => {
  await run("simulate", "--rows", "1500", "--out", at("train.csv"));
  await run("train", at("train.csv"), "--out", at("model.safetensors"), ...QUICK);
  await run("drift", at("model.safetensors"), "--data", at("train.csv"), "--write");

  const ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
  const chain = ledgerChain(ledger);
  for (const { address } of [signer, minerSigner]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: signer.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 2; i++) ledger.produceBlock();

  const clock = systemClock;
  const stop = createAbortController();
  const flags = { model: at("model.safetensors"), "feedback.accept": at("feedback"), "feedback.max_mb": 8 };
  const learning = await openMinerLearning(flags, { clock, logger: silentLogger });
  const { served, slot, feedback, drift } = learning;
  const miner = createMiner(
    {
      netuid: 1,
      host: "127.0.0.1",
      port: 0,
      predictDeadlineMs: 1_000,
      serveBaseline: false,
      chainPollMs: 5_000,
      version: 1_000,
    },
    {
      ...{ chain, signer: minerSigner, clock, logger: silentLogger, slot, feedback, drift },
      predictor: served?.predictor ?? null,
      baseline:
        served?.baseline ??
        (() => ({ conversionHappened: 0, timeToConversionSeconds: -1, confidence: 0.5, timeIfConvertedSeconds: null })),
    },
  );
  await miner.start();
  const watching = learning.watch(stop.signal);

  // Conversations of another year: far fewer convert.
  const history = createMemoryHistory();
  const client = createClient({ timeoutMs: TIMEOUT_MS }, { signer });
  const sender = createFeedbackSender({ delayMs: TIMEOUT_MS + 500 }, { history, signer, clock, logger: silentLogger });
  const source = replay(
    createSimulator({ appeal: -2.5, maxMessages: 30 }, { seed: "another year" }).transcripts(280),
    { name: "simulator", intervalSeconds: 60, seed: 1, speed: "max", keepOpenSeconds: 0 },
    { clock },
  );
  const validator = createValidator(
    {
      netuid: 1,
      landmarks: DEFAULT_LANDMARKS,
      horizonSeconds: 1_800,
      sampleSize: 0,
      timeoutMs: TIMEOUT_MS,
      maxQuestionsInFlight: 16,
      maxInFlightPerMiner: 64,
      // The miner takes 50 messages a second in the long run.
      questionIntervalMs: 21,
      epochLength: 100,
      chainPollMs: 5_000,
      versionKey: 0,
      setWeights: false,
      maxMinerStakeRao: 4_096n * RAO_PER_TAO,
      maxSettled: null,
    },
    {
      ...{ chain, signer, client, source, mode: properV1(), history, clock, logger: silentLogger },
      random: createRandom(1),
      feedback: sender,
      drift: createValidatorDrift({ learnRows: 100 }),
    },
  );
  try {
    await validator.start();
    await validator.finished;
    await until(() => sender.counts().waiting === 0);
    await sleep(100);
    const { settled, failures, feedback: sent, drift: outlook } = validator.status();
    const told = miner.status().feedback;
    expect(failures).toBe(0);
    expect(settled).toBeGreaterThan(250);
    expect(sent).toMatchObject({ dropped: 0, known: 0 });
    expect(told).toMatchObject({ stored: sent?.sent, strange: 0, disputed: 0 });
    expect(told?.stored).toBeGreaterThan(0.9 * settled);
    const { all, skipped } = await readFeedbackFiles(at("feedback"));
    expect([all.length, skipped]).toEqual([told?.stored, 0]);
    // Every word of it is what the validator's history holds.
    for (const { explanation, question, truth } of all) {
      const record = await history.question(explanation.question);
      expect([question, truth]).toEqual([record?.open.question, record?.settled?.truth]);
      expect(explanation.stored?.total).toBe(record?.settled?.scores.get(minerSigner.address)?.total);
    }
    const own = miner.status().drift?.performance;
    expect(own?.realised.rows).toBe(all.length);
    expect(outlook?.miners[0]?.realised.rows).toBe(settled);

    // A load of questions that runs all the while.
    const place = neuronOf(ledger.metagraph(1), minerSigner.address)?.axon;
    const peer = { hotkey: minerSigner.address, host: place?.ip ?? "", port: place?.port ?? 0 };
    const lost: unknown[] = [];
    const said = new Set<number | null>();
    let asked = 0;
    const load = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        const result = await client.ask(peer, questionOf(7), { timeoutMs: 10_000 });
        asked += 1;
        if (result.ok) said.add(result.answer.confidence);
        else lost.push(result);
        await sleep(5);
      }
    });
    const before = await fileHash(at("model.safetensors"));
    const old = createPredictor(await readModelFile(at("model.safetensors")))(questionOf(7)).confidence;
    await until(() => said.has(old));

    // Nothing that is worse is promoted: here one that was trained on feedback turned upside down.
    const turned = all.map(({ validator: by, holds, receivedAtMs, question, explanation: e }, i) => {
      const converted = i < all.length / 2 ? 1 - (e.truth?.converted ?? 0) : e.truth?.converted;
      const explanation = { ...e, truth: { ...e.truth, converted, timeSeconds: null } };
      const { sessionId: id, features, landmark, horizonSeconds } = question;
      const wire = { features: { session_id: id, ...features }, landmark, horizon_seconds: horizonSeconds };
      const head = { id, at: receivedAtMs, validator: by, holds, format: "conversion-subnet/feedback/1" };
      return JSON.stringify({ ...head, question: wire, explanation });
    });
    await writeFile(at("turned.jsonl"), turned.join("\n"));
    const command = ["retrain", "--model", at("model.safetensors"), "--out", at("candidate"), "--json", ...QUICK];
    await run(...command, "--feedback", at("turned.jsonl"), "--promote", "--later-share", "0.3");
    expect(json()).toMatchObject({ promoted: false, promotion: { promote: false } });
    expect(await fileHash(at("model.safetensors"))).toBe(before);

    await run(...command, "--feedback", at("feedback"), "--data", at("train.csv"), "--promote");
    const outcome = json();
    expect(outcome).toMatchObject({ promoted: true, promotion: { promote: true } });
    expect(outcome.new.brier).toBeLessThan(outcome.current.brier);
    await until(() => slot?.status().swaps === 1);
    expect(miner.status().model).toMatchObject({ hash: outcome.hash, swaps: 1, failures: 0 });
    const fresh = createPredictor(await readModelFile(at("candidate.safetensors")))(questionOf(7)).confidence;
    expect(fresh).not.toBe(old);
    await until(() => said.has(fresh));

    await run("retrain", "--model", at("model.safetensors"), "--rollback");
    await until(() => slot?.status().swaps === 2);
    expect(miner.status().model?.hash).toBe(before);
    // What was answered before the swap may still be on its way.
    const sofar = asked;
    await until(() => asked > sofar + 8);
    said.clear();
    await until(() => asked > sofar + 30);
    stop.abort();
    await Promise.all([...load, watching]);
    expect(said).toEqual(new Set([old]));
    expect(lost).toEqual([]);
    expect(asked).toBeGreaterThan(50);
    expect(miner.status().fallbacks).toBe(0);
  } finally {
    stop.abort();
    await validator.stop();
    client.close();
    await miner.stop();
    await learning.close();
  }
}, 240_000);
