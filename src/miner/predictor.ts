import { createAbortController, errorText, type Logger, withDeadline, withTimeout } from "../core/index.ts";
import { type Answer, answerSchema, answerToWire, isGoodAnswer, type Question } from "../schema.ts";

/** Whatever answers questions: a model file, a rule, a service of the miner's own. */
export interface Predictor {
  /** For logs: "model model.safetensors". */
  readonly name: string;
  predict(question: Question, signal: AbortSignal): Answer | Promise<Answer>;
}

/** How a miner's answers came about. */
export interface AnswerCounts {
  /** By the predictor. */
  readonly predicted: number;
  /** By the baseline, because the predictor threw, ran late or gave what no validator accepts. */
  readonly fallbacks: number;
  readonly lastFailure: string | null;
}

const NEVER = createAbortController().signal;

function assertGood(answer: Answer): void {
  if (isGoodAnswer(answer)) return;
  const checked = answerSchema.safeParse(answerToWire(answer));
  if (!checked.success) throw new Error(`the answer is not valid: ${checked.error.issues[0]?.path.join(".")}`);
}

/** Questions in, answers out, whatever the predictor does. */
export interface Answerer {
  /** False: the predictor declares no signal, so none need be made for it. */
  readonly takesSignal: boolean;
  answer(question: Question, signal?: AbortSignal): Promise<Answer>;
  counts(): AnswerCounts;
}

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
  { deadlineMs }: { deadlineMs: number },
  { predictor, baseline, logger }: { predictor: Predictor; baseline: (question: Question) => Answer; logger: Logger },
): Answerer {
  let predicted = 0;
  let fallbacks = 0;
  let lastFailure: string | null = null;
  const limit = { timeoutMs: deadlineMs, what: "The predictor" };
  // A signal of its own costs more than most predictions, so who does not take one is not made one.
  const takesSignal = predictor.predict.length > 1;
  return {
    takesSignal,
    async answer(question, signal = NEVER) {
      try {
        const answer = takesSignal
          ? await withTimeout((inner) => predictor.predict(question, inner), { ...limit, signal })
          : await withDeadline(() => predictor.predict(question, signal), { ...limit, signal });
        assertGood(answer);
        predicted += 1;
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        fallbacks += 1;
        lastFailure = errorText(error);
        logger.warn("The predictor failed; the baseline answers", {
          predictor: predictor.name,
          error: lastFailure,
          fallbacks,
        });
        return baseline(question);
      }
    },
    counts: () => ({ predicted, fallbacks, lastFailure }),
  };
}
