import { createRandom, type Random } from "../../core/index.ts";
import { SCORING_MODES, scoringMode } from "../../scoring/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Forecasts, rewardsOf } from "../models/decision.ts";
import type { BaseRate } from "../models/model.ts";

/** Forecasts beside the truth, with what each row earns under every scoring mode: what all figures are made of. */
export interface Sample extends Forecasts {
  readonly y: Uint8Array;
  /** NaN = not converted, or at an unknown moment. */
  readonly truthSeconds: Float64Array;
  readonly groups: readonly string[];
  readonly rewards: Readonly<Record<string, Float64Array>>;
}

/** Puts forecasts and truth together; rows must be settled. */
export function sampleOf(forecasts: Forecasts, dataset: Dataset, baseline: BaseRate): Sample {
  const rewards = SCORING_MODES.map((name) => {
    const paid = rewardsOf(forecasts, dataset, { baseline, mode: scoringMode(name) });
    return [name, Float64Array.from(paid, ({ no, yes }, row) => (forecasts.classes[row] === 1 ? yes : no))] as const;
  });
  const { y, timeSeconds: truthSeconds, groups } = dataset;
  return { ...forecasts, y, truthSeconds, groups, rewards: Object.fromEntries(rewards) };
}

/** How many resamples an interval is made of. */
export const RESAMPLES = 200;
/** Beyond this many rows in all resamples, fewer are drawn: the intervals are narrow then anyway. */
const MAX_RESAMPLED_ROWS = 4e6;
const MIN_RESAMPLES = 50;

/** How intervals are drawn. */
export interface DrawOptions {
  readonly seed?: number | undefined;
  /** Default 200, fewer where rows are many. */
  readonly resamples?: number | undefined;
}

/**
 * Row numbers of bootstrap resamples by group: conversations are drawn with replacement, each with all of its rows, for two
 * rows of one conversation are not two witnesses. Seeded: figures of two models over the same resamples can be compared.
 *
 * @param rows the row numbers to draw from.
 */
export function resampleByGroup(
  rows: readonly number[],
  groups: readonly string[],
  { seed = 1, resamples = RESAMPLES }: DrawOptions = {},
): readonly (readonly number[])[] {
  const random: Random = createRandom(seed).fork("bootstrap");
  const byGroup = new Map<string, number[]>();
  for (const row of rows) {
    const own = byGroup.get(groups[row]);
    if (own === undefined) byGroup.set(groups[row], [row]);
    else own.push(row);
  }
  const list = [...byGroup.values()];
  const affordable = Math.floor(MAX_RESAMPLED_ROWS / Math.max(1, rows.length));
  const count = Math.min(resamples, Math.max(MIN_RESAMPLES, affordable));
  if (list.length === 0) return [];
  return Array.from({ length: count }, () => list.flatMap(() => list[random.integer(list.length)]));
}
