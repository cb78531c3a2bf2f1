/** Values of a metric's labels, by name: bounded, and never a stranger's text. */
export type MetricLabels = Readonly<Record<string, string>>;
/** Counts on. */
export type Counter = (by?: number) => void;
/** Says what something is now; null = there is nothing to say any more. */
export type Gauge = (value: number | null) => void;
/** Notes one observation, in the metric's own unit: seconds, bytes. */
export type Histogram = (value: number) => void;

/**
 * Where a room counts what it does, by the names of one table (docs/metrics.md). Handles are taken once, outside the path that is
 * measured; calling one costs a fifth of a microsecond at most (`npm run bench -- metrics`). Values that are no finite numbers are left out.
 */
export interface Metrics {
  counter(name: string, labels?: MetricLabels): Counter;
  gauge(name: string, labels?: MetricLabels): Gauge;
  histogram(name: string, labels?: MetricLabels): Histogram;
  /** All series of a gauge at once: those that are not among the rows are gone. */
  family(name: string): (rows: Iterable<readonly [labels: MetricLabels, value: number | null]>) => void;
  /**
   * Asked before each scrape, for what is cheaper to read now and then than to follow.
   *
   * @returns takes it back.
   */
  onScrape(read: () => void): () => void;
}

const nothing = () => undefined;
/**
 * Counts nothing: the default of every node.
 *
 * @example
 * silentMetrics.counter("conversion_subnet_questions_total")(); // undefined
 */
export const silentMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
  family: () => nothing,
  onScrape: () => nothing,
};

/**
 * Feeds a counter from a total that is kept elsewhere. A total that has gone back was begun anew, and counts from there.
 *
 * @example
 * const follow = followTotal(metrics.counter("conversion_subnet_questions_total"));
 * follow(7); // the counter stands at 7
 */
export function followTotal(counter: Counter): (total: number) => void {
  let last = 0;
  return (total) => {
    if (total !== last) counter(total > last ? total - last : total);
    last = total;
  };
}
