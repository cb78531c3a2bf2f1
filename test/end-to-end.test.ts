/**
 * A whole subnet over real HTTP on loopback: a served ledger, miners, a validator. The reference's validator scores every one of
 * these miners the same (defect 1): its tests replaced both ends by mocks.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addStake, type Chain, RAO_PER_TAO, register, serveAxon } from "../src/chain/index.ts";
import { type Clock, createManualClock, createRandom, silentLogger, systemClock } from "../src/core/index.ts";
import { landmarkRows } from "../src/features/index.ts";
import { baselineModel, baseRateOf, createPredictor, datasetFromRows, fit, type Model } from "../src/learning/index.ts";
import { connectLedger, createLocalnet, type Localnet } from "../src/localnet/index.ts";
import { createMiner, type Predictor } from "../src/miner/index.ts";
import { createClient, type FetchApp, serve } from "../src/protocol/index.ts";
import { type Answer, answerToWire, type Features, type Landmark, type Transcript, type Truth } from "../src/schema.ts";
import { scoringMode } from "../src/scoring/index.ts";
import { createSimulator, replay } from "../src/sources/index.ts";
import {
  createMemoryHistory,
  createValidator,
  type HistoryStore,
  type ValidatorStatus,
} from "../src/validator/index.ts";
import { keypairFromUri, type Signer } from "../src/wallet/index.ts";

const LANDMARKS: readonly Landmark[] = [{ messages: 4 }, { messages: 8 }];
const HORIZON = { landmarks: LANDMARKS, horizonSeconds: 1_800 };
const PACE = { intervalSeconds: 20, seed: 1, speed: "max", keepOpenSeconds: 0 } as const;
const cold = keypairFromUri("//end to end//cold").signer;
const hotkeyOf = (name: string) => keypairFromUri(`//end to end//${name}`).signer;
const validatorKey = hotkeyOf("validator");

let localnet: Localnet;
let chain: Chain;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  localnet = createLocalnet(
    { seed: 1, blockTimeMs: 20, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 4 } } },
    { clock: systemClock, logger: silentLogger },
  );
  await localnet.start();
  chain = connectLedger({ endpoint: localnet.status().url ?? "" }, { clock: systemClock });
  await register(chain, { netuid: 1, hotkey: validatorKey.address, signer: cold });
  await addStake(chain, { netuid: 1, hotkey: validatorKey.address, amountRao: 100n * RAO_PER_TAO, signer: cold });
  while (!(await chain.metagraph({ netuid: 1 })).neurons[0]?.validatorPermit);
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await localnet.stop();
});

const enrol = async (signer: Signer) =>
  void (await register(chain, { netuid: 1, hotkey: signer.address, signer: cold }));
const announce = (signer: Signer, port: number | null) =>
  serveAxon(chain, { netuid: 1, axon: { ip: "127.0.0.1", port: port ?? 1, version: 1 }, signer });

/** A miner of ours with a predictor; null serves the baseline. */
async function startMiner(name: string, predictor: Predictor | null, baseline: Model) {
  const signer = hotkeyOf(name);
  await enrol(signer);
  const miner = createMiner(
    {
      netuid: 1,
      host: "127.0.0.1",
      port: 0,
      predictDeadlineMs: 5_000,
      serveBaseline: predictor === null,
      chainPollMs: 50,
      version: 1,
    },
    { chain, signer, predictor, baseline: createPredictor(baseline), clock: systemClock, logger: silentLogger },
  );
  await miner.start();
  closers.push(miner.stop);
  return miner;
}

/** Somebody else's server under a registered hotkey; it need not know our protocol. */
async function startRaw(name: string, app: FetchApp) {
  const signer = hotkeyOf(name);
  await enrol(signer);
  const server = await serve(app, { port: 0 });
  closers.push(() => server.close());
  await announce(signer, server.port);
  return signer.address;
}

interface Judged extends ValidatorStatus {
  readonly history: HistoryStore;
}
/** A validator plays all these conversations, asking those miners only. */
async function judge(
  transcripts: Iterable<Transcript>,
  names: readonly string[],
  clock: Clock = systemClock,
): Promise<Judged> {
  const wanted = new Set(names.map((name) => hotkeyOf(name).address));
  const history = createMemoryHistory();
  const client = createClient({}, { signer: validatorKey, clock });
  const only: Chain = {
    ...chain,
    async metagraph(...args) {
      const metagraph = await chain.metagraph(...args);
      const neurons = metagraph.neurons.map((one) => (wanted.has(one.hotkey) ? one : { ...one, axon: null }));
      return { ...metagraph, neurons };
    },
  };
  const validator = createValidator(
    {
      netuid: 1,
      ...HORIZON,
      sampleSize: 0,
      timeoutMs: 10_000,
      maxQuestionsInFlight: 16,
      maxInFlightPerMiner: 1_024,
      questionIntervalMs: 0,
      epochLength: 1,
      chainPollMs: 50,
      versionKey: 0,
      setWeights: false,
      maxMinerStakeRao: 4_096n * RAO_PER_TAO,
      maxSettled: null,
    },
    {
      chain: only,
      signer: validatorKey,
      client,
      source: replay(transcripts, PACE, { clock: systemClock }),
      mode: scoringMode("seed-v1"),
      history,
      clock,
      random: createRandom("end to end"),
      logger: silentLogger,
    },
  );
  try {
    await validator.start();
    await validator.finished;
    // Once, and when everything is scored: until then the chain's rate limit may stand in the way.
    while (!(await validator.setWeightsNow())) await new Promise((resolve) => setTimeout(resolve, 20));
    return { ...validator.status(), history };
  } finally {
    await validator.stop();
    client.close();
  }
}
const standingOf = ({ miners }: ValidatorStatus, name: string) =>
  miners.find(({ hotkey }) => hotkey === hotkeyOf(name).address);

const certain = (truth: Truth): Answer => ({
  conversionHappened: truth.converted,
  timeToConversionSeconds: truth.converted === 1 ? Math.max(1, truth.timeSeconds ?? 60) : -1,
  confidence: truth.converted,
  timeIfConvertedSeconds: truth.converted === 1 ? Math.max(1, truth.timeSeconds ?? 60) : null,
});
const opposite = ({ converted }: Truth): Truth =>
  converted === 1 ? { converted: 0, timeSeconds: null } : { converted: 1, timeSeconds: 60 };

describe("a validator and five miners", () => {
  const names = ["oracle", "trained", "baseline", "wrong", "offline"];
  const simulate = (seed: string, count: number) => [
    ...createSimulator({ appeal: -0.4 }, { random: createRandom(seed) }).transcripts(count),
  ];
  let result: Judged;

  beforeAll(async () => {
    const rows = datasetFromRows(simulate("lessons", 500).flatMap((one) => landmarkRows(one, HORIZON)));
    const { model } = await fit(rows, { kind: "network", epochs: 8, seed: 1 });
    const baseline = baselineModel(baseRateOf(rows));
    const asked = simulate("asked", 80);
    // The oracle has seen the future: every question that will be asked, with what came of it.
    const keyOf = (features: Features, landmark: Landmark | null) => JSON.stringify([landmark, features]);
    const future = new Map(
      asked.flatMap((one) => landmarkRows(one, HORIZON)).map((row) => [keyOf(row.features, row.landmark), row.truth]),
    );
    const known = (features: Features, landmark: Landmark | null): Truth => {
      const truth = future.get(keyOf(features, landmark));
      if (truth === undefined) throw new Error("nobody told the oracle of this question");
      return truth;
    };
    const oracle = await startMiner(
      "oracle",
      { name: "oracle", predict: (q) => certain(known(q.features, q.landmark)) },
      baseline,
    );
    await startMiner("trained", { name: "trained", predict: createPredictor(model) }, baseline);
    await startMiner("baseline", null, baseline);
    await startMiner(
      "wrong",
      { name: "wrong", predict: (q) => certain(opposite(known(q.features, q.landmark))) },
      baseline,
    );
    const offline = await startMiner("offline", null, baseline);
    await offline.stop();
    result = await judge(asked, names);
    expect(oracle.status()).toMatchObject({ fallbacks: 0, requests: { OK: result.questions } });
  });

  it("defect 1: oracle, trained, baseline, wrong and offline come out in that order, by score and by prediction score", () => {
    expect(result.settled).toBeGreaterThan(100);
    for (const figure of ["score", "meanScore", "predictionScore"] as const) {
      const figures = names.map((name) => standingOf(result, name)?.[figure] ?? Number.NaN);
      expect(figures, figure).toEqual([...figures].sort((a, b) => b - a));
      expect(new Set(figures).size, figure).toBe(5);
    }
    expect(standingOf(result, "oracle")).toMatchObject({ auc: 1, brier: 0 });
    expect(standingOf(result, "wrong")).toMatchObject({ auc: 0, brier: 1 });
    expect(standingOf(result, "trained")?.auc).toBeGreaterThan(0.6);
    expect(standingOf(result, "trained")?.brier).toBeLessThan(result.baseRateBrier ?? 0);
  });

  it("defect 2: a miner that is offline is no fast miner: it has no answer, no latency and no reward", () => {
    expect(standingOf(result, "offline")).toMatchObject({
      asked: result.settled,
      answered: 0,
      score: 0,
      latencyP50Ms: null,
      pay: 0,
    });
    expect(standingOf(result, "oracle")?.latencyP50Ms).toBeGreaterThan(0);
  });

  it("turns the same order into weights on the chain, and the weights into incentive, under each miner's own uid", async () => {
    const shares = names.map((name) => result.weights.get(hotkeyOf(name).address) ?? 0);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.at(-1)).toBe(0);
    const { block } = await chain.metagraph({ netuid: 1 });
    while ((await chain.head()).block < block + 8);
    const { neurons } = await chain.metagraph({ netuid: 1 });
    const incentives = names.map((name) => neurons.find(({ hotkey }) => hotkey === hotkeyOf(name).address)?.incentive);
    for (const [i, incentive] of incentives.entries()) expect(incentive).toBeCloseTo(shares[i] ?? 0, 4);
  });

  it("keeps of every question what was asked, answered and paid, in the order of asking", async () => {
    const latest = await result.history.latest(1_000);
    expect(latest).toEqual(Array.from({ length: result.questions }, (_, i) => result.questions - i));
    const record = await result.history.question(1);
    expect(record?.asked).toEqual(names.map((name) => hotkeyOf(name).address));
    const answered = names.map((name) => record?.replies.get(hotkeyOf(name).address)?.ok);
    expect(answered).toEqual([true, true, true, true, false]);
    expect(record?.settled?.scores.size).toBe(5);
  });
});

describe("what a miner says of itself", () => {
  const truth: Truth = { converted: 1, timeSeconds: 40 };
  /** Conversations of six messages, so of one question, that convert at 40 s: one answer is right for all. */
  const transcripts = Array.from(
    { length: 8 },
    (_, i): Transcript => ({
      id: `t${i}`,
      source: "test",
      startedAt: null,
      messages: Array.from({ length: 6 }, (__, j) => ({
        role: j % 2 === 0 ? "user" : "agent",
        text: "word ".repeat(i + j),
        atSeconds: 4 * j,
      })),
      outcome: { converted: true, atSeconds: 40, afterMessages: 6 },
    }),
  );
  /** Answers rightly, and takes 700 ms of the validator's clock for it. */
  const raw = (
    clock: ReturnType<typeof createManualClock>,
    body: object,
    headers: Record<string, string> = {},
  ): FetchApp => ({
    fetch() {
      clock.advance(700);
      return Response.json({ ...answerToWire(certain(truth)), ...body }, { headers });
    },
  });
  const play = async (name: string, body: object, headers?: Record<string, string>) => {
    const clock = createManualClock(Date.now());
    await startRaw(name, raw(clock, body, headers));
    const status = await judge(transcripts.slice(0, 1), [name], clock);
    return { ...standingOf(status, name), hotkey: "" };
  };

  it("defect 2: time and uid are the validator's own: its clock, and the hotkey that it asked", async () => {
    const clock = createManualClock(Date.now());
    const address = await startRaw("timed", raw(clock, {}));
    const { miners, weights } = await judge(transcripts.slice(0, 1), ["timed"], clock);
    expect(miners.map(({ hotkey }) => hotkey)).toEqual([address]);
    expect(miners[0]?.latencyP50Ms).toBe(700);
    expect([...weights]).toEqual([[address, 1]]);
  });

  it("defect 3: a response_time, or a miner_uid, in a miner's own body or headers changes nothing", async () => {
    const honest = await play("honest", {});
    const lies = {
      response_time: -6_000,
      miner_uid: 0,
      process_time: 0,
      score: 1,
      dendrite: { process_time: "-6000" },
    };
    const liar = await play("liar", lies, { "x-process-time": "-6000", bt_header_dendrite_process_time: "-6000" });
    expect(honest).toMatchObject({ asked: 1, answered: 1, latencyP99Ms: 700 });
    expect(liar).toEqual(honest);
    expect(liar.score).toBeLessThanOrEqual(1);
  });

  it("may be nonsense in place of an answer: it earns nothing, and harms nobody", async () => {
    const nonsense: FetchApp = { fetch: () => new Response('{"prediction": {"conversion_happened": NaN}}') };
    await startRaw("nonsense", nonsense);
    const clock = createManualClock(Date.now());
    await startRaw("right", raw(clock, {}));
    const status = await judge(transcripts, ["nonsense", "right"]);
    expect(standingOf(status, "nonsense")).toMatchObject({ asked: 8, answered: 0, score: 0 });
    expect(standingOf(status, "right")).toMatchObject({ asked: 8, answered: 8, brier: 0 });
  });
});
