import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../src/core/index.ts";
import { type Features, fromVector, type Truth } from "../src/schema.ts";
import { type Reply, type Score, type ScoringMode, scoringMode } from "../src/scoring/index.ts";
import { openStore } from "../src/store/index.ts";
import {
  createSqliteHistory,
  createStandings,
  HISTORY_SCHEMA,
  type HistoryStore,
  restoreStandings,
  type Standings,
} from "../src/validator/index.ts";
import { type Bench, median, type Row } from "./harness.ts";

const ANSWERS = 256;
const ROUNDS = 150;
const WARM_UP = 20;
const random = createRandom("bench history");
const hotkeys = Array.from({ length: ANSWERS }, (_, i) => `5Grwva${String(i).padStart(42, "x")}`);
const features: Features = fromVector(Array.from({ length: 40 }, () => random.next() * 100));
const frozen = { classWeights: { 0: 0.6, 1: 0.4 }, baseRate: 0.4, medianTimeSeconds: 120 };

const repliesOf = (): ReadonlyMap<string, Reply> =>
  new Map(
    hotkeys.map((hotkey): [string, Reply] => {
      const confidence = random.next();
      const conversionHappened = confidence >= 0.5 ? 1 : 0;
      const timeToConversionSeconds = conversionHappened === 1 ? 60 + random.next() * 60 : -1;
      const answer = { conversionHappened, timeToConversionSeconds, confidence, timeIfConvertedSeconds: 90 } as const;
      return [hotkey, { ok: true, latencySeconds: random.next(), answer }];
    }),
  );

/** A question to 256 miners from its asking to its scores, as the validator's judge does it; returns milliseconds. */
async function playRound(history: HistoryStore, mode: ScoringMode, standings: Standings, number: number) {
  const landmark = { messages: 4 };
  const question = { sessionId: `q-${number}`, features, landmark, horizonSeconds: 1_800 };
  const stratum = "shop, 4 messages";
  const open = { number, conversationId: `c-${number}`, stratum, landmark, askedAtSeconds: number, question };
  const { name, version, constants } = mode;
  const replies = repliesOf();
  const truth: Truth = number % 2 === 0 ? { converted: 1, timeSeconds: 80 } : { converted: 0, timeSeconds: null };
  const known = { truth, reason: "closed", atSeconds: number + 90 };
  const startedMs = performance.now();
  await history.recordQuestion({ open, frozen, mode: { name, version, constants }, asked: hotkeys, askedAtMs: number });
  await history.recordReplies(number, replies);
  // In the same commit as the scores, as it is where the answers came before the truth.
  const stored = history.recordTruth(number, known);
  const results = mode.score({ frozen, replies: [...replies.values()] }, truth);
  const scores = new Map<string, Score>();
  const prepared = [...replies].flatMap(([hotkey, reply], i) => {
    const score = results[i];
    if (score === undefined) return [];
    scores.set(hotkey, score);
    return [standings.prepare(hotkey, reply, score, truth)];
  });
  const moved = prepared.map(({ record }) => record);
  await Promise.all([stored, history.recordSettled(number, { ...known, scores }, moved)]);
  for (const { apply } of prepared) apply();
  return performance.now() - startedMs;
}

/** What the disk takes for as many bytes in as many syncs: nothing that is kept can be quicker. */
function syncMs(folder: string, bytes: number, syncs: number): number {
  const file = openSync(join(folder, "limit"), "w");
  const part = Buffer.alloc(Math.ceil(bytes / syncs), 1);
  const times = Array.from({ length: 50 }, () => {
    const startedMs = performance.now();
    for (let i = 0; i < syncs; i++) {
      writeSync(file, part);
      fdatasyncSync(file);
    }
    return performance.now() - startedMs;
  });
  closeSync(file);
  return median(times);
}

async function rounds(name: "seed-v1" | "proper-v1"): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-history-"));
  const path = join(folder, "history.db");
  const store = await openStore(path, { schemas: [HISTORY_SCHEMA] });
  const history = createSqliteHistory(store);
  const mode = scoringMode(name);
  const standings = createStandings(mode);
  const times: number[] = [];
  for (let number = 1; number <= WARM_UP + ROUNDS; number++) {
    const ms = await playRound(history, mode, standings, number);
    if (number > WARM_UP) times.push(ms);
  }
  const startedMs = performance.now();
  await restoreStandings(history, mode, createStandings(mode));
  const restoreMs = performance.now() - startedMs;
  await store.close();
  const bytes = statSync(path).size / (WARM_UP + ROUNDS);
  const limit = syncMs(folder, bytes, 3);
  rmSync(folder, { recursive: true });
  const row = { bench: "history", peer: null, ratio: null };
  return [
    { ...row, row: `round of ${ANSWERS}, ${name}, median`, ours: median(times), limit, unit: "ms", asked: "< 10" },
    { ...row, row: `kept of it, ${name}`, ours: bytes / 1e3, limit: null, unit: "kB" },
    {
      ...row,
      row: `averages again from ${WARM_UP + ROUNDS} rounds, ${name}`,
      ours: restoreMs,
      limit: null,
      unit: "ms",
    },
  ];
}

/** How long one commit of one small write keeps the event loop. */
async function oneCommit(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "bench-history-"));
  const store = await openStore(join(folder, "one.db"), { schemas: [HISTORY_SCHEMA] });
  const history = createSqliteHistory(store);
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const startedMs = performance.now();
    store.transaction((sql) => sql.run("INSERT OR REPLACE INTO history_values VALUES (?, ?)", "n", String(i)));
    times.push(performance.now() - startedMs);
  }
  await history.value("n");
  await store.close();
  const limit = syncMs(folder, 4_096, 1);
  rmSync(folder, { recursive: true });
  return { bench: "history", row: "one commit", ours: median(times), peer: null, ratio: null, limit, unit: "ms" };
}

/** `npm run bench -- history` */
export const history: Bench = {
  name: "history",
  about: "a round of 256 answers stored and scored in SQLite, each commit on the disk; limit = the disk's own syncs",
  async run(): Promise<Row[]> {
    return [...(await rounds("seed-v1")), ...(await rounds("proper-v1")), await oneCommit()];
  },
};
