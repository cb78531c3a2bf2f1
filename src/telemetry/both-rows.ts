import type { MetricRow } from "./row.ts";
import { CALLS, CHAIN_OUTCOMES, LATENCY, LEVELS, WRITES } from "./values.ts";

/** What both kinds of node count. */
export const BOTH_METRICS = {
  conversion_subnet_build_info: {
    type: "gauge",
    help: "1; the version is in the label.",
    unit: "1",
    labels: { version: "own" },
    node: "both",
  },
  conversion_subnet_uid: {
    type: "gauge",
    help: "Uid of this hotkey on the subnet; absent when it is not registered.",
    unit: "1",
    node: "both",
  },
  conversion_subnet_log_records_total: {
    type: "counter",
    help: "What was logged, by how loud it was.",
    unit: "1",
    labels: { level: LEVELS },
    node: "both",
  },
  conversion_subnet_drifted_features: {
    type: "gauge",
    help: "Features that are distributed otherwise than in training (a miner), or than before (a validator).",
    unit: "1",
    node: "both",
  },
  conversion_subnet_chain_calls_total: {
    type: "counter",
    help: "Questions to the chain, by call and outcome.",
    unit: "1",
    labels: { call: CALLS, outcome: CHAIN_OUTCOMES },
    node: "both",
  },
  conversion_subnet_chain_call_duration_seconds: {
    type: "histogram",
    help: "How long the chain took to answer.",
    unit: "seconds",
    labels: { call: CALLS },
    buckets: LATENCY,
    node: "both",
  },
  conversion_subnet_chain_writes_total: {
    type: "counter",
    help: "Extrinsics, by call and outcome: a write without an answer is looked for on the chain and tried again.",
    unit: "1",
    labels: { call: WRITES, outcome: CHAIN_OUTCOMES },
    node: "both",
  },
  conversion_subnet_chain_block: {
    type: "gauge",
    help: "Newest block seen.",
    unit: "blocks",
    node: "both",
  },
  conversion_subnet_chain_block_age_seconds: {
    type: "gauge",
    help: "How long ago a newer block was last seen.",
    unit: "seconds",
    node: "both",
  },
  conversion_subnet_chain_connected: {
    type: "gauge",
    help: "1 while a Subtensor node is connected.",
    unit: "1",
    node: "both",
  },
  conversion_subnet_chain_connections_total: {
    type: "counter",
    help: "Connections to Subtensor nodes: came up, were lost, or came up at another node than the one before.",
    unit: "1",
    labels: { event: ["up", "lost", "failover"] },
    node: "both",
  },
  conversion_subnet_scrape_failures_total: {
    type: "counter",
    help: "Parts of this page that could not be read.",
    unit: "1",
    node: "both",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
