import type { Feedback } from "../protocol/index.ts";
import { landmarkName } from "../schema.ts";
import {
  answerIdentity,
  EXPLANATION_FORMAT,
  type Explanation,
  judgedReplies,
  type Reply,
  refusal,
} from "../scoring/index.ts";
import type { QuestionRecord } from "./history/port.ts";

/** How a truth came to be, in words of ours: a source's own may name a customer. */
const KNOWN_ENDS = new Set(["converted", "closed", "horizon"]);

/**
 * What a question's miners are told of it, as a function of the hotkey; counts over all replies are made once. Null for whoever gave no valid
 * answer, was not scored, or when the question is void or forgotten.
 *
 * Of where a conversation came from nothing is said: of source and landmark only the landmark, which the miner was told.
 *
 * @example
 * feedbackOf(record)("5F…")?.explanation.stored?.total; // 0.725
 */
export function feedbackOf(
  record: QuestionRecord,
): (hotkey: string) => Pick<Feedback, "question" | "explanation"> | null {
  const { open, frozen, mode, settled } = record;
  const truth = settled?.truth ?? null;
  if (settled === null || truth === null || open.conversationId === "") return () => null;
  const judged = judgedReplies(record);
  const replies = new Map(judged);
  const isValid = (reply: Reply) => reply.ok && refusal(reply) === null;
  const alike = new Map<string, number>();
  for (const [, reply] of judged) {
    if (!reply.ok || !isValid(reply)) continue;
    const key = answerIdentity(reply.answer);
    alike.set(key, (alike.get(key) ?? 0) + 1);
  }
  const valid = [...alike.values()].reduce((sum, count) => sum + count, 0);
  return (hotkey) => {
    const [reply, stored] = [replies.get(hotkey), settled.scores.get(hotkey)];
    if (reply === undefined || !reply.ok || !isValid(reply) || stored === undefined) return null;
    const explanation: Explanation = {
      format: EXPLANATION_FORMAT,
      question: open.number,
      hotkey,
      stratum: landmarkName(open.landmark),
      askedAtSeconds: open.askedAtSeconds,
      mode: { name: mode.name, version: mode.version, constants: mode.constants, formula: [] },
      frozen,
      reply,
      truth: { ...truth, from: KNOWN_ENDS.has(settled.reason) ? settled.reason : "told", atSeconds: settled.atSeconds },
      stored,
      // It was made a moment ago: to make it again for each miner would cost as much as all miners' scores, each time.
      ...{ recomputed: null, agrees: null, differences: [] },
      others: { replies: judged.length, valid, identical: alike.get(answerIdentity(reply.answer)) ?? 0 },
      notes: [],
    };
    return { question: open.question, explanation };
  };
}
