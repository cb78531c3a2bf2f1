import { quantile } from "../../scoring/index.ts";
import { type Dataset, settledOnly } from "../data/dataset.ts";
import type { Forecasts } from "../models/decision.ts";
import type { ModelSummary } from "../models/describe.ts";
import { describeModel } from "../models/describe.ts";
import type { History } from "../models/history.ts";
import { type BaseRate, baselineModel, type Model } from "../models/model.ts";
import { forecastRows } from "./evaluate.ts";
import { type Importance, permutationImportance } from "./importance.ts";
import type { LatencyFigures } from "./latency.ts";
import { MEASURES, measureRows, type ReliabilityBin, reliabilityBins } from "./measures.ts";
import { decisionCurves, type NamedCurve, type RocPoint, rocCurve, type TimePoint, timePoints } from "./plots.ts";
import { type DrawOptions, resampleByGroup, type Sample, sampleOf } from "./sample.ts";

/** One measure of a model beside the baseline's. Null: the rows cannot tell. */
export interface Figure {
  readonly model: number | null;
  readonly baseline: number | null;
  /** 95 % interval of the model's figure, conversations drawn with replacement. */
  readonly low: number | null;
  readonly high: number | null;
  /** 95 % interval of model less baseline over the same draws: without 0 in it, the difference is more than noise. */
  readonly differenceLow: number | null;
  readonly differenceHigh: number | null;
}

/** Figures of some rows. */
export interface Slice {
  /** "all", "landmark" or "source". */
  readonly by: string;
  readonly name: string;
  readonly rows: number;
  readonly conversations: number;
  readonly converted: number;
  /** Rows that converted at a known moment: the `n` of the time figures. */
  readonly timed: number;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** Everything that is known about a model's forecasts: plain data, for JSON, a table and a page. */
export interface Report {
  readonly title: string;
  readonly model: ModelSummary | null;
  /** All rows first, then per landmark and per source where there are several. */
  readonly slices: readonly Slice[];
  readonly roc: readonly RocPoint[];
  readonly reliability: readonly ReliabilityBin[];
  readonly times: readonly TimePoint[];
  readonly decisions: readonly NamedCurve[];
  readonly importance: readonly Importance[];
  readonly history: History | null;
  readonly latency: LatencyFigures | null;
  readonly warnings: readonly string[];
}

/** Slices with fewer rows are left out: their figures would be noise. */
const MIN_SLICE_ROWS = 30;
const MAX_SLICES = 12;
/** Fewer conversations, drawn again and again, say nothing of those that were not seen: no intervals then, and no verdicts. */
const MIN_CONVERSATIONS = 20;

function slice(by: string, name: string, rows: readonly number[], own: Sample, base: Sample, draw: DrawOptions): Slice {
  const draws = resampleByGroup(rows, own.groups, draw);
  const drawn = draws.map((draw) => ({ model: measureRows(own, draw), base: measureRows(base, draw) }));
  const [model, baseline] = [measureRows(own, rows), measureRows(base, rows)];
  const conversations = new Set(rows.map((row) => own.groups[row])).size;
  const figures = MEASURES.map(({ name: measure, hasInterval }) => {
    const isTelling = hasInterval && conversations >= MIN_CONVERSATIONS;
    const known = (isTelling ? drawn : []).flatMap(({ model: { [measure]: a }, base: { [measure]: b } }) =>
      a === null || a === undefined ? [] : [{ value: a, difference: a - (b ?? Number.NaN) }],
    );
    const values = known.map(({ value }) => value);
    const differences = known.map(({ difference }) => difference).filter(Number.isFinite);
    const figure: Figure = {
      model: model[measure] ?? null,
      baseline: baseline[measure] ?? null,
      low: quantile(values, 0.025),
      high: quantile(values, 0.975),
      differenceLow: quantile(differences, 0.025),
      differenceHigh: quantile(differences, 0.975),
    };
    return [measure, figure] as const;
  });
  return {
    by,
    name,
    rows: rows.length,
    conversations,
    converted: rows.reduce((sum, row) => sum + own.y[row], 0),
    timed: rows.filter((row) => own.truthSeconds[row] > 0).length,
    figures: Object.fromEntries(figures),
  };
}

function rowsBy(names: readonly string[] | undefined): [string, number[]][] {
  const found = new Map<string, number[]>();
  names?.forEach((name, row) => {
    const own = found.get(name);
    if (own === undefined) found.set(name, [row]);
    else own.push(row);
  });
  const large = [...found]
    .filter(([, rows]) => rows.length >= MIN_SLICE_ROWS)
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return found.size < 2 ? [] : large.slice(0, MAX_SLICES);
}

/** What {@link reportForecasts} compares. */
export interface ForecastPair {
  readonly own: Forecasts;
  readonly base: Forecasts;
  /** What rewards are frozen at. */
  readonly baseline: BaseRate;
}

/**
 * A report of forecasts, wherever they came from: out-of-fold ones too. Rows must be settled.
 *
 * @param seed of the intervals, which come from `resamples` draws of whole conversations.
 * @example
 * const { dataset, forecasts } = await crossValidate(rows, { kind: "logistic" }, { folds: 5 });
 * reportForecasts(dataset, forecasts).slices[0]?.figures.auc?.model?.toFixed(2); // "0.83"
 */
export function reportForecasts(
  dataset: Dataset,
  { own, base, baseline }: ForecastPair,
  { title = "Report", seed, resamples, ...rest }: Partial<Report> & DrawOptions = {},
): Report {
  const sample = sampleOf(own, dataset, baseline);
  const floor = sampleOf(base, dataset, baseline);
  const everything = dataset.groups.map((_, row) => row);
  const one = (by: string, name: string, rows: readonly number[]) =>
    slice(by, name, rows, sample, floor, { seed, resamples });
  return {
    model: null,
    importance: [],
    history: null,
    latency: null,
    warnings: [],
    ...rest,
    title,
    slices: [
      one("all", "all rows", everything),
      ...rowsBy(dataset.landmarks).map(([name, rows]) => one("landmark", name, rows)),
      ...rowsBy(dataset.sources).map(([name, rows]) => one("source", name, rows)),
    ],
    roc: rocCurve(sample, everything),
    reliability: reliabilityBins(sample, everything),
    times: timePoints(sample, everything),
    decisions: decisionCurves(own, dataset, baseline),
  };
}

/**
 * A model on rows it has not seen, beside the baseline: every measure with intervals, per landmark and source, with what its
 * plots need. Rows whose outcome is still out do not count.
 *
 * @example
 * createReport(model, test).slices[0]?.figures.auc?.model; // 0.71
 */
export function createReport(
  model: Model,
  dataset: Dataset,
  options: Partial<Report> & DrawOptions & { withImportance?: boolean } = {},
): Report {
  const rows = settledOnly(dataset);
  const { withImportance = true, ...rest } = options;
  const base = forecastRows(baselineModel(model.baseline), rows);
  return reportForecasts(
    rows,
    { own: forecastRows(model, rows), base, baseline: model.baseline },
    {
      model: describeModel(model),
      importance: withImportance ? permutationImportance(model, rows, { seed: options.seed }) : [],
      ...rest,
    },
  );
}
