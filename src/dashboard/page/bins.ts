import type { HistogramView } from "../views.ts";

/** A histogram as it is drawn: bins of the same width, whatever their edges are, without the empty ends. */
export interface Bins {
  readonly counts: readonly number[];
  /** What each bin holds: `10 ms to 20 ms`. */
  readonly labels: readonly string[];
  /** What stands at each edge; an open end has none. */
  readonly edgeLabels: readonly string[];
  /** Which edges are named: as many as there is room for. */
  readonly marks: readonly number[];
}

const MOST_MARKS = 5;

/**
 * The bins between the first and the last that hold something.
 *
 * @param openEnds the first and last bin hold what is beyond their edges as well.
 * @example
 * bins({ unit: "ms", edges: [0, 5, 10], counts: [0, 3, 1], count: 4, p50: 7, p90: 9, p99: 9 }, String).labels; // ["5 to 10", "10 and more"]
 */
export function bins({ edges, counts }: HistogramView, say: (edge: number) => string, openEnds = false): Bins {
  const first = counts.findIndex((n) => n > 0);
  const last = counts.findLastIndex((n) => n > 0);
  if (first < 0) return { counts: [], labels: [], edgeLabels: [], marks: [] };
  const labelOf = (i: number) => {
    const [from, to] = [edges[i], edges[i + 1]];
    if (openEnds && i === 0 && to !== undefined) return `below ${say(to)}`;
    if (to === undefined || (openEnds && i === counts.length - 1)) return `${say(from ?? 0)} and more`;
    return `${say(from ?? 0)} to ${say(to)}`;
  };
  const shown = counts.slice(first, last + 1);
  const edgeLabels = Array.from({ length: shown.length + 1 }, (_, i) => {
    const at = first + i;
    const open = edges[at] === undefined || (openEnds && (at === 0 || at === counts.length));
    return open ? "" : say(edges[at] ?? 0);
  });
  const every = Math.ceil(edgeLabels.length / MOST_MARKS);
  return {
    counts: shown,
    labels: shown.map((_, i) => labelOf(first + i)),
    edgeLabels,
    marks: edgeLabels.flatMap((label, i) => (i % every === 0 && label !== "" ? [i] : [])),
  };
}
