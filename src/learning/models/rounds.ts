import type { Random } from "../../core/index.ts";
import { type Dataset, isOpen, settledOnly, splitDataset, takeRows } from "../data/dataset.ts";
import { splitFolds } from "./folds.ts";
import { forecastParts, learnParts, type Parts, type PartsForecasts, type PartsPlan } from "./parts.ts";

/** Parts, beside what such parts say of rows that they have not learned from. */
export interface Fitted {
  readonly parts: Parts;
  readonly unseen: Dataset;
  readonly forecasts: PartsForecasts;
}

/** Predictions of each row by parts that learned from other conversations, then parts that learn from all. */
export async function learnAcross(
  dataset: Dataset,
  plan: PartsPlan,
  {
    folds,
    seed,
    random,
    onProgress,
    onLast,
  }: {
    folds: number;
    seed: number;
    random: Random;
    onProgress: (share: number) => void;
    /** Told which rows stop the last round, whose parts will serve. */
    onLast: (stop: Dataset) => void;
  },
): Promise<Fitted | null> {
  const seen: number[] = [];
  const collected: PartsForecasts[] = [];
  let parts: Parts | null = null;
  let round = 0;
  const learnRound = async (rows: Dataset, label: string) => {
    const sides = splitDataset(rows, { testShare: 0.2, seed });
    if (label === "all") onLast(sides.test);
    const begun = round++;
    const found = await learnParts(sides.train, sides.test, plan, {
      label,
      random: random.fork(label),
      refit: true,
      onProgress: (share) => onProgress((begun + share) / (folds + 1)),
    });
    return found === null || found.aborted ? null : found;
  };
  for (const [k, { train, test }] of splitFolds(dataset, { folds, seed }).entries()) {
    const found = await learnRound(takeRows(dataset, train), `fold ${k}`);
    if (found === null) break;
    parts = found;
    const rows = test.filter((row) => !isOpen(dataset, row));
    seen.push(...rows);
    collected.push(forecastParts(found, takeRows(dataset, rows)));
  }
  if (parts === null) return null;
  // Interrupted: the parts of the last full round serve, calibrated by the rounds so far.
  const complete = plan.signal?.aborted ? null : await learnRound(dataset, "all");
  return {
    parts: complete ?? parts,
    unseen: takeRows(dataset, seen),
    forecasts: joinForecasts(collected),
  };
}

/** Parts of some rounds may lack times (too few): then all do. */
function joinForecasts(list: readonly PartsForecasts[]): PartsForecasts {
  const join = (arrays: readonly Float64Array[]) => Float64Array.from(arrays.flatMap((array) => [...array]));
  const count = (pick: (one: PartsForecasts) => number) => Math.min(...list.map(pick));
  const hazards = list.flatMap(({ hazardLogTimes }) => (hazardLogTimes === null ? [] : [hazardLogTimes]));
  return {
    logits: list[0].logits.map((_, i) => join(list.map(({ logits }) => logits[i]))),
    logTimes: Array.from({ length: count(({ logTimes }) => logTimes.length) }, (_, i) =>
      join(list.map(({ logTimes }) => logTimes[i])),
    ),
    hazardLogTimes: hazards.length === list.length && hazards.length > 0 ? join(hazards) : null,
  };
}

/** Parts that learn from `train`; `validation` says when they stop, and is what they have not learned from. */
export async function learnOnce(
  train: Dataset,
  validation: Dataset,
  plan: PartsPlan,
  { random, onProgress }: { random: Random; onProgress: (share: number) => void },
): Promise<Fitted | null> {
  const parts = await learnParts(train, validation, plan, { label: "once", random, refit: false, onProgress });
  if (parts === null) return null;
  const unseen = settledOnly(validation);
  return { parts, unseen, forecasts: forecastParts(parts, unseen) };
}
