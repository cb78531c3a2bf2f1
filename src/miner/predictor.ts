import { type Call, errorText, type Logger, withCall } from "../core/index.ts";
import { type Answer, answerSchema, answerToWire, isGoodAnswer, type Question } from "../schema.ts";

/** Whatever answers questions: a model file, a rule, a service of the miner's own. */
export interface Predictor {
  /** For logs: "model model.safetensors". */
  readonly name: string;
  /**
   * At once or later.
   *
   * @param call its `signal` is aborted at the deadline and when the caller goes away. It is made when it is first looked at, so who
   * answers at once pays nothing for it: `async predict(question, { signal }) { ... }`.
   */
  predict(question: Question, call: Call): Answer | Promise<Answer>;
}

/** How a miner's answers came about. */
export interface AnswerCounts {
  /** By the predictor. */
  readonly predicted: number;
  /** By the baseline, because the predictor threw, ran late or gave what no validator accepts. */
  readonly fallbacks: number;
  readonly lastFailure: string | null;
}

function assertGood(answer: Answer): void {
  if (isGoodAnswer(answer)) return;
  const checked = answerSchema.safeParse(answerToWire(answer));
  if (!checked.success) throw new Error(`the answer is not valid: ${checked.error.issues[0]?.path.join(".")}`);
}

/** Questions in, answers out, whatever the predictor does. */
export interface Answerer {
  /** @param within the call that it is asked in: when that is over, there is nobody to answer. */
  answer(question: Question, within?: Call): Answer | Promise<Answer>;
  counts(): AnswerCounts;
}

const WHAT = "The predictor";

/**
 * Answers by the predictor; when it throws, runs late or answers nonsense, by the baseline, and counts it: a miner that is asked
 * always has something honest to say.
 *
 * @param deadlineMs for the predictor, shorter than the validator's.
 * @example
 * const answerer = createAnswerer({ deadlineMs: 5_000 }, { predictor, baseline, logger: silentLogger });
 * answerer.counts().fallbacks; // 0
 */
export function createAnswerer(
  { deadlineMs: timeoutMs }: { deadlineMs: number },
  { predictor, baseline, logger }: { predictor: Predictor; baseline: (question: Question) => Answer; logger: Logger },
): Answerer {
  let predicted = 0;
  let fallbacks = 0;
  let lastFailure: string | null = null;
  const accept = (answer: Answer): Answer => {
    assertGood(answer);
    predicted += 1;
    return answer;
  };
  const fallBack = (question: Question, error: unknown): Answer => {
    fallbacks += 1;
    lastFailure = errorText(error);
    const fields = { predictor: predictor.name, error: lastFailure, fallbacks };
    logger.warn("The predictor failed; the baseline answers", fields);
    return baseline(question);
  };
  return {
    answer(question, within) {
      try {
        // Not a spread of what is the same for all: V8 makes a new shape for each, and forgets what it knew.
        const answer = withCall((call) => predictor.predict(question, call), { timeoutMs, what: WHAT, within });
        if (!(answer instanceof Promise)) return accept(answer);
        return answer.then(accept).catch((error: unknown) => {
          within?.signal.throwIfAborted();
          return fallBack(question, error);
        });
      } catch (error) {
        return fallBack(question, error);
      }
    },
    counts: () => ({ predicted, fallbacks, lastFailure }),
  };
}
