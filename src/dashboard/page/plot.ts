import uPlot from "uplot";
import type { Widget } from "./dom.ts";
import { onTheme } from "./theme.ts";

/** What a chart shows, in columns. Colours are names of CSS variables, so that they follow the theme. */
export interface PlotData {
  /** A change of it makes the chart anew: everything but the numbers. */
  readonly shape: string;
  readonly height: number;
  readonly x: PlotAxis & { readonly time?: boolean; readonly range?: readonly [number, number] };
  readonly y: PlotAxis & { readonly range?: readonly [number | null, number | null]; readonly reverse?: boolean };
  readonly series: readonly PlotSeries[];
  readonly columns: readonly (readonly (number | null)[])[];
}
export interface PlotAxis {
  readonly label: string;
  /** A number as the axis says it. */
  readonly say: (value: number) => string;
  /** How far marks may be apart, or where they stand. */
  readonly steps?: readonly number[];
  readonly at?: readonly number[];
}
export interface PlotSeries {
  readonly label: string;
  readonly color: string;
  readonly kind: "line" | "bars" | "points" | "dashed" | "steps";
  readonly say?: (value: number) => string;
}

/** Colours by name; to look one up makes the browser style the whole page first. */
const colors = new Map<string, string>();
onTheme(() => colors.clear());
function css(name: string): string {
  const known = colors.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  colors.set(name, known);
  return known;
}
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const still = matchMedia("(prefers-reduced-motion: reduce)");

function seriesOptions({ label, color, kind, say }: PlotSeries): uPlot.Series {
  const paths = uPlot.paths;
  const stroke = () => css(color);
  const value = (_: uPlot, v: number | null) => (v === null ? "–" : (say ?? String)(v));
  if (kind === "bars") {
    return {
      label,
      value,
      fill: stroke,
      width: 0,
      points: { show: false },
      ...withPaths(paths.bars?.({ size: [0.86, 64] })),
    };
  }
  if (kind === "points") {
    return {
      label,
      value,
      stroke,
      fill: stroke,
      paths: () => null,
      points: { show: true, size: 5, fill: stroke, width: 0 },
    };
  }
  if (kind === "dashed") return { label, value, stroke, width: 1, dash: [4, 4], points: { show: false } };
  // A single value has no line: it is a point.
  const points = { size: 5, show: (_: uPlot, __: number, from: number, to: number) => to - from < 2 };
  const line = { label, value, stroke, width: 1.5, spanGaps: true, points };
  return kind === "steps" ? { ...line, ...withPaths(paths.stepped?.({ align: 1 })) } : line;
}
const withPaths = (paths: uPlot.Series.PathBuilder | undefined) => (paths === undefined ? {} : { paths });

/** A mark on an axis of time: as fine as the marks are apart. */
function clock(atSeconds: number, stepSeconds: number): string {
  const date = new Date(atSeconds * 1000);
  if (stepSeconds >= 86_400) return date.toLocaleDateString("en", { day: "numeric", month: "short" });
  return date.toTimeString().slice(0, stepSeconds >= 60 ? 5 : 8);
}

function axisOptions({ label, say, steps, at }: PlotAxis, size: number, space: number, time: boolean): uPlot.Axis {
  return {
    ...(label === "" ? {} : { label, labelFont: FONT, labelSize: 16, labelGap: 0 }),
    ...{ font: FONT, size, gap: 4 },
    stroke: () => css("--muted"),
    grid: { stroke: () => css("--grid"), width: 1 },
    ticks: { show: false },
    space,
    values: (_: uPlot, splits: number[], _axis: number, _space: number, step: number) =>
      splits.map((value) => (time ? clock(value, step) : say(value))),
    ...(steps === undefined ? {} : { incrs: [...steps] }),
    ...(at === undefined ? {} : { splits: () => [...at] }),
  };
}

function optionsOf(data: PlotData, width: number): uPlot.Options {
  const { x, y, series, height } = data;
  const [low, high] = y.range ?? [null, null];
  return {
    ...{ width, height, padding: [10, 22, 0, 0] },
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: series.every(({ kind }) => kind !== "bars"), size: 7 } },
    scales: {
      x: { time: x.time === true, ...(x.range === undefined ? {} : { range: [x.range[0], x.range[1]] }) },
      y: { dir: y.reverse ? -1 : 1, range: (_, min, max) => spread(min ?? 0, max ?? 1, low, high) },
    },
    axes: [axisOptions(x, 22, 56, x.time === true), axisOptions(y, 46, 30, false)],
    series: [{ label: x.label }, ...series.map(seriesOptions)],
  };
}

/** The range of an axis: what is given, and where nothing is, the numbers with some air. */
export function spread(min: number, max: number, low: number | null, high: number | null): [number, number] {
  const [from, to] = [low ?? min, high ?? max];
  const air = to > from ? (to - from) * 0.08 : Math.max(Math.abs(to) * 0.1, 0.1);
  return [low ?? from - air, high ?? to + air];
}

/** Beside the pointer: what the columns say there. It is for the eye; the table below the chart is for everybody. */
function tooltip(element: HTMLElement, current: () => PlotData | null): (plot: uPlot) => void {
  const box = document.createElement("div");
  box.className = "tip";
  box.setAttribute("aria-hidden", "true");
  element.append(box);
  return (plot) => {
    const { idx, left = -1 } = plot.cursor;
    const data = current();
    box.hidden = idx === null || idx === undefined || left < 0 || data === null;
    if (box.hidden || idx === null || idx === undefined || data === null) return;
    const at = data.columns[0]?.[idx] ?? 0;
    const lines = data.series.flatMap(({ label, say, kind }, i) => {
      const value = data.columns[i + 1]?.[idx];
      return value === null || value === undefined || kind === "dashed"
        ? []
        : [`${label} ${(say ?? data.y.say)(value)}`];
    });
    box.textContent = [data.x.time ? new Date(at * 1000).toLocaleString() : data.x.say(at), ...lines].join("\n");
    const right = left > plot.over.clientWidth / 2;
    const offset = plot.over.offsetLeft + left;
    box.style.left = right ? "auto" : `${offset + 12}px`;
    box.style.right = right ? `${element.clientWidth - offset + 12}px` : "auto";
  };
}

/** A uPlot in an element, as wide as it is; made anew when its shape changes or the theme does. */
export function plot(element: HTMLElement): Widget<PlotData> {
  let made: uPlot | null = null;
  let data: PlotData | null = null;
  let seen: PlotData["columns"] | null = null;
  const showTip = tooltip(element, () => data);
  const build = () => {
    made?.destroy();
    made = null;
    if (data === null || element.clientWidth === 0) return;
    const options = { ...optionsOf(data, element.clientWidth), hooks: { setCursor: [showTip] } };
    made = new uPlot(options, data.columns as unknown as uPlot.AlignedData, element);
    seen = data.columns;
  };
  const watch = new ResizeObserver(() => {
    if (made === null) build();
    else if (data !== null && Math.abs(made.width - element.clientWidth) >= 1)
      made.setSize({ width: element.clientWidth, height: data.height });
  });
  watch.observe(element);
  const offTheme = onTheme(() => made?.redraw(false, true));
  element.classList.toggle("still", still.matches);
  return {
    update(next) {
      const anew = data === null || next.shape !== data.shape || next.height !== data.height;
      data = next;
      if (anew || made === null) build();
      else if (next.columns !== seen) {
        made.setData(next.columns as unknown as uPlot.AlignedData);
        seen = next.columns;
      }
    },
    destroy() {
      watch.disconnect();
      offTheme();
      made?.destroy();
    },
  };
}
