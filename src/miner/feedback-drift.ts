import type { Logger } from "../core/index.ts";
import {
  createFeatureWatch,
  createPerformanceWatch,
  type FeatureDrift,
  type PerformanceReport,
  type Profile,
} from "../learning/index.ts";
import type { Feedback } from "../protocol/index.ts";
import type { Answer, Question } from "../schema.ts";

/** How the questions and the own answers stand against the training. */
export interface DriftStatus {
  /** Questions looked at; 0 without a profile. */
  readonly rows: number;
  /** Features that have moved, the furthest first. */
  readonly moved: readonly FeatureDrift[];
  readonly performance: PerformanceReport;
}

/** Answers that feedback is told by; what comes later than so many others counts in no figure. */
const MAX_OWN = 50_000;

/** Watches what a miner is asked and answers; bounded memory. */
export interface MinerDrift {
  answered(question: Question, answer: Answer): void;
  /** Counts where the model that is served now gave the answer: one that was swapped out is none of its figures. */
  settled(feedback: Pick<Feedback, "question" | "answer" | "truth">): void;
  /** Another model is served, with this profile of its training rows; null = not known, and features are not watched. */
  follow(profile: Profile | null): void;
  status(): DriftStatus;
  /** Logs what has moved since it was last said. */
  warn(logger: Logger): void;
}

/**
 * Drift on a miner's side: features against the profile of the model that is served, and its performance as its own probabilities
 * foretell it, put right by feedback where there is enough.
 *
 * @example
 * const drift = createMinerDrift();
 * drift.follow((await readProfileFile("model.profile.json"))?.profile ?? null);
 * drift.status().moved; // []
 */
export function createMinerDrift({ window }: { window?: number } = {}): MinerDrift {
  let features = null as ReturnType<typeof createFeatureWatch> | null;
  let performance = createPerformanceWatch({ window });
  let said = new Set<string>();
  /** Questions that the model that is served has answered, by blinded id. */
  let own = new Set<string>();
  const status = (): DriftStatus => {
    const report = features?.report();
    const moved = (report?.features ?? []).filter(({ level }) => level !== "stable");
    return { rows: report?.rows ?? 0, moved, performance: performance.report() };
  };
  return {
    answered({ sessionId, features: asked }, { confidence, conversionHappened }) {
      features?.question(asked);
      if (confidence === null) return;
      performance.answered(confidence, conversionHappened);
      own.add(sessionId);
      for (const oldest of own)
        if (own.size > MAX_OWN) own.delete(oldest);
        else break;
    },
    settled({ question: { sessionId }, answer: { confidence, conversionHappened }, truth }) {
      if (own.delete(sessionId) && confidence !== null)
        performance.settled(confidence, conversionHappened, truth.converted);
    },
    follow(profile) {
      features = profile === null ? null : createFeatureWatch({ profile, window });
      performance = createPerformanceWatch({ window });
      said = new Set();
      own = new Set();
    },
    status,
    warn(logger) {
      const { moved, rows } = status();
      const fresh = moved.filter(({ feature, level }) => !said.has(`${feature} ${level}`));
      if (fresh.length === 0) return;
      for (const { feature, level } of fresh) said.add(`${feature} ${level}`);
      const names = fresh.slice(0, 5).map((one) => `${one.feature} ${one.psi.toFixed(2)}`);
      const large = moved.filter(({ level }) => level === "large").length;
      const level = fresh.some((one) => one.level === "large") ? "warn" : "info";
      logger[level]("Questions have moved away from the training rows", { psi: names.join(", "), large, rows });
    },
  };
}
