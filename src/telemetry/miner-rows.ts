import type { MetricRow } from "./row.ts";
import { LATENCY, OUTCOMES, REASONS, ROUTES, WIRES, WORK } from "./values.ts";

/** What a miner counts. */
export const MINER_METRICS = {
  conversion_subnet_serving: {
    type: "gauge",
    help: "1 while the server listens.",
    unit: "1",
    node: "miner",
  },
  conversion_subnet_requests_total: {
    type: "counter",
    help: "Requests, by what became of them.",
    unit: "1",
    labels: { route: ROUTES, wire: [...WIRES, "none"], outcome: OUTCOMES },
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
  conversion_subnet_caller_requests_total: {
    type: "counter",
    help: "Answered questions, by who asked.",
    unit: "1",
    labels: { hotkey: "hotkey" },
    node: "miner",
  },
  conversion_subnet_verify_duration_seconds: {
    type: "histogram",
    help: "Checking a signature, the wait for a thread included.",
    unit: "seconds",
    buckets: WORK,
    node: "miner",
  },
  conversion_subnet_questions_in_progress: {
    type: "gauge",
    help: "Questions that are being answered.",
    unit: "1",
    sums: true,
    node: "miner",
  },
  conversion_subnet_questions_waiting: {
    type: "gauge",
    help: "Questions that stand in line for a place, by stake.",
    unit: "1",
    sums: true,
    node: "miner",
  },
  conversion_subnet_policy_refusals_total: {
    type: "counter",
    help: "Callers that the policy did not let in, by why.",
    unit: "1",
    labels: { reason: REASONS },
    node: "miner",
  },
  conversion_subnet_predict_duration_seconds: {
    type: "histogram",
    help: "Model time, by whether it gave an answer.",
    unit: "seconds",
    labels: { result: ["ok", "failed"] },
    buckets: WORK,
    node: "miner",
  },
  conversion_subnet_predictions_total: {
    type: "counter",
    help: "Answers, by who gave them: the baseline answers when the model cannot.",
    unit: "1",
    labels: { by: ["model", "baseline"] },
    node: "miner",
  },
  conversion_subnet_feedback_received_total: {
    type: "counter",
    help: "Feedback of validators: stored, known already, about no answer of ours, or with a score that cannot be made again.",
    unit: "1",
    labels: { result: ["stored", "known", "strange", "disputed"] },
    node: "miner",
  },
  conversion_subnet_model_swaps_total: {
    type: "counter",
    help: "Model files that took the place of the one before, or were not taken over.",
    unit: "1",
    labels: { result: ["swapped", "failed"] },
    node: "miner",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
