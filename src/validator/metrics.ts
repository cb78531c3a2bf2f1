import { type Chain, nextEpochBlock } from "../chain/index.ts";
import { type Clock, type Counter, followTotal, type Metrics } from "../core/index.ts";
import type { Reply } from "../scoring/index.ts";
import type { ValidatorStatus } from "./options.ts";
import type { WeightsOutcome } from "./weights.ts";

/** What a validator counts on the way of a question. */
export interface ValidatorMeters {
  reply(reply: Reply): void;
  /** @returns notes that it is over. */
  round(): () => void;
  scoring(): () => void;
  /** A truth, so long after its question. */
  truth(lagSeconds: number): void;
  weights(outcome: WeightsOutcome): void;
  /** Asks the chain for the next epoch when the last known one is over; what it cannot tell is left out. */
  lookAtEpoch(
    chain: Pick<Chain, "epochState">,
    at: { netuid: number; block: number },
    signal: AbortSignal,
  ): Promise<void>;
  stop(): void;
}

/** What the status knows already is read when somebody asks for the page. */
function statusReader(metrics: Metrics): (status: ValidatorStatus) => void {
  const total = (name: string, labels?: Readonly<Record<string, string>>) =>
    followTotal(metrics.counter(`conversion_subnet_${name}`, labels));
  const gauge = (name: string) => metrics.gauge(`conversion_subnet_${name}`);
  const questions = (state: string) => total("questions_total", { state });
  const [asked, settled, voided, unasked] = ["asked", "settled", "void", "unasked"].map(questions);
  const turnedAway = total("conversations_turned_away_total");
  const failures = total("failures_total");
  const feedback = (["sent", "failed", "skipped", "dropped"] as const).map(
    (result) => [result, total("feedback_sent_total", { result })] as const,
  );
  const gauges = (
    [
      ["uid", (status) => status.uid],
      ["running", (status) => Number(status.running)],
      ["validator_permit", (status) => Number(status.validatorPermit)],
      ["serving_miners", (status) => status.servingMiners],
      ["questions_in_flight", (status) => status.inFlight],
      ["questions_open", (status) => status.open],
      ["base_rate", (status) => status.baseRate],
      ["base_rate_brier", (status) => status.baseRateBrier],
      ["weights_last_block", (status) => status.weightsSetBlock],
      ["weights_refused", (status) => Number(status.weightsRefusal !== null)],
      ["originality_clusters", (status) => status.clusters.length],
      ["originality_clustered_hotkeys", (status) => status.clusters.reduce((sum, one) => sum + one.hotkeys.length, 0)],
      ["drifted_features", (status) => status.drift?.moved.length ?? null],
    ] as const satisfies readonly (readonly [string, (status: ValidatorStatus) => number | null])[]
  ).map(([name, read]) => [gauge(name), read] as const);
  const byMiner = (
    [
      ["miner_score", ({ score }) => score],
      ["miner_brier", ({ brier }) => brier],
      ["miner_answered_ratio", ({ answered, asked: of }) => (of === 0 ? null : answered / of)],
    ] as const satisfies readonly (readonly [string, (miner: ValidatorStatus["miners"][number]) => number | null])[]
  ).map(([name, read]) => [metrics.family(`conversion_subnet_${name}`), read] as const);
  const weight = metrics.family("conversion_subnet_miner_weight");
  return (status) => {
    asked?.(status.questions);
    settled?.(status.settled);
    voided?.(status.void);
    unasked?.(status.unasked);
    turnedAway(status.turnedAway);
    failures(status.failures);
    for (const [result, follow] of feedback) follow(status.feedback?.[result] ?? 0);
    for (const [set, read] of gauges) set(read(status));
    for (const [set, read] of byMiner) set(status.miners.map((miner) => [{ hotkey: miner.hotkey }, read(miner)]));
    weight([...status.weights].map(([hotkey, share]) => [{ hotkey }, share]));
  };
}

/**
 * Counts what a validator does.
 *
 * @param read what the validator says of itself.
 */
export function createValidatorMeters(
  metrics: Metrics,
  { clock, read }: { readonly clock: Clock; readonly read: () => ValidatorStatus },
): ValidatorMeters {
  const follow = statusReader(metrics);
  const stop = metrics.onScrape(() => follow(read()));
  const kinds = new Map<string, Counter>();
  const answer = metrics.histogram("conversion_subnet_answer_duration_seconds");
  const rounds = metrics.histogram("conversion_subnet_round_duration_seconds");
  const scorings = metrics.histogram("conversion_subnet_scoring_duration_seconds");
  const truth = metrics.histogram("conversion_subnet_truth_lag_seconds");
  const nextEpoch = metrics.gauge("conversion_subnet_next_epoch_block");
  let knownEpoch = -1;

  const timer = (observe: (seconds: number) => void) => () => {
    const startMs = clock.monotonicMs();
    return () => observe((clock.monotonicMs() - startMs) / 1_000);
  };
  return {
    stop,
    truth,
    round: timer(rounds),
    scoring: timer(scorings),
    reply(reply) {
      const kind = reply.ok ? "ok" : reply.reason;
      const count = kinds.get(kind) ?? metrics.counter("conversion_subnet_answers_total", { kind });
      kinds.set(kind, count);
      count();
      if (reply.ok) answer(reply.latencySeconds);
    },
    weights: (outcome) => metrics.counter("conversion_subnet_weights_total", { outcome })(),
    async lookAtEpoch(chain, { netuid, block }, signal) {
      if (block < knownEpoch) return;
      try {
        knownEpoch = nextEpochBlock(await chain.epochState({ netuid }, { signal }));
      } catch {
        // It is for the page only: what the chain cannot be asked is counted where it is asked.
        knownEpoch = -1;
      }
      nextEpoch(knownEpoch < 0 ? null : knownEpoch);
    },
  };
}
