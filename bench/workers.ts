import { createThreadJobs, type Jobs } from "../src/jobs/index.ts";
import { crossValidate, type FitSwitches, syntheticDataset } from "../src/learning/index.ts";
import { arithmetic } from "./arithmetic.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const FOLDS = 8;
/** Per piece of plain arithmetic: some tenths of a second, as a fold. */
const STEPS = 50_000_000;
/** A default model of many rows: each fold takes some tenths of a second. */
const SWITCHES: FitSwitches = { kind: "ensemble", folds: 0, epochs: 10, patience: 10, seed: 1 };

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/**
 * Folds a second on two threads, and on one: both wait for their threads, so that starting them counts on neither side. The
 * limit: as many times the one thread's rate of the same round as two threads gain on arithmetic alone, then and there.
 */
export async function workersRow(): Promise<Row> {
  const dataset = syntheticDataset({ rows: 8_000, seed: 1 });
  const [two, one] = [createThreadJobs({ workers: 2 }), createThreadJobs({ workers: 1 })];
  const folds = (jobs: Jobs) => secondsOf(() => crossValidate(dataset, SWITCHES, { folds: FOLDS, seed: 1, jobs }));
  const plain = (jobs: Jobs) => secondsOf(() => jobs.run(arithmetic, null, new Array(FOLDS).fill(STEPS)));
  let alone = 0;
  try {
    return await measure(
      { bench: "learning", row: "two workers vs one", unit: "folds/s", asked: "1.7x", rounds: 5 },
      {
        ours: async () => ({ amount: FOLDS, seconds: await folds(two) }),
        peer: async () => {
          alone = await folds(one);
          return { amount: FOLDS, seconds: alone };
        },
        limit: async () => ({ amount: FOLDS * ((await plain(one)) / (await plain(two))), seconds: alone }),
      },
    );
  } finally {
    await Promise.all([two, one].map((jobs) => jobs.close()));
  }
}

/** `npm run bench -- workers` */
export const workers: Bench = {
  name: "workers",
  about: "cross-validation on two threads beside one: as much of 2 as the machine's two cores allow",
  run: async () => [await workersRow()],
};
