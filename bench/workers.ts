import { createThreadJobs } from "../src/jobs/index.ts";
import { crossValidate, type FitSwitches, syntheticDataset } from "../src/learning/index.ts";
import { type Bench, measure, type Row } from "./harness.ts";

const FOLDS = 8;
/** A default model of many rows: each fold takes some tenths of a second. */
const SWITCHES: FitSwitches = { kind: "ensemble", folds: 0, epochs: 10, patience: 10, seed: 1 };

/** Folds a second on two threads, and on one: both wait for their threads, so that starting them counts on neither side. */
export async function workersRow(): Promise<Row> {
  const dataset = syntheticDataset({ rows: 8_000, seed: 1 });
  const [two, one] = [2, 1].map((workers) => createThreadJobs({ workers }));
  const work = (jobs: typeof two) => async () =>
    (await crossValidate(dataset, SWITCHES, { folds: FOLDS, seed: 1, jobs })).folds.length;
  try {
    return await measure(
      { bench: "learning", row: "two workers vs one", unit: "folds/s", rounds: 5 },
      { ours: work(two), peer: work(one) },
    );
  } finally {
    await Promise.all([two, one].map((jobs) => jobs?.close()));
  }
}

/** `npm run bench -- workers` */
export const workers: Bench = {
  name: "workers",
  about: "cross-validation on two threads beside one: as much of 2 as the machine's two cores allow",
  run: async () => [await workersRow()],
};
