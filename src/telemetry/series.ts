import type { MetricLabels } from "../core/index.ts";
import { MAX_HOTKEYS, type MetricRow } from "./row.ts";

/** Values of one set of labels. A histogram's `counts` are those of its buckets, each alone. */
export interface Series {
  readonly labels: MetricLabels;
  /** A counter's or a gauge's; the sum of a histogram. */
  value: number;
  count: number;
  readonly counts: Float64Array;
}

/** All series of one metric; see {@link createSeries}. */
export interface SeriesOf {
  /** The series of these labels, made when it is not there. */
  at(labels: MetricLabels): Series;
  drop(labels: MetricLabels): void;
  clear(): void;
  all(): Iterable<Series>;
}

const OTHER = "other";
const NONE: readonly string[] = [];

/**
 * Keeps the series of one metric, and their number bounded: a label's value that is not in the table, or a hotkey too many, is "other".
 *
 * @throws {TypeError} for other labels than the table's: that is a mistake in the program, found when a handle is taken.
 */
export function createSeries(name: string, { labels: declared = {}, buckets = [] }: MetricRow): SeriesOf {
  const names = Object.keys(declared);
  const known = new Map<string, Series>();
  const hotkeys = new Set<string>();

  const bounded = (label: string, value: string): string => {
    const values = declared[label] ?? NONE;
    if (typeof values !== "string") return values.includes(value) ? value : OTHER;
    if (!hotkeys.has(value) && hotkeys.size >= MAX_HOTKEYS) return OTHER;
    hotkeys.add(value);
    return value;
  };
  const labelsOf = (labels: MetricLabels): MetricLabels => {
    const given = Object.keys(labels);
    if (given.length !== names.length || !given.every((label) => names.includes(label))) {
      throw new TypeError(
        `${name} has the labels ${names.join(", ") || "(none)"}, not ${given.join(", ") || "(none)"}.`,
      );
    }
    return Object.fromEntries(names.map((label) => [label, bounded(label, labels[label] ?? OTHER)]));
  };
  const keyOf = (labels: MetricLabels) => names.map((label) => labels[label]).join("\n");
  return {
    at(given) {
      const labels = labelsOf(given);
      const key = keyOf(labels);
      let series = known.get(key);
      if (series === undefined) {
        series = { labels, value: 0, count: 0, counts: new Float64Array(buckets.length) };
        known.set(key, series);
      }
      return series;
    },
    drop: (labels) => void known.delete(keyOf(labelsOf(labels))),
    clear() {
      known.clear();
      hotkeys.clear();
    },
    all: () => known.values(),
  };
}
