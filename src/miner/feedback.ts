import type { Logger, Maybe } from "../core/index.ts";
import { type Feedback, RequestRefusedError } from "../protocol/index.ts";
import type { Answer, Question } from "../schema.ts";
import { checkExplanation } from "../scoring/index.ts";
import type { AnswerMemory } from "./feedback-memory.ts";
import type { FeedbackStore } from "./feedback-store.ts";

/** What came of the feedback so far. */
export interface FeedbackCounts {
  readonly stored: number;
  /** Sent again; kept once. */
  readonly known: number;
  /** About questions that this miner has not answered so, as far as it remembers. */
  readonly strange: number;
  /** Stored, though the score cannot be made again from what it says. */
  readonly disputed: number;
  /** Answers that feedback may come for. */
  readonly remembered: number;
}

/** Takes feedback of validators; see {@link createMinerFeedback}. */
export interface MinerFeedback {
  /** An answer went out: feedback about it may come. */
  answered(validator: string, question: Question, answer: Answer): void;
  /** Whether a validator was answered of late: nobody else has anything to tell. */
  hasAnswered(validator: string): Maybe<boolean>;
  /**
   * Keeps what a proven validator tells; false = it was here already.
   *
   * @param self our own address.
   * @throws {RequestRefusedError} 403 for an answer that was not given.
   */
  take(feedback: Feedback, validator: string, self: string): Promise<boolean>;
  counts(): FeedbackCounts;
}

/**
 * Feedback is believed if its sender is proven, may ask questions, has asked this very one, and tells this very answer. What it says of
 * the truth is the validator's word: it is kept under the validator's name.
 *
 * @example
 * const feedback = createMinerFeedback({ memory: createAnswerMemory(), store, clock: systemClock, logger });
 * feedback.counts().stored; // 0
 */
export function createMinerFeedback({
  memory,
  store,
  logger,
  onFeedback,
}: {
  readonly memory: AnswerMemory;
  readonly store: FeedbackStore;
  readonly logger: Logger;
  /** Told of what is new, when it is on disk. */
  readonly onFeedback?:
    | ((feedback: Feedback, from: { readonly validator: string; readonly holds: boolean | null }) => void)
    | undefined;
}): MinerFeedback {
  const counts = { stored: 0, known: 0, strange: 0, disputed: 0 };
  const disputedBy = new Set<string>();

  const take = async (feedback: Feedback, hotkey: string, self: string): Promise<boolean> => {
    const { question, answer, explanation } = feedback;
    if (explanation.hotkey !== self || !memory.knows(hotkey, question, answer)) {
      counts.strange += 1;
      throw new RequestRefusedError({ code: "FORBIDDEN", problem: "this miner gave no such answer to the caller" });
    }
    const { holds, reason } = checkExplanation(explanation);
    const isNew = await store.add(hotkey, feedback, { holds });
    counts[isNew ? "stored" : "known"] += 1;
    if (!isNew) return false;
    if (holds === false) {
      counts.disputed += 1;
      if (!disputedBy.has(hotkey))
        logger.warn("A validator's score cannot be made again from its own explanation", { validator: hotkey, reason });
      disputedBy.add(hotkey);
    }
    logger.debug("Feedback", { validator: hotkey, question: question.sessionId, score: explanation.stored?.total });
    onFeedback?.(feedback, { validator: hotkey, holds });
    return true;
  };

  return {
    answered: memory.remember,
    hasAnswered: memory.hasAnswered,
    take,
    counts: () => ({ ...counts, remembered: memory.size }),
  };
}
