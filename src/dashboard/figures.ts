import { mean, quantile } from "../scoring/index.ts";
import type {
  CalibrationView,
  ComponentView,
  CountView,
  HistogramView,
  ModeView,
  SeriesView,
  TimeErrorView,
} from "./views.ts";

/** Edges of latencies: from what a model takes to the deadline. */
export const LATENCY_EDGES_MS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
/** Edges of what passes between a question and its truth. */
export const LAG_EDGES_SECONDS = [0, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 86_400];
const ERROR_EDGES_SECONDS = [-600, -300, -120, -60, -30, -15, 0, 15, 30, 60, 120, 300, 600];
const POINTS = 300;

/** Counts by name, most first. */
export const countsOf = (counts: Readonly<Record<string, number>> | ReadonlyMap<string, number>): CountView[] =>
  [...(counts instanceof Map ? counts : Object.entries(counts))]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));

/**
 * Values between edges; what is below the first is in the first bin, the last bin is open.
 *
 * @example
 * histogramOf([1, 3, 99], { unit: "ms", edges: [0, 2, 4] }).counts; // [1, 1, 1]
 */
export function histogramOf(
  values: readonly number[],
  { unit, edges }: { readonly unit: HistogramView["unit"]; readonly edges: readonly number[] },
): HistogramView {
  const counts = edges.map(() => 0);
  for (const value of values) {
    let bin = 0;
    while (bin + 1 < edges.length && value >= (edges[bin + 1] ?? 0)) bin += 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const at = (q: number) => quantile(values, q);
  return { unit, edges, counts, count: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/** How answers' probabilities stand against what came of them. */
export function calibrationOf(p: readonly number[], y: readonly (0 | 1)[]): CalibrationView | null {
  if (p.length === 0) return null;
  const bins = Array.from({ length: 10 }, () => ({ count: 0, sum: 0, converted: 0 }));
  let squares = 0;
  let converted = 0;
  for (const [i, probability] of p.entries()) {
    const outcome = y[i] ?? 0;
    const bin = bins[Math.min(9, Math.floor(probability * 10))];
    squares += (probability - outcome) ** 2;
    converted += outcome;
    if (bin === undefined) continue;
    bin.count += 1;
    bin.sum += probability;
    bin.converted += outcome;
  }
  const rate = converted / p.length;
  return {
    answers: p.length,
    brier: squares / p.length,
    baseRateBrier: rate * (1 - rate),
    bins: bins.flatMap(({ count, sum, converted: came }, i) =>
      count === 0
        ? []
        : [{ from: i / 10, to: (i + 1) / 10, count, meanProbability: sum / count, converted: came / count }],
    ),
  };
}

/** @param pairs predicted and true seconds, newest first. */
export function timeErrorsOf(pairs: readonly (readonly [number, number])[]): TimeErrorView | null {
  if (pairs.length === 0) return null;
  const errors = pairs.map(([predicted, came]) => predicted - came);
  return {
    answers: pairs.length,
    meanAbsoluteSeconds: mean(errors.map(Math.abs)),
    medianSeconds: quantile(errors, 0.5),
    histogram: histogramOf(errors, { unit: "seconds", edges: ERROR_EDGES_SECONDS }),
    points: pairs.slice(0, POINTS),
  };
}

/** A score at its time. */
export interface ScorePoint {
  readonly atMs: number;
  readonly total: number | null;
  readonly prediction: number | null;
}

/**
 * Scores averaged in buckets of equal time; empty buckets are left out.
 *
 * @param scores in any order.
 */
export function seriesOf(scores: readonly ScorePoint[], points: number): SeriesView {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atMs } of scores) [first, last] = [Math.min(first, atMs), Math.max(last, atMs)];
  const width = Math.max(1, (last - first) / Math.max(1, points - 1));
  const buckets = new Map<number, { count: number; total: number; prediction: number; n: number }>();
  for (const { atMs, total, prediction } of scores) {
    const key = Math.min(points - 1, Math.floor((atMs - first) / width));
    const bucket = buckets.get(key) ?? { count: 0, total: 0, prediction: 0, n: 0 };
    buckets.set(key, bucket);
    bucket.count += 1;
    if (total === null) continue;
    bucket.n += 1;
    bucket.total += total;
    bucket.prediction += prediction ?? 0;
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const share = (sum: number, n: number) => (n === 0 ? null : sum / n);
  return {
    atMs: sorted.map(([key]) => Math.round(first + Math.min(last - first, (key + 0.5) * width))),
    count: sorted.map(([, { count }]) => count),
    total: sorted.map(([, { total, n }]) => share(total, n)),
    prediction: sorted.map(([, { prediction, n }]) => share(prediction, n)),
  };
}

/** What parts of scores are, of all modes, and the constant that says what they count for. */
const COMPONENTS: Readonly<Record<string, { readonly text: string; readonly constant: string | null }>> = {
  classification: {
    text: "Was the class right: converted or not. A right answer earns its class weight.",
    constant: "classification",
  },
  regression: {
    text: "How near the time of the conversion was. Nothing beyond the tolerance, or where none came.",
    constant: "regression",
  },
  diversity: {
    text: "How bold the probability was, shared with those that gave the identical answer.",
    constant: "diversity",
  },
  latency: {
    text: "How quickly the answer came, by the validator's clock: 1 at once, 0 at the deadline.",
    constant: "latencyShare",
  },
  whether: {
    text: "How much closer to the outcome the probability was than the base rate; below 0 it was further.",
    constant: "whether",
  },
  when: {
    text: "How much closer to the time of the conversion the answer was than the median time.",
    constant: "when",
  },
};

/** Name, sentence and share of one part of a score in a mode. */
export function componentOf(
  name: string,
  constants: ModeView["constants"],
): Pick<ComponentView, "name" | "text" | "weight"> {
  const known = COMPONENTS[name];
  const constant = known?.constant ?? null;
  return {
    name,
    text: known?.text ?? "A part of this mode's own.",
    weight: constant === null ? null : (constants[constant] ?? null),
  };
}

/** Mean of each part over the latest half and the half before it. `scores` are newest first. */
export function componentsOf(
  scores: readonly Readonly<Record<string, number>>[],
  constants: ModeView["constants"],
): ComponentView[] {
  const half = Math.ceil(scores.length / 2);
  const names = Object.keys(scores[0] ?? {});
  const meanOf = (name: string, some: typeof scores) => mean(some.flatMap((score) => score[name] ?? []));
  return names.map((name) => ({
    ...componentOf(name, constants),
    mean: meanOf(name, scores.slice(0, half)),
    meanBefore: meanOf(name, scores.slice(half)),
  }));
}
