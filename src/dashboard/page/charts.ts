import type { CalibrationView, HistogramView, IncentiveSeriesView, SeriesView, TimeErrorView } from "../views.ts";
import { type Bins, bins } from "./bins.ts";
import type { FigureOptions } from "./figure.ts";
import { count, DASH, duration, fixed, millis, percent, plural, signed } from "./format.ts";
import type { PlotData } from "./plot.ts";

const HEIGHT = 208;
/** How far marks may be apart: whole numbers, and round times. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];
const SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 86_400];
type Columns = PlotData["columns"];

/** Columns are made once for each document, so that a chart knows when nothing has changed. */
const made = new WeakMap<object, Map<string, Columns>>();
function columnsOf(source: object, name: string, make: () => Columns): Columns {
  const known = made.get(source) ?? new Map<string, Columns>();
  made.set(source, known);
  const columns = known.get(name) ?? make();
  known.set(name, columns);
  return columns;
}
const seconds = (atMs: readonly number[]) => atMs.map((ms) => ms / 1000);
const last = <T>(list: readonly T[]) => list[list.length - 1];
const when = (ms: number | undefined) => (ms === undefined ? DASH : new Date(ms).toLocaleString());

/** How a score moved, with the part of it that latency has no hand in. */
export function scoreFigure(id: string, series: SeriesView): FigureOptions {
  const known = series.total.filter((value) => value !== null);
  const scored = series.count.reduce((sum, n) => sum + n, 0);
  return {
    id,
    title: "Score over time",
    says: `From ${fixed(known[0], 3)} to ${fixed(last(known), 3)} over ${plural(scored, "score")}; each point is the mean of its moment.`,
    plot: {
      shape: `score/${id}`,
      height: HEIGHT,
      x: { label: "", say: String, time: true },
      y: { label: "mean score", say: (v) => fixed(v, 2) },
      series: [
        { label: "score", color: "--c1", kind: "line", say: (v) => fixed(v, 4) },
        { label: "prediction part", color: "--c2", kind: "line", say: (v) => fixed(v, 4) },
      ],
      columns: columnsOf(series, "score", () => [seconds(series.atMs), series.total, series.prediction]),
    },
    heads: ["Time", "Scores", "Score", "Prediction part"],
    rows: () =>
      series.atMs.map((ms, i) => [
        when(ms),
        count(series.count[i]),
        fixed(series.total[i], 4),
        fixed(series.prediction[i], 4),
      ]),
  };
}

/** First, last, and some between. */
function ranks(most: number): readonly number[] {
  const step = Math.max(1, Math.ceil((most - 1) / 5));
  return Array.from({ length: Math.floor((most - 1) / step) + 1 }, (_, i) => 1 + i * step);
}

/** Rank among the miners, epoch by epoch; first place is on top. */
export function rankFigure(id: string, view: IncentiveSeriesView): FigureOptions {
  const { epoch, rank, of } = view;
  const most = Math.max(2, ...of);
  return {
    id: `${id}-rank`,
    title: "Rank over epochs",
    says: `Rank ${count(last(rank))} of ${count(last(of))} by incentive in epoch ${count(last(epoch))}; best so far ${count(Math.min(...rank))}.`,
    plot: {
      shape: `rank/${id}/${most}`,
      height: HEIGHT,
      x: { label: "epoch", say: count, steps: WHOLE },
      y: { label: "rank", say: count, at: ranks(most), reverse: true, range: [1, most] },
      series: [{ label: "rank", color: "--c1", kind: "steps", say: count }],
      columns: columnsOf(view, "rank", () => [epoch, rank]),
    },
    heads: ["Epoch", "Block", "Rank", "Of"],
    rows: () => epoch.map((e, i) => [count(e), count(view.block[i]), count(rank[i]), count(of[i])]),
  };
}

/** Share of the miners' emission, epoch by epoch. */
export function incentiveFigure(id: string, view: IncentiveSeriesView): FigureOptions {
  const { epoch, incentive } = view;
  return {
    id: `${id}-incentive`,
    title: "Incentive over epochs",
    says: `${percent(last(incentive))} of the miners' emission in epoch ${count(last(epoch))}; at most ${percent(Math.max(...incentive))}.`,
    plot: {
      shape: `incentive/${id}`,
      height: HEIGHT,
      x: { label: "epoch", say: count, steps: WHOLE },
      y: { label: "incentive", say: (v) => percent(v, 0), range: [0, null] },
      series: [{ label: "incentive", color: "--c3", kind: "steps", say: percent }],
      columns: columnsOf(view, "incentive", () => [epoch, incentive]),
    },
    heads: ["Epoch", "Block", "Incentive"],
    rows: () => epoch.map((e, i) => [count(e), count(view.block[i]), percent(incentive[i], 2)]),
  };
}

/** What was said beside what came: a calibrated forecaster is on the dashed line. */
export function calibrationFigure(id: string, view: CalibrationView): FigureOptions {
  const { answers, brier, baseRateBrier, bins: list } = view;
  const better = brier !== null && baseRateBrier !== null && brier < baseRateBrier;
  return {
    id: `${id}-calibration`,
    title: "Calibration",
    says: `${plural(answers, "answer")}, Brier ${fixed(brier, 4)}: ${better ? "better" : "no better"} than always saying the base rate (${fixed(baseRateBrier, 4)}).`,
    plot: {
      shape: `calibration/${id}`,
      height: HEIGHT,
      x: { label: "probability said", say: (v) => percent(v, 0), range: [0, 1] },
      y: { label: "converted", say: (v) => percent(v, 0), range: [0, 1] },
      series: [
        { label: "perfect", color: "--muted", kind: "dashed" },
        { label: "converted", color: "--c1", kind: "points", say: (v) => percent(v, 0) },
      ],
      columns: columnsOf(view, "calibration", () => {
        const said = [0, ...list.map(({ meanProbability }) => meanProbability), 1];
        return [said, said, [null, ...list.map(({ converted }) => converted), null]];
      }),
    },
    heads: ["Probability said", "Answers", "Mean said", "Converted"],
    rows: () =>
      list.map((bin) => [
        `${percent(bin.from, 0)} to ${percent(bin.to, 0)}`,
        count(bin.count),
        percent(bin.meanProbability),
        percent(bin.converted),
      ]),
  };
}
function histogramRows({ labels, counts }: Bins, total: number): string[][] {
  return counts.map((n, i) => [labels[i] ?? "", count(n), percent(total === 0 ? 0 : n / total)]);
}

interface HistogramText {
  readonly title: string;
  readonly says: string;
  readonly axis: string;
  readonly color?: string;
}
export function histogramFigure(id: string, view: HistogramView, text: HistogramText, signs = false): FigureOptions {
  const say = view.unit === "ms" ? millis : signs ? (s: number) => (s > 0 ? `+${duration(s)}` : duration(s)) : duration;
  const shown = bins(view, say, signs);
  return {
    id,
    title: text.title,
    says: text.says,
    plot: {
      shape: `histogram/${id}/${shown.labels.join()}`,
      height: HEIGHT,
      x: {
        label: text.axis,
        say: (at) => shown.edgeLabels[at] ?? shown.labels[Math.floor(at)] ?? "",
        at: shown.marks,
        range: [0, shown.counts.length],
      },
      y: { label: "answers", say: count, steps: WHOLE, range: [0, null] },
      series: [{ label: "answers", color: text.color ?? "--c1", kind: "bars", say: count }],
      columns: columnsOf(view, "bins", () => [shown.counts.map((_, i) => i + 0.5), shown.counts]),
    },
    heads: [text.axis, "Answers", "Share"],
    rows: () => histogramRows(shown, view.count),
  };
}

export function latencyFigure(id: string, view: HistogramView): FigureOptions {
  return histogramFigure(`${id}-latency`, view, {
    title: "Latency",
    says: `Half of ${plural(view.count, "answer")} within ${millis(view.p50)}, 99 of 100 within ${millis(view.p99)}.`,
    axis: "latency",
  });
}

export function truthLagFigure(id: string, view: HistogramView): FigureOptions {
  return histogramFigure(`${id}-lag`, view, {
    title: "Truth lag",
    says: `Half of ${plural(view.count, "question")} knew their truth within ${duration(view.p50)}, nine of ten within ${duration(view.p90)}, on the conversation clock.`,
    axis: "from question to truth",
    color: "--c3",
  });
}

/** By how much the times were off. */
export function timeErrorFigure(id: string, view: TimeErrorView): FigureOptions {
  const { answers, meanAbsoluteSeconds, medianSeconds } = view;
  const side =
    medianSeconds === null ? "" : medianSeconds > 0 ? " (too late)" : medianSeconds < 0 ? " (too early)" : "";
  return histogramFigure(
    `${id}-time-error`,
    view.histogram,
    {
      title: "Time error",
      says: `${plural(answers, "answer")} about conversions at a known moment: off by ${duration(meanAbsoluteSeconds)} on average, median ${signed(medianSeconds, 0)} s${side}.`,
      axis: "predicted minus true time",
      color: "--c2",
    },
    true,
  );
}

/** Each predicted time beside the true one. */
export function timePointsFigure(id: string, view: TimeErrorView): FigureOptions {
  const points = [...view.points].sort((a, b) => a[1] - b[1]);
  const most = Math.ceil(Math.max(1, ...points.flat()) / 60) * 60;
  return {
    id: `${id}-times`,
    title: "Predicted and true time",
    says: `The latest ${plural(points.length, "answer")}; on the dashed line the time was right, above it too late.`,
    plot: {
      shape: `times/${id}/${most}`,
      height: HEIGHT,
      x: { label: "true time", say: duration, steps: SECONDS, range: [0, most] },
      y: { label: "predicted", say: duration, steps: SECONDS, range: [0, most] },
      series: [
        { label: "right", color: "--muted", kind: "dashed" },
        { label: "predicted", color: "--c2", kind: "points", say: duration },
      ],
      columns: columnsOf(view, "points", () => {
        const truth = [0, ...points.map(([, t]) => t), most];
        return [truth, truth, [null, ...points.map(([p]) => p), null]];
      }),
    },
    heads: ["True time", "Predicted", "Difference"],
    rows: () =>
      points.map(([predicted, truth]) => [duration(truth), duration(predicted), `${signed(predicted - truth, 0)} s`]),
  };
}
