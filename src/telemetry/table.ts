import { BOTH_METRICS } from "./both-rows.ts";
import { MINER_METRICS } from "./miner-rows.ts";
import type { MetricRow } from "./row.ts";
import { VALIDATOR_METRICS } from "./validator-rows.ts";

/**
 * All metrics of this program. Its process (event loop, memory, garbage collection) is told by those of prom-client, under their own names.
 *
 * @example
 * METRICS.conversion_subnet_requests_total.type; // "counter"
 */
export const METRICS = { ...BOTH_METRICS, ...MINER_METRICS, ...VALIDATOR_METRICS } as const satisfies Readonly<
  Record<string, MetricRow>
>;
/** A name of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;
