import type { AnswerLook, HistoryLook } from "../validator/index.ts";
import { calibrationOf, countsOf, histogramOf, LATENCY_EDGES_MS, seriesOf, timeErrorsOf } from "./figures.ts";
import type { LeaderRowView, PeerAnswersView, PeerView } from "./views.ts";

/** Questions that are walked back for one miner. */
const LOOKED_BACK = 2_000;
const FIRST_PAGE = 50;

const answerView = (one: AnswerLook): PeerAnswersView["answers"][number] => ({
  question: one.question,
  askedAtMs: one.askedAtMs,
  converted: one.converted,
  trueSeconds: one.timeSeconds,
  ok: one.ok,
  reason: one.reason,
  probability: one.probability,
  named: one.named,
  predictedSeconds: one.predictedSeconds,
  latencyMs: one.latencySeconds === null ? null : one.latencySeconds * 1_000,
  total: one.total,
  components: one.components,
});
const pageOf = (all: readonly AnswerLook[], limit: number): PeerAnswersView => {
  const page = all.slice(0, limit);
  return { answers: page.map(answerView), next: all.length > limit ? (page.at(-1)?.question ?? null) : null };
};

/** A page of what one miner answered, newest first. */
export async function peerAnswers(
  look: HistoryLook,
  { hotkey, before, limit }: { readonly hotkey: string; readonly before: number; readonly limit: number },
): Promise<PeerAnswersView> {
  const found: AnswerLook[] = [];
  for await (const one of look.answers({ hotkey, before, questions: LOOKED_BACK })) {
    found.push(one);
    if (found.length > limit) break;
  }
  return pageOf(found, limit);
}

/** One miner as a validator sees it: a walk over the latest questions. */
export async function peerView(
  look: HistoryLook,
  { row, points }: { readonly row: LeaderRowView; readonly points: number },
): Promise<PeerView> {
  const all: AnswerLook[] = [];
  const query = { hotkey: row.hotkey, before: Number.MAX_SAFE_INTEGER, questions: LOOKED_BACK };
  for await (const one of look.answers(query)) all.push(one);
  const judged = all.flatMap(({ ok, probability, converted }) =>
    ok && probability !== null && converted !== null ? [{ probability, converted }] : [],
  );
  const pairs = all.flatMap(({ ok, predictedSeconds, timeSeconds }) =>
    ok && predictedSeconds !== null && timeSeconds !== null ? [[predictedSeconds, timeSeconds] as const] : [],
  );
  const failures = new Map<string, number>();
  for (const { reason } of all) if (reason !== null) failures.set(reason, (failures.get(reason) ?? 0) + 1);
  return {
    row,
    series: seriesOf(
      all.flatMap(({ askedAtMs, total, prediction }) =>
        total === null ? [] : [{ atMs: askedAtMs, total, prediction }],
      ),
      points,
    ),
    calibration: calibrationOf(
      judged.map(({ probability }) => probability),
      judged.map(({ converted }) => converted),
    ),
    timeErrors: timeErrorsOf(pairs),
    latency: histogramOf(
      all.flatMap(({ ok, latencySeconds }) => (ok && latencySeconds !== null ? [latencySeconds * 1_000] : [])),
      { unit: "ms", edges: LATENCY_EDGES_MS },
    ),
    failures: countsOf(failures),
    answers: pageOf(all, FIRST_PAGE),
  };
}
