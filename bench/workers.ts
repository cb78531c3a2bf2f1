import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createThreadJobs } from "../src/jobs/index.ts";
import { crossValidate, type FitSwitches, syntheticDataset } from "../src/learning/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const FOLDS = 8;
/** A default model of many rows: each fold takes some tenths of a second. */
const SWITCHES: FitSwitches = { kind: "ensemble", folds: 0, epochs: 10, patience: 10, seed: 1 };

/** Folds on so many threads, started once. */
function folding(workers: number) {
  const dataset = syntheticDataset({ rows: 8_000, seed: 1 });
  const jobs = createThreadJobs({ workers });
  return {
    run: async () => (await crossValidate(dataset, SWITCHES, { folds: FOLDS, seed: 1, jobs })).folds.length,
    close: () => jobs.close(),
  };
}

/** A process of its own that folds on one thread whenever it is told to. */
async function startSide(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), ["side"]);
  await once(child, "message");
  return child;
}
async function askSide(child: ChildProcess): Promise<number> {
  child.send("go");
  const [folds] = await once(child, "message");
  return Number(folds);
}
if (process.argv[2] === "side" && process.send !== undefined) {
  const { run } = folding(1);
  process.on("message", async () => process.send?.(await run()));
  process.send("ready");
}

/**
 * Folds a second on two threads, and on one: both wait for their threads, so that starting them counts on neither side. The limit is
 * two processes that know nothing of each other: what two cores that share a cache and memory give to this work at best.
 */
export async function workersRow(): Promise<Row> {
  const [two, one] = [folding(2), folding(1)];
  const sides = [await startSide(), await startSide()];
  const apart = async () => (await Promise.all(sides.map(askSide))).reduce((sum, folds) => sum + folds, 0);
  try {
    return await measure(
      { bench: "learning", row: "two workers vs one", unit: "folds/s", asked: "1.7x", rounds: 5 },
      { ours: two.run, peer: one.run, limit: apart },
    );
  } finally {
    for (const side of sides) side.kill();
    await Promise.all([two, one].map(({ close }) => close()));
  }
}

/** `npm run bench -- workers` */
export const workers: Bench = {
  name: "workers",
  about: "cross-validation on two threads beside one: as much of 2 as the machine's two cores allow",
  run: async () => [await workersRow()],
};
