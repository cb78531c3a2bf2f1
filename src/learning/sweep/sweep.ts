import { createRandom, InvalidArgumentError } from "../../core/index.ts";
import { createInlineJobs, type Jobs } from "../../jobs/index.ts";
import { quantile } from "../../scoring/index.ts";
import { type Dataset, settledOnly, takeRows } from "../data/dataset.ts";
import { SweepFailedError } from "../errors.ts";
import { joinForecasts } from "../evaluation/cross-validate.ts";
import { MEASURES, measureRows } from "../evaluation/measures.ts";
import { resampleByGroup, type Sample, sampleOf } from "../evaluation/sample.ts";
import { baseRateOf, datasetHash } from "../models/base-rate.ts";
import { splitFolds } from "../models/folds.ts";
import type { FitSwitches } from "../models/switches.ts";
import { NARROWING, rungShares, takeShare } from "./rungs.ts";
import { DEFAULT_SPACE, drawSwitches, parseSpace, type SearchSpace } from "./space.ts";
import { type TrialFold, trialFold } from "./trial.ts";

/** One choice of switches, and what it came to. Number 0 is what the sweep began with: the defaults, which go on to the end. */
export interface Trial {
  readonly id: number;
  readonly switches: FitSwitches;
  /** Share of the conversations that it was last measured on, out of fold; 0 = on none. */
  readonly share: number;
  /** Its figure there; null = not measured, or not learnable. */
  readonly value: number | null;
  /** By how much it is better than number 0 on the same rows, with the 95 % interval; null on part of the conversations. */
  readonly gain: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Why nothing came of it. */
  readonly failure: string | null;
}

/** What a sweep came to: plain data, for a file. */
export interface Sweep {
  readonly measure: string;
  readonly seed: number;
  /** SHA-256 (hex) of the rows. */
  readonly dataHash: string;
  /** Best first; those that came further before those that did not. */
  readonly trials: readonly Trial[];
  /** Switches of the best. With many trials the best owes something to luck: see its `gain`, and measure it on other rows. */
  readonly best: FitSwitches;
  /** The signal ended it; trials are as far as they came. */
  readonly aborted: boolean;
}

/** How to {@link sweep}. */
export interface SweepOptions {
  readonly space?: SearchSpace | undefined;
  /** Switches that are not searched, and where the sweep begins. */
  readonly base?: FitSwitches | undefined;
  /** Default 24, the defaults among them. */
  readonly trials?: number | undefined;
  /** "halving" (default): all on few conversations, the best third on three times as many, and so on; "random": all on all. */
  readonly strategy?: "random" | "halving" | undefined;
  /** A measure of {@link MEASURES} with a better side (default "logLoss"). */
  readonly measure?: string | undefined;
  /** Default 3. */
  readonly folds?: number | undefined;
  readonly by?: "group" | "time" | undefined;
  readonly seed?: number | undefined;
  readonly jobs?: Jobs | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of every trial that was measured, with the best so far. */
  readonly onTrial?: ((trial: Trial, best: Trial) => void) | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** A trial on its way, with its forecasts of the rung it came to. */
interface Running extends Trial {
  readonly sample: Sample | null;
}

const bare = ({ sample: _, ...trial }: Running): Trial => trial;

/** Better trials first: further rungs before nearer ones, then by the measure. */
function byRank(sign: 1 | -1) {
  return (a: Trial, b: Trial): number =>
    (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0) ||
    b.share - a.share ||
    sign * ((b.value ?? 0) - (a.value ?? 0)) ||
    a.id - b.id;
}

function everyRow({ groups }: Sample): number[] {
  return groups.map((_, row) => row);
}

/** Paired: both are measured on the same draws of conversations. */
function gainOver(base: Sample, own: Sample, measure: string, sign: 1 | -1, seed: number): Trial["gain"] {
  const measured = (sample: Sample, rows: readonly number[]) => measureRows(sample, rows)[measure] ?? Number.NaN;
  const over = (rows: readonly number[]) => sign * (measured(own, rows) - measured(base, rows));
  const rows = everyRow(own);
  const drawn = resampleByGroup(rows, own.groups, { seed, resamples: 100 }).map(over).filter(Number.isFinite);
  const [low, high] = [quantile(drawn, 0.025), quantile(drawn, 0.975)];
  const value = over(rows);
  return low === null || high === null || !Number.isFinite(value) ? null : { value, low, high };
}

/** Runs the folds of all trials of a rung; tells of each trial as soon as its last fold is there. */
async function runRung(
  rows: Dataset,
  trials: readonly Running[],
  share: number,
  measure: string,
  options: SweepOptions,
  onTrial: (trial: Running) => void,
): Promise<void> {
  const { folds = 3, by, seed = 42, signal, jobs = createInlineJobs(), onProgress } = options;
  const rounds = splitFolds(rows, { folds, seed, by });
  const tested = settledOnly(
    takeRows(
      rows,
      rounds.flatMap(({ test }) => [...test]),
    ),
  );
  const baseline = baseRateOf(rows);
  const results = trials.map((): TrialFold[] => []);
  const inputs = trials.flatMap(({ switches }) =>
    rounds.map((round) => ({ ...round, switches: { ...switches, seed } })),
  );
  const finish = (trial: Running, found: readonly TrialFold[]) => {
    const failed = found.find((one) => !one.ok);
    if (failed?.ok === false) return onTrial({ ...trial, share, value: null, sample: null, failure: failed.reason });
    const own = joinForecasts(found.flatMap((one) => (one.ok ? [one.own] : [])));
    const sample = sampleOf(own, tested, baseline);
    const value = measureRows(sample, everyRow(sample))[measure] ?? null;
    // Only what came to the end is compared row by row.
    onTrial({ ...trial, share, value, sample: share === 1 ? sample : null });
  };
  await jobs.run(trialFold, { dataset: rows }, inputs, {
    signal,
    onProgress,
    onResult(index, result) {
      const which = Math.floor(index / rounds.length);
      const found = results[which];
      found[index % rounds.length] = result;
      if (found.filter(Boolean).length === rounds.length) finish(trials[which], found);
    },
  });
}

function checkOptions({ trials = 24, measure = "logLoss" }: SweepOptions) {
  if (!(Number.isInteger(trials) && trials >= 1 && trials <= 10_000)) {
    throw new InvalidArgumentError({
      argument: "trials",
      problem: "must be a whole number from 1 to 10000",
      value: trials,
    });
  }
  const better = MEASURES.find(({ name }) => name === measure)?.better ?? "none";
  if (better === "none") {
    const known = MEASURES.filter((one) => one.better !== "none").map(({ name }) => name);
    throw new InvalidArgumentError({
      argument: "measure",
      problem: `must be one of ${known.join(", ")}`,
      value: measure,
    });
  }
  return { trials, measure, sign: better === "higher" ? (1 as const) : (-1 as const) };
}

/**
 * Searches for better switches of `fit`: draws trials from a space, cross-validates them, and says how the best compare with the
 * switches that it began with, by more than noise or not. The same seed gives the same trials and figures, on however many threads.
 *
 * @throws {InvalidArgumentError}; {@link SweepFailedError} when no trial could be learned; {@link WorkerLostError}; the signal's reason when it is aborted before any trial was measured.
 * @example
 * const { best, trials } = await sweep(dataset, { trials: 24, jobs: createThreadJobs(), seed: 7 });
 * trials[0].gain; // { value: 0.012, low: 0.004, high: 0.021 }
 * const { model } = await fit(dataset, best);
 */
export async function sweep(dataset: Dataset, options: SweepOptions = {}): Promise<Sweep> {
  const { trials: count, measure, sign } = checkOptions(options);
  const { base = {}, strategy = "halving", seed = 42, signal } = options;
  const space = parseSpace(options.space ?? DEFAULT_SPACE);
  const random = createRandom(seed).fork("sweep");
  const rank = byRank(sign);
  const none = { share: 0, value: null, gain: null, failure: null, sample: null } as const;
  const all: Running[] = Array.from({ length: count }, (_, id) => ({
    ...{ id, ...none },
    switches: id === 0 ? base : drawSwitches(space, base, random.fork(`trial ${id}`)),
  }));
  const shares = rungShares(new Set(dataset.groups).size, strategy);
  let going: readonly Running[] = all;
  try {
    for (const [rung, share] of shares.entries()) {
      const rows = takeShare(dataset, share, seed);
      // Rungs cost about the same: a third of the trials on three times the rows.
      const onProgress = (part: number) => options.onProgress?.((rung + part) / shares.length);
      await runRung(rows, going, share, measure, { ...options, onProgress }, (trial) => {
        all[trial.id] = trial;
        options.onTrial?.(bare(trial), bare([...all].sort(rank)[0]));
      });
      const ranked = going.map(({ id }) => all[id]).sort(rank);
      const left = ranked.slice(0, Math.ceil(ranked.length / NARROWING)).filter(({ value }) => value !== null);
      going = left.some(({ id }) => id === 0) ? left : [all[0], ...left];
    }
  } catch (error) {
    if (signal?.aborted !== true || all.every(({ value }) => value === null)) throw error;
  }
  const [first] = all;
  if (all.every(({ value }) => value === null)) throw new SweepFailedError({ trials: count, reason: first.failure });
  const trials = [...all].sort(rank).map((trial): Trial => {
    const gain =
      trial.id !== 0 && trial.sample !== null && first.sample !== null
        ? gainOver(first.sample, trial.sample, measure, sign, seed)
        : null;
    return { ...bare(trial), gain };
  });
  const { switches } = trials.find(({ value }) => value !== null) ?? trials[0];
  return { measure, seed, dataHash: datasetHash(dataset), trials, best: switches, aborted: signal?.aborted === true };
}
