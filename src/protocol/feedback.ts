import { z } from "zod";
import {
  type Answer,
  answerSchema,
  answerToWire,
  firstIssue,
  MAX_SECONDS,
  type Question,
  questionSchema,
  questionToWire,
  type Truth,
} from "../schema.ts";
import { EXPLANATION_FORMAT, type Explanation } from "../scoring/index.ts";

/** Where a miner takes feedback, if it takes any. */
export const FEEDBACK_PATH = "/Feedback";
/** The form of the message; raised when it changes. */
export const FEEDBACK_FORMAT = "conversion-subnet/feedback/1";

/** What became of one answer of a miner's: told by the validator that asked, after scoring. */
export interface Feedback {
  /** As it was asked: the blinded id and the 40 numbers. */
  readonly question: Question;
  /** The miner's own answer. */
  readonly answer: Answer;
  readonly truth: Truth;
  /** What it was paid and why: it can be made again from this alone. */
  readonly explanation: Explanation;
}

const NAME = 64;
const NAMES = 64;
const text = (length: number) => z.string().max(length);
const numbers = z
  .record(text(NAME), z.number())
  .refine((values) => Object.keys(values).length <= NAMES, `has more than ${NAMES} names`);
const latency = z.number().min(0).max(MAX_SECONDS);
const score = z.object({
  total: z.number(),
  prediction: z.number(),
  components: numbers,
  invalid: text(200).nullable(),
  best: z.number(),
  latencySeconds: latency.nullable(),
});
const answer = z
  .object({
    conversionHappened: z.union([z.literal(0), z.literal(1)]),
    timeToConversionSeconds: z.number(),
    confidence: z.number().nullable(),
    timeIfConvertedSeconds: z.number().nullable(),
  })
  .refine((value) => answerSchema.safeParse(answerToWire(value)).success, "is no valid answer");

/** An explanation of an answer that was scored. Whatever else it holds is dropped. */
const explanationSchema = z.object({
  format: z.literal(EXPLANATION_FORMAT),
  question: z.int().min(0),
  hotkey: text(NAME),
  stratum: text(200),
  askedAtSeconds: z.number(),
  mode: z.object({
    name: text(NAME),
    version: z.int().min(0),
    constants: numbers,
    formula: z.array(text(400)).max(32),
  }),
  frozen: z.object({
    classWeights: z.object({ 0: z.number(), 1: z.number() }),
    baseRate: z.number(),
    medianTimeSeconds: z.number(),
  }),
  reply: z.object({ ok: z.literal(true), answer, latencySeconds: latency }),
  truth: z.object({
    converted: z.union([z.literal(0), z.literal(1)]),
    timeSeconds: z.number().min(0).max(MAX_SECONDS).nullable(),
    from: text(200),
    atSeconds: z.number(),
  }),
  stored: score,
  recomputed: score.nullable(),
  agrees: z.boolean().nullable(),
  differences: z.array(z.object({ part: text(NAME), stored: z.number(), recomputed: z.number() })).max(NAMES),
  others: z.object({ replies: z.int().min(0), valid: z.int().min(0), identical: z.int().min(0) }),
  notes: z.array(text(400)).max(32),
});

const feedbackSchema = z.object({
  format: z.literal(FEEDBACK_FORMAT),
  question: questionSchema,
  explanation: explanationSchema,
});

/**
 * The wire form of feedback: answer and truth stand in the explanation.
 *
 * @example
 * Object.keys(feedbackToWire(feedback)); // ["format", "question", "explanation"]
 */
export function feedbackToWire({ question, explanation }: Pick<Feedback, "question" | "explanation">): object {
  return { format: FEEDBACK_FORMAT, question: questionToWire(question), explanation };
}

/**
 * Feedback in a value from elsewhere, or what is wrong with it: `field.path: message`, never a value.
 *
 * @example
 * readFeedback({}); // { ok: false, problem: 'format: Invalid input: expected "conversion-subnet/feedback/1"' }
 */
export function readFeedback(
  value: unknown,
): { readonly ok: true; readonly feedback: Feedback } | { readonly ok: false; readonly problem: string } {
  const parsed = feedbackSchema.safeParse(value);
  if (!parsed.success) {
    const { field, problem } = firstIssue(parsed.error);
    return { ok: false, problem: `${field}: ${problem}` };
  }
  const { question, explanation } = parsed.data;
  const { converted, timeSeconds } = explanation.truth;
  const truth: Truth = { converted, timeSeconds };
  return { ok: true, feedback: { question, answer: explanation.reply.answer, truth, explanation } };
}
