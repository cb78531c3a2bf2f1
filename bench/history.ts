import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scoringMode } from "../src/scoring/index.ts";
import { openStore } from "../src/store/index.ts";
import { createSqliteHistory, createStandings, HISTORY_SCHEMA, restoreStandings } from "../src/validator/index.ts";
import { type Bench, median, type Row } from "./harness.ts";
import { playRound } from "./history-round.ts";

const ANSWERS = 256;
const ROUNDS = 150;
const WARM_UP = 20;
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
    const ms = await playRound({ history, mode, standings }, number);
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
