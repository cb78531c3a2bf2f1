import { mean, quantile, scoringMode } from "../../scoring/index.ts";
import { type Dataset, settledOnly } from "../data/dataset.ts";
import { rewardsOf } from "../models/decision.ts";
import type { Model } from "../models/model.ts";
import { forecastRows } from "./evaluate.ts";
import { resampleByGroup } from "./sample.ts";

/** Whether a new model should be served in place of the old one, and why. */
export interface Promotion {
  readonly promote: boolean;
  /** Candidate less incumbent: more is better. Null without rows. */
  readonly difference: number | null;
  /** 95 % interval of it. */
  readonly low: number | null;
  readonly high: number | null;
  readonly rows: number;
  readonly conversations: number;
  readonly reason: string;
}

/** Fewer conversations than this prove nothing. */
const MIN_CONVERSATIONS = 50;
const LEVEL = 0.95;

/**
 * A candidate replaces the incumbent only if it is better by more than noise on conversations that neither has learned from and
 * that came later: the paired bootstrap interval of the difference lies above 0. What is compared is the mean reward under
 * `scoring`, or the negative Brier score.
 *
 * @example
 * shouldPromote(candidate, incumbent, later, { scoring: "proper-v1" }).reason; // "better by 0.021 (0.009 to 0.034) on 412 ..."
 */
export function shouldPromote(
  candidate: Model,
  incumbent: Model,
  laterSlice: Dataset,
  {
    scoring,
    seed = 1,
    what: rowsAre = "later",
  }: {
    scoring?: string | undefined;
    seed?: number | undefined;
    /** What the conversations are called in the reason. */
    what?: string | undefined;
  } = {},
): Promotion {
  const rows = settledOnly(laterSlice);
  const conversations = new Set(rows.groups).size;
  const gainOf = (model: Model): Float64Array => {
    const forecasts = forecastRows(model, rows);
    const { probabilities, classes } = forecasts;
    if (scoring === undefined) return Float64Array.from(rows.y, (y, row) => -((probabilities[row] - y) ** 2));
    // Both are judged against the incumbent's base rate: what scoring has frozen does not depend on who answers.
    const paid = rewardsOf(forecasts, rows, { baseline: incumbent.baseline, mode: scoringMode(scoring) });
    return Float64Array.from(paid, ({ no, yes }, row) => (classes[row] === 1 ? yes : no));
  };
  const [mine, theirs] = [gainOf(candidate), gainOf(incumbent)];
  const gains = mine.map((gain, row) => gain - theirs[row]);
  const over = (chosen: readonly number[]) => mean(chosen.map((row) => gains[row]));
  const everything = rows.groups.map((_, row) => row);
  const difference = over(everything);
  const drawn = resampleByGroup(everything, rows.groups, { seed, resamples: 1000 }).flatMap((draw) => over(draw) ?? []);
  const low = quantile(drawn, (1 - LEVEL) / 2);
  const high = quantile(drawn, (1 + LEVEL) / 2);
  const what = scoring === undefined ? "Brier score" : `reward under ${scoring}`;
  const where = `on ${conversations} ${rowsAre} conversations`;
  const facts = { difference, low, high, rows: rows.rows, conversations };
  if (difference === null || low === null || high === null || conversations < MIN_CONVERSATIONS) {
    return {
      ...facts,
      promote: false,
      reason: `too few to tell: ${conversations} ${rowsAre} conversations, ${MIN_CONVERSATIONS} are needed`,
    };
  }
  const interval = `${low.toFixed(4)} to ${high.toFixed(4)}`;
  const promote = low > 0;
  const verdict = promote ? "better" : difference > 0 ? "better, but not by more than noise" : "not better";
  return { ...facts, promote, reason: `${what} ${verdict}: ${difference.toFixed(4)} (${interval}) ${where}` };
}
