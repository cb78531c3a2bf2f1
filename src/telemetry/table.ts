/** One metric: a row of the table. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly unit: "1" | "seconds" | "bytes" | "blocks";
  /**
   * The labels, and the values that each may have; anything else is counted as "other". `hotkey` = addresses of the subnet, at most
   * {@link MAX_HOTKEYS}.
   */
  readonly labels?: Readonly<Record<string, readonly string[] | "hotkey">>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Who has it. */
  readonly node: "miner" | "validator" | "both";
}

/** Hotkeys that one metric tells apart: a subnet has 256; who comes after these is "other". */
export const MAX_HOTKEYS = 512;

/** From what a check of a signature takes to a validator's deadline. */
const LATENCY = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Work on this thread. */
const WORK = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5] as const;
/** From a second to a day: what people take to decide. */
const WAITING = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 86_400] as const;

const WIRES = ["btauth", "axon"] as const;
const ROUTES = ["/ConversionSynapse", "/Feedback", "/health"] as const;
/** "OK", and the codes of refusals (docs/errors.md). */
const OUTCOMES = [
  "OK",
  "ANSWER_INVALID",
  "ANSWER_TIMEOUT",
  "BAD_REQUEST",
  "BAD_SIGNATURE",
  "BODY_HASH_MISMATCH",
  "BODY_TIMEOUT",
  "BODY_TOO_LARGE",
  "CLIENT_GONE",
  "FORBIDDEN",
  "INTERNAL_ERROR",
  "MALFORMED_AUTH",
  "METHOD_NOT_ALLOWED",
  "NONCE_STORE_FULL",
  "NOT_FOUND",
  "OVERLOADED",
  "RATE_LIMITED",
  "REPLAYED_REQUEST",
  "STALE_REQUEST",
  "WRONG_RECEIVER",
] as const;

/**
 * All metrics of this program. Its process (event loop, memory, garbage collection) is told by those of prom-client, under their own names.
 *
 * @example
 * METRICS.conversion_subnet_requests_total.type; // "counter"
 */
export const METRICS = {
  conversion_subnet_build_info: {
    type: "gauge",
    help: "1; the version is in the label.",
    unit: "1",
    labels: { version: "hotkey" },
    node: "both",
  },
  conversion_subnet_requests_total: {
    type: "counter",
    help: "Requests that a miner got, by what became of them.",
    unit: "1",
    labels: { route: ROUTES, wire: WIRES, outcome: OUTCOMES },
    node: "miner",
  },
  conversion_subnet_request_duration_seconds: {
    type: "histogram",
    help: "From a question's headers to its reply.",
    unit: "seconds",
    labels: { wire: WIRES, outcome: OUTCOMES },
    buckets: LATENCY,
    node: "miner",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
/** A name of `METRICS`, without the prefix. */
export type MetricName = keyof typeof METRICS;
export { WAITING, WORK };
