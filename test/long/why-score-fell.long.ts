/**
 * "Find out why yesterday's score fell", as a miner does it from the command line: a real validator asks a real miner on two days, told apart
 * by the clock that its feedback is kept by; between them the operator puts a worse model in the place of the good one.
 */
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addStake, type Chain, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { openServedModel } from "../../src/cli/served-model.ts";
import { createRandom, silentLogger, sleep, systemClock } from "../../src/core/index.ts";
import { baselineModel, createPredictor, profilePath } from "../../src/learning/index.ts";
import { createLedger, ledgerChain } from "../../src/localnet/index.ts";
import {
  createAnswerMemory,
  createMiner,
  createMinerFeedback,
  fileHash,
  openFeedbackStore,
  promoteModel,
} from "../../src/miner/index.ts";
import { createClient } from "../../src/protocol/index.ts";
import { DEFAULT_LANDMARKS } from "../../src/schema.ts";
import { seedV1 } from "../../src/scoring/index.ts";
import { createSimulator, replay } from "../../src/sources/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import {
  createFeedbackSender,
  createSqliteHistory,
  createValidator,
  HISTORY_SCHEMA,
} from "../../src/validator/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";
import { commandLine } from "../support/command.ts";
import { until } from "../support/until.ts";

const [cold, signer, minerSigner] = ["cold", "validator", "miner"].map(
  (name) => keypairFromUri(`//why//${name}`).signer,
);
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 1_000;
const { heard, run } = commandLine();
let folder = "";
let chain: Chain;
let store: Store;
const at = (name: string) => join(folder, name);

/** A day of asking: so many conversations, and the miner's clock so many hours behind. */
async function day(hoursAgo: number, conversations: number, seed: string): Promise<void> {
  const kept = await openFeedbackStore(
    { folder: at("feedback") },
    { clock: { ...systemClock, nowMs: () => Date.now() - hoursAgo * HOUR_MS }, logger: silentLogger },
  );
  const served = await openServedModel(at("model.safetensors"), {});
  const modules = { memory: createAnswerMemory(), logger: silentLogger };
  const miner = createMiner(
    {
      ...{ netuid: 1, host: "127.0.0.1", port: 0, predictDeadlineMs: 5_000, serveBaseline: false, chainPollMs: 60_000 },
      ...{ version: 1_000, feedbackPerSecond: 1_000 },
    },
    {
      ...{ chain, signer: minerSigner, clock: systemClock, logger: silentLogger },
      predictor: served.predictor,
      baseline: createPredictor(baselineModel(served.baseline)),
      feedback: createMinerFeedback({ ...modules, store: kept }),
    },
  );
  await miner.start();
  const history = createSqliteHistory(store);
  const client = createClient({ timeoutMs: TIMEOUT_MS }, { signer });
  const sender = createFeedbackSender(
    { delayMs: TIMEOUT_MS + 100 },
    { history, signer, clock: systemClock, logger: silentLogger },
  );
  const transcripts = createSimulator({}, { seed }).transcripts(conversations);
  const options = { name: "simulator", intervalSeconds: 60, seed: 1, speed: "max", keepOpenSeconds: 0 } as const;
  const validator = createValidator(
    {
      ...{ netuid: 1, landmarks: DEFAULT_LANDMARKS, horizonSeconds: 1_800, sampleSize: 0, timeoutMs: TIMEOUT_MS },
      ...{
        maxQuestionsInFlight: 16,
        maxInFlightPerMiner: 64,
        questionIntervalMs: 0,
        epochLength: 100,
        chainPollMs: 60_000,
      },
      ...{ versionKey: 0, setWeights: false, maxMinerStakeRao: 4_096n * RAO_PER_TAO, maxSettled: null },
    },
    {
      ...{ chain, signer, client, mode: seedV1(), history, clock: systemClock, logger: silentLogger, feedback: sender },
      source: replay(transcripts, options, { clock: systemClock }),
      random: createRandom(seed),
    },
  );
  try {
    await validator.start();
    await validator.finished;
    await until(() => sender.counts().waiting === 0);
    await sleep(50);
  } finally {
    await validator.stop();
    client.close();
    await miner.stop();
    await kept.close();
    await served.close();
  }
}

/** The same rows, each with the other outcome. */
async function turn(from: string, to: string): Promise<void> {
  const [header = "", ...lines] = (await readFile(from, "utf8")).trimEnd().split("\n");
  const column = header.split(",").indexOf("conversion_happened");
  const times = ["seconds", "minutes"].map((unit) => header.split(",").indexOf(`time_to_conversion_${unit}`));
  const turned = lines.map((line) => {
    const cells = line.split(",");
    const converted = cells[column] === "1";
    cells[column] = converted ? "0" : "1";
    for (const [i, time] of times.entries()) if (time >= 0) cells[time] = converted ? "-1" : i === 0 ? "120" : "2";
    return cells.join(",");
  });
  await writeFile(to, [header, ...turned, ""].join("\n"));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "why-"));
  const ledger = createLedger({ seed: 1, subnets: { 1: { tempo: 2 } } });
  chain = ledgerChain(ledger);
  for (const { address } of [signer, minerSigner]) await register(chain, { netuid: 1, hotkey: address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: signer.address, amountRao: 10n * RAO_PER_TAO, signer: cold });
  for (let i = 0; i < 2; i++) ledger.produceBlock();
  store = await openStore(at("history.db"), { schemas: [HISTORY_SCHEMA] });
  await run("simulate", "--rows", "3000", "--out", at("train.csv"));
  await turn(at("train.csv"), at("turned.csv"));
  const quick = ["--model-kind", "logistic", "--time", "median"];
  await run("train", at("train.csv"), "--out", at("model"), ...quick);
  await run("train", at("turned.csv"), "--out", at("worse"), ...quick);
}, 60_000);
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

describe("why yesterday's score fell", () => {
  it("is found by a miner in what validators told it, down to the command that mends it", async () => {
    const good = await fileHash(at("model.safetensors"));
    await day(36, 80, "the day before");
    await promoteModel(at("worse.safetensors"), at("model.safetensors"), { companionOf: profilePath });
    const swappedAt = new Date(Date.now() - 20 * HOUR_MS);
    await utimes(at("model.safetensors"), swappedAt, swappedAt);
    await day(12, 80, "yesterday");

    const flags = ["--feedback", at("feedback"), "--model", at("model.safetensors"), "--no-chain"];
    await run("score", ...flags, "--json");
    const found = JSON.parse(heard.stdout);
    expect(found.before.mean - found.now.mean).toBeGreaterThan(0.05);
    expect(-found.change.total).toBeGreaterThan(found.change.chance);
    // It was the answers and not the questions, and of them the class.
    expect(found.change.byAnswers).toBeLessThan(3 * Math.min(0, found.change.byQuestions));
    expect(found.parts[0]).toMatchObject({ name: "class" });
    expect(found.now.rightClass).toBeLessThan(found.before.rightClass - 0.2);
    const sum = found.parts.reduce((total: number, { change }: { change: number }) => total + change, 0);
    expect(sum).toBeCloseTo(found.change.total, 9);
    expect(found.days.length).toBeGreaterThanOrEqual(2);

    await run("score", ...flags);
    expect(heard.stdout).toMatch(
      /The last 24 hours against the 24 before: 0\.\d+ after 0\.\d+, -0\.\d+ \(beyond chance/,
    );
    expect(heard.stdout).toMatch(/class -0\.\d+: right in \d+ %, \d+ % before/);
    const [, command] =
      /1\. The model file was replaced at [^>]*> npx conversion-subnet (.*)\n/.exec(heard.stdout) ?? [];
    expect(command).toBe(`retrain --model ${at("model.safetensors")} --rollback`);
    await run(...(command ?? "").split(" "));
    expect(await fileHash(at("model.safetensors"))).toBe(good);

    // Of a validator's own history the same comes out, as far as both know it.
    await run(
      "score",
      "--hotkey",
      minerSigner.address,
      "--history",
      at("history.db"),
      "--hours",
      "1",
      "--no-chain",
      "--json",
    );
    const told = JSON.parse(heard.stdout);
    expect(told.silence).toBe(true);
    expect(told.now.answered).toBe(found.questions);
    expect(told.now.mean).toBeCloseTo(
      (found.before.mean * found.before.questions + found.now.mean * found.now.questions) / found.questions,
      9,
    );
  }, 60_000);
});
