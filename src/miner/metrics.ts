import { type Clock, followTotal, type Histogram, isPending, type Metrics } from "../core/index.ts";
import type { CheckSignature, Permission, RequestReport } from "../protocol/index.ts";
import { verifySignature } from "../wallet/index.ts";
import type { MinerFeedback } from "./feedback.ts";
import type { MinerDrift } from "./feedback-drift.ts";
import type { MinerStatus } from "./miner.ts";
import { kindOfReason } from "./policy.ts";
import type { Predictor } from "./predictor.ts";

/** What a miner counts on the way of a question. */
export interface MinerMeters {
  request(report: RequestReport): void;
  /** A policy's answer, passed on. */
  permission(permission: Permission): Permission;
  checkSignature(check?: CheckSignature): CheckSignature;
  predictor(predictor: Predictor): Predictor;
  stop(): void;
}

const MAX_CALLERS = 1_024;

/** What comes back from validators, and how far questions have moved. */
function learningReader(metrics: Metrics): (status: Pick<MinerStatus, "feedback" | "drift">) => void {
  const feedback = (["stored", "known", "strange", "disputed"] as const).map((result) => {
    const count = metrics.counter("conversion_subnet_feedback_received_total", { result });
    return [result, followTotal(count)] as const;
  });
  const features = metrics.gauge("conversion_subnet_drifted_features");
  return (status) => {
    for (const [result, follow] of feedback) follow(status.feedback?.[result] ?? 0);
    features(status.drift?.moved.length ?? null);
  };
}

/** Reads it whenever somebody asks for the page, where it is known in another process than the answers are made in. */
export function followLearning(
  metrics: Metrics,
  { feedback, drift }: { readonly feedback?: MinerFeedback | undefined; readonly drift?: MinerDrift | undefined },
): () => void {
  const follow = learningReader(metrics);
  return metrics.onScrape(() => follow({ feedback: feedback?.counts() ?? null, drift: drift?.status() ?? null }));
}

/** What the status knows already is read when somebody asks for the page. */
function statusReader(metrics: Metrics): (status: MinerStatus) => void {
  const total = (name: string, labels?: Readonly<Record<string, string>>) => followTotal(metrics.counter(name, labels));
  const answers = {
    predicted: total("conversion_subnet_predictions_total", { by: "model" }),
    fallbacks: total("conversion_subnet_predictions_total", { by: "baseline" }),
  };
  const uid = metrics.gauge("conversion_subnet_uid");
  const serving = metrics.gauge("conversion_subnet_serving");
  const learning = learningReader(metrics);
  const swaps = total("conversion_subnet_model_swaps_total", { result: "swapped" });
  const swapFailures = total("conversion_subnet_model_swaps_total", { result: "failed" });
  return (status) => {
    answers.predicted(status.predicted);
    answers.fallbacks(status.fallbacks);
    uid(status.uid);
    serving(status.serving ? 1 : 0);
    learning(status);
    swaps(status.model?.swaps ?? 0);
    swapFailures(status.model?.failures ?? 0);
  };
}

/**
 * Counts what a miner does. Handles are kept by what they are about, so that a question costs a look-up and some additions.
 *
 * @param read what the miner says of itself.
 */
export function createMinerMeters(
  metrics: Metrics,
  {
    clock,
    read,
    isRegistered,
  }: {
    readonly clock: Clock;
    readonly read: () => MinerStatus;
    readonly isRegistered: (hotkey: string) => boolean;
  },
): MinerMeters {
  const requests = new Map<string, (report: RequestReport) => void>();
  const callers = new Map<string, () => void>();
  const refusals = new Map<string, () => void>();
  const follow = statusReader(metrics);
  const unfollow = metrics.onScrape(() => follow(read()));
  const [verifying, predicted, failed] = [
    metrics.histogram("conversion_subnet_verify_duration_seconds"),
    metrics.histogram("conversion_subnet_predict_duration_seconds", { result: "ok" }),
    metrics.histogram("conversion_subnet_predict_duration_seconds", { result: "failed" }),
  ];
  const since = (startMs: number) => (clock.monotonicMs() - startMs) / 1_000;

  const handle = ({ route, wire = "none", outcome }: RequestReport) => {
    const count = metrics.counter("conversion_subnet_requests_total", { route, wire, outcome });
    const seconds: Histogram =
      route === "/ConversionSynapse"
        ? metrics.histogram("conversion_subnet_request_duration_seconds", { wire, outcome })
        : () => undefined;
    return ({ durationMs }: RequestReport) => {
      count();
      seconds(durationMs / 1_000);
    };
  };
  const callerOf = (hotkey: string) => {
    let count = callers.get(hotkey);
    if (count === undefined) {
      // Whoever left the subnet is counted no more, so a few hundred is all there are.
      if (callers.size >= MAX_CALLERS) callers.clear();
      count = metrics.counter("conversion_subnet_caller_requests_total", { hotkey });
      callers.set(hotkey, count);
    }
    return count;
  };
  return {
    stop() {
      // What was answered since somebody looked last is counted too.
      follow(read());
      unfollow();
    },
    request(report) {
      const key = `${report.route} ${report.wire} ${report.outcome}`;
      let note = requests.get(key);
      if (note === undefined) {
        note = handle(report);
        requests.set(key, note);
      }
      note(report);
      const { hotkey, outcome } = report;
      if (outcome === "OK" && hotkey !== undefined && isRegistered(hotkey)) callerOf(hotkey)();
    },
    permission(permission) {
      if (permission.allowed) return permission;
      const reason = kindOfReason(permission.reason);
      let count = refusals.get(reason);
      if (count === undefined) {
        count = metrics.counter("conversion_subnet_policy_refusals_total", { reason });
        refusals.set(reason, count);
      }
      count();
      return permission;
    },
    checkSignature:
      (check = verifySignature) =>
      (claim) => {
        const startMs = clock.monotonicMs();
        const good = check(claim);
        if (!isPending(good)) {
          verifying(since(startMs));
          return good;
        }
        return Promise.resolve(good).finally(() => verifying(since(startMs)));
      },
    predictor: (inner) => ({
      get name() {
        return inner.name;
      },
      predict(question, call) {
        const startMs = clock.monotonicMs();
        try {
          const answer = inner.predict(question, call);
          if (!isPending(answer)) {
            predicted(since(startMs));
            return answer;
          }
          return Promise.resolve(answer).then(
            (given) => {
              predicted(since(startMs));
              return given;
            },
            (error: unknown) => {
              failed(since(startMs));
              throw error;
            },
          );
        } catch (error) {
          failed(since(startMs));
          throw error;
        }
      },
    }),
  };
}
