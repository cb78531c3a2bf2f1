import type { QuestionLook, QuestionRecord } from "../validator/index.ts";
import { modeViewOf } from "./explained.ts";
import type { QuestionDetailView, QuestionView, ReplyView } from "./views.ts";

/** What of a hotkey is known besides. */
export type WhoIs = (hotkey: string) => Pick<ReplyView, "name" | "uid">;

export function questionView(one: QuestionLook): QuestionView {
  const { timeSeconds: trueSeconds, ...rest } = one;
  return { ...rest, trueSeconds };
}

/** The replies to a question, in the order asked; of those that were not recorded nothing is said. */
export function replyViews(
  asked: readonly string[],
  { replies, settled }: Pick<QuestionRecord, "replies" | "settled">,
  whoIs: WhoIs,
): ReplyView[] {
  return asked.flatMap((hotkey): ReplyView[] => {
    const [reply, score] = [replies.get(hotkey), settled?.scores.get(hotkey)];
    if (reply === undefined && score === undefined) return [];
    const answer = reply?.ok === true ? reply.answer : null;
    const named = answer?.conversionHappened ?? null;
    return [
      {
        hotkey,
        ...whoIs(hotkey),
        ok: answer !== null && (score?.invalid ?? null) === null,
        reason: reply?.ok === false ? reply.reason : (score?.invalid ?? null),
        probability: answer === null ? null : (answer.confidence ?? 0.5),
        named,
        predictedSeconds:
          answer?.timeIfConvertedSeconds ?? (named === 1 ? (answer?.timeToConversionSeconds ?? null) : null),
        latencyMs: reply === undefined || reply.latencySeconds === null ? null : reply.latencySeconds * 1_000,
        total: score?.total ?? null,
        components: score?.components ?? null,
      },
    ];
  });
}

/** Everything about one question but its conversation and its features. */
export function questionDetailView(record: QuestionRecord, whoIs: WhoIs): QuestionDetailView {
  const { open, asked, askedAtMs, frozen, mode, settled } = record;
  const replies = replyViews(asked, record, whoIs);
  const good = replies.filter(({ ok }) => ok);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  return {
    number: open.number,
    askedAtMs,
    askedAtSeconds: open.askedAtSeconds,
    stratum: open.stratum,
    state: settled === null ? "open" : settled.truth === null ? "void" : "settled",
    asked: asked.length,
    answered: good.length,
    failed: replies.length === 0 ? 0 : asked.length - good.length,
    meanProbability: mean(good.flatMap(({ probability }) => probability ?? [])),
    baseRate: frozen.baseRate,
    converted: settled?.truth?.converted ?? null,
    trueSeconds: settled?.truth?.timeSeconds ?? null,
    reason: settled?.reason ?? null,
    meanTotal: mean(replies.flatMap(({ total }) => total ?? [])),
    horizonSeconds: open.question.horizonSeconds,
    mode: modeViewOf(mode),
    medianTimeSeconds: frozen.medianTimeSeconds,
    replies,
  };
}
