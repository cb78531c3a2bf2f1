/**
 * A validator that is killed (SIGKILL) at random moments, beside a twin that never is. Both are sent the same events. Needs what `npm test`
 * has built. `KILLS=50 npm run test:long -- kill` kills more often; CI kills ten times.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addStake, type Chain, RAO_PER_TAO, register } from "../../src/chain/index.ts";
import { createRandom, cryptoRandom, silentLogger, sleep, systemClock } from "../../src/core/index.ts";
import { baselineModel, createPredictor } from "../../src/learning/index.ts";
import { connectLedger, createLocalnet, type Localnet } from "../../src/localnet/index.ts";
import { createMiner, type Predictor } from "../../src/miner/index.ts";
import type { Answer, Landmark } from "../../src/schema.ts";
import { rescore, seedV1 } from "../../src/scoring/index.ts";
import { createKeyStore, INGEST_SCHEMA } from "../../src/sources/index.ts";
import { openStore } from "../../src/store/index.ts";
import {
  createSqliteHistory,
  HISTORY_SCHEMA,
  type QuestionRecord,
  type StandingRecord,
} from "../../src/validator/index.ts";
import { keypairFromUri } from "../../src/wallet/index.ts";

const KILLS = Number(process.env.KILLS ?? 3);
const MAX_UNDER_WAY = 30;
const SCRIPT = fileURLToPath(new URL("../support/kill-validator.mjs", import.meta.url));
const BUILT = fileURLToPath(new URL("../../dist/validator/index.js", import.meta.url));
const LANDMARKS: readonly Landmark[] = [{ messages: 2 }];
/** Longer than any silence of the victim: an outcome that it hears of late is still one. */
const HORIZON_SECONDS = 1_800;
const SCHEMAS = [HISTORY_SCHEMA, INGEST_SCHEMA];
const cold = keypairFromUri("//kill//cold").signer;
/** The same numbers in every run but for the moments, which are the machine's. */
const random = createRandom(6);

const yes = (confidence: number): Answer => ({
  conversionHappened: 1,
  timeToConversionSeconds: 1,
  confidence,
  timeIfConvertedSeconds: 1,
});
const PREDICTORS: Readonly<Record<string, Predictor>> = {
  sure: { name: "sure", predict: async () => yes(0.9) },
  fair: {
    name: "fair",
    predict: async ({ features }) => yes(0.5 + Number(features.total_chars_from_user ?? 0) / 1_000),
  },
  slow: { name: "slow", predict: async () => sleep(200).then(() => yes(0.7)) },
};

let folder: string;
let localnet: Localnet;
let chain: Chain;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  if (!existsSync(BUILT)) throw new Error("There is no dist/: `npm test` builds it, and so does `npm run build`.");
  folder = mkdtempSync(join(tmpdir(), "kill-"));
  localnet = createLocalnet(
    { seed: 1, blockTimeMs: 50, listen: { host: "127.0.0.1", port: 0 }, subnets: { 1: { tempo: 4 } } },
    { clock: systemClock, logger: silentLogger },
  );
  await localnet.start();
  chain = connectLedger({ endpoint: localnet.status().url ?? "" }, { clock: systemClock });
  for (const name of ["victim", "twin"]) {
    const { address: hotkey } = keypairFromUri(`//kill//${name}`).signer;
    await register(chain, { netuid: 1, hotkey, signer: cold });
    await addStake(chain, { netuid: 1, hotkey, amountRao: 100n * RAO_PER_TAO, signer: cold });
  }
  const baseline = createPredictor(baselineModel({ rate: 0.5, medianTimeSeconds: 1 }));
  for (const [name, predictor] of Object.entries(PREDICTORS)) {
    const { signer } = keypairFromUri(`//kill//${name}`);
    await register(chain, { netuid: 1, hotkey: signer.address, signer: cold });
    const miner = createMiner(
      {
        netuid: 1,
        host: "127.0.0.1",
        port: 0,
        predictDeadlineMs: 5_000,
        serveBaseline: false,
        chainPollMs: 200,
        version: 1,
      },
      { chain, signer, predictor, baseline, clock: systemClock, logger: silentLogger },
    );
    await miner.start();
    closers.push(miner.stop);
  }
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await chain?.close();
  await localnet?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

interface Runner {
  readonly path: string;
  readonly key: string;
  /** Where it listens now; null = nobody does. */
  url: string | null;
  process: ChildProcess | null;
  /** Event ids that it said were stored. */
  readonly acknowledged: Set<string>;
  /** What it said it had scored, by question. */
  readonly scored: Map<number, Readonly<Record<string, number>>>;
  readonly complaints: string[];
}

async function createRunner(name: string): Promise<Runner> {
  const path = join(folder, name, "history.db");
  const store = await openStore(path, { schemas: SCHEMAS });
  const { text } = createKeyStore({ store, clock: systemClock, random: cryptoRandom }).create({
    ...{ name, source: "shop", scopes: ["events:write"] },
  });
  await store.close();
  return { path, key: text, url: null, process: null, acknowledged: new Set(), scored: new Map(), complaints: [] };
}

/** Starts it; resolves when it listens or is gone. */
async function start(runner: Runner, name: string): Promise<void> {
  const { path } = runner;
  const options = {
    path,
    ledger: localnet.status().url,
    uri: `//kill//${name}`,
    landmarks: LANDMARKS,
    horizonSeconds: HORIZON_SECONDS,
    port: 0,
  };
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], { stdio: ["ignore", "pipe", "pipe"] });
  runner.process = child;
  createInterface({ input: child.stderr }).on("line", (line) => runner.complaints.push(line));
  await new Promise<void>((resolve) => {
    child.once("exit", () => {
      runner.url = null;
      resolve();
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      // The last line of a killed process may be cut.
      if (!line.endsWith("}")) return;
      const said = JSON.parse(line);
      if (typeof said.scored === "number") runner.scored.set(said.scored, said.totals);
      if (typeof said.port !== "number") return;
      runner.url = `http://127.0.0.1:${said.port}`;
      resolve();
    });
  });
}
async function end(runner: Runner, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const child = runner.process;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
  runner.url = null;
}

/** Sends until it is told that all is stored: what a platform does. */
async function deliver(runner: Runner, events: readonly { readonly id: string }[]): Promise<void> {
  for (;;) {
    const { url } = runner;
    const reply = url === null ? null : await post(url, runner.key, events).catch(() => null);
    if (reply?.ok === true) {
      for (const { id } of events) runner.acknowledged.add(id);
      return;
    }
    await sleep(20);
  }
}
const post = (url: string, key: string, events: readonly object[]) =>
  fetch(`${url}/v1/events/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ events }),
    signal: AbortSignal.timeout(5_000),
  });

/** Two messages, and some time later what came of it. */
async function converse(number: number, runners: readonly Runner[]): Promise<void> {
  const conversation = { conversation_id: `c${number}` };
  const at = Date.now() / 1_000;
  const says = (role: string, i: number, text: string) => ({
    id: `${number}-${i}`,
    type: "message",
    ...conversation,
    at: at + i / 100,
    role,
    text,
  });
  const messages = [says("user", 0, "Hello".padEnd(5 + (number % 40), "!")), says("agent", 1, "Your e-mail?")];
  const converted = random.next() < 0.5;
  const outcomeMs = 300 + random.next() * 1_200;
  const outcome = {
    id: `${number}-2`,
    type: converted ? "converted" : "closed",
    ...conversation,
    at: at + outcomeMs / 1_000,
  };
  await Promise.all(
    runners.map(async (runner) => {
      await deliver(runner, messages);
      await sleep(Math.max(0, outcome.at * 1_000 - Date.now()));
      await deliver(runner, [outcome]);
    }),
  );
}

interface Kept {
  readonly records: QuestionRecord[];
  readonly standings: StandingRecord[];
  readonly events: Set<string>;
  readonly problems: string[];
}
async function read(runner: Runner): Promise<Kept> {
  const store = await openStore(runner.path, { schemas: SCHEMAS });
  const history = createSqliteHistory(store);
  const records: QuestionRecord[] = [];
  for await (const record of history.records()) records.push(record);
  const kept = {
    records,
    standings: await history.standings(seedV1()),
    events: new Set(store.sql.all("SELECT id FROM ingest_events").map(({ id }) => String(id))),
    problems: store.check(),
  };
  expect(await history.open()).toEqual([]);
  await store.close();
  return kept;
}
const openIn = async ({ path }: Runner): Promise<number> => {
  const store = await openStore(path, { schemas: SCHEMAS, access: "read" });
  const { open } = await createSqliteHistory(store).info();
  await store.close();
  return open;
};

/** Records of both runs about the same conversations, everything but the truth, the answers and the order in which they settled made alike. */
const comparable = (records: readonly QuestionRecord[], others: ReadonlyMap<string, QuestionRecord>) =>
  records
    .filter(({ open }) => others.has(open.conversationId))
    .sort((a, b) => (a.open.conversationId < b.open.conversationId ? -1 : 1))
    .map((record) => {
      const other = others.get(record.open.conversationId);
      // Whom either run hung up on when it was killed is judged in neither.
      const both = [...record.replies].filter(([hotkey, reply]) => reply.ok && other?.replies.get(hotkey)?.ok).sort();
      const replies = new Map(both.map(([hotkey, reply]) => [hotkey, { ...reply, latencySeconds: 0.1 }]));
      const { frozen } = seedFrozen;
      return { ...record, frozen, asked: [...replies.keys()], replies };
    });
const seedFrozen = { frozen: { classWeights: { 0: 0.625, 1: 0.375 }, baseRate: 0.5, medianTimeSeconds: 15 } } as const;

it(`loses nothing in ${KILLS} kills`, { timeout: 120_000 + KILLS * 15_000 }, async () => {
  const victim = await createRunner("victim");
  const twin = await createRunner("twin");
  await start(twin, "twin");
  const talks: Promise<void>[] = [];
  let underWay = 0;
  let talking = true;
  const platform = (async () => {
    for (let number = 1; talking; number++) {
      underWay += 1;
      talks.push(converse(number, [victim, twin]).finally(() => (underWay -= 1)));
      await sleep(120 + random.next() * 160);
      // On a slow machine the victim is away for long, and what waits for it does not grow meanwhile.
      while (talking && underWay >= MAX_UNDER_WAY) await sleep(20);
    }
  })();
  let early = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const starting = start(victim, "victim");
    // One in five is killed before it listens.
    if (kill % 3 === 2) {
      await Promise.race([starting, sleep(random.next() * 500)]);
      early += victim.url === null ? 1 : 0;
    } else {
      await starting;
      await sleep(random.next() * 900);
    }
    await end(victim, "SIGKILL");
    await starting;
  }
  await start(victim, "victim");
  talking = false;
  await platform;
  await Promise.all(talks);
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(100)) {
    if ((await openIn(victim)) + (await openIn(twin)) === 0) break;
  }
  await sleep(500);
  await end(victim, "SIGTERM");
  await end(twin, "SIGTERM");

  const [ours, theirs] = [await read(victim), await read(twin)];
  const figures = {
    kills: KILLS,
    early,
    conversations: talks.length,
    acknowledged: victim.acknowledged.size,
    scored: victim.scored.size,
  };
  const byConversation = (records: readonly QuestionRecord[]) =>
    new Map(records.map((one) => [one.open.conversationId, one]));
  const [mine, other] = [byConversation(ours.records), byConversation(theirs.records)];
  const seen = [...mine.keys()].filter((id) => other.has(id));
  console.info(
    JSON.stringify({ ...figures, questions: ours.records.length, twin: theirs.records.length, both: seen.length }),
  );

  expect([ours.problems, theirs.problems]).toEqual([[], []]);
  // No event that was acknowledged is lost.
  expect([...victim.acknowledged].filter((id) => !ours.events.has(id))).toEqual([]);
  expect(victim.acknowledged.size).toBe(talks.length * 3);
  // No score that was told is lost or changed.
  const stored = new Map(ours.records.map((one) => [one.open.number, one]));
  for (const [number, totals] of victim.scored) {
    const scores = stored.get(number)?.settled?.scores ?? new Map();
    expect(Object.fromEntries([...scores].map(([hotkey, { total }]) => [hotkey, total]))).toEqual(totals);
  }
  // No question is asked twice, and none is void.
  expect(mine.size).toBe(ours.records.length);
  expect(ours.records.filter(({ settled }) => settled?.truth === null).map(({ settled }) => settled?.reason)).toEqual(
    [],
  );
  // Averages are those of the stored scores, each counted once.
  const average = seedV1().average;
  const again = await rescore(ours.records, { mode: null });
  expect([again.differing, again.unknownMode]).toEqual([0, 0]);
  for (const { hotkey, standing } of again.miners) {
    const sums = ours.standings.find((one) => one.hotkey === hotkey);
    expect(sums).toMatchObject({ asked: standing.asked, answered: standing.answered });
    expect(sums?.weighted).toBeCloseTo(standing.weighted, 12);
    expect(average.value(standing)).not.toBeNull();
  }
  // What both saw, both judged alike.
  // On a slow machine the victim hears of many too late to ask about them.
  expect(seen.length).toBeGreaterThan(Math.min(talks.length / 2, KILLS));
  for (const id of seen) {
    const [a, b] = [mine.get(id), other.get(id)];
    expect(a?.settled?.truth).toEqual(b?.settled?.truth);
    expect(a?.open.question.features).toEqual(b?.open.question.features);
    expect([...(a?.asked ?? [])].sort()).toEqual([...(b?.asked ?? [])].sort());
  }
  const [one, two] = [comparable(ours.records, other), comparable(theirs.records, mine)];
  const standings = await Promise.all([one, two].map((records) => rescore(records, { mode: seedV1() })));
  expect(standings[0]?.miners).toEqual(standings[1]?.miners);
  expect(standings[0]?.miners.map(({ asked }) => asked > 10)).toEqual([true, true, true]);
});
