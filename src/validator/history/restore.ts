import {
  judgedReplies,
  modeKey,
  type Reply,
  type RunningTruth,
  type Score,
  type ScoringMode,
} from "../../scoring/index.ts";
import type { Standings } from "../standings.ts";
import { type HistoryStore, KEPT_QUESTIONS, type QuestionRecord } from "./port.ts";

/** Scores of a record in this mode: those stored, or made again when another mode judged it. */
function scoresOf(record: QuestionRecord, mode: ScoringMode): ReadonlyMap<string, Score> {
  const truth = record.settled?.truth ?? null;
  if (record.settled === null || truth === null) return new Map();
  if (modeKey(record.mode) === modeKey(mode)) return record.settled.scores;
  const judged = judgedReplies(record);
  const results = mode.score({ frozen: record.frozen, replies: judged.map(([, reply]) => reply) }, truth);
  return new Map(
    judged.flatMap(([hotkey], i): [string, Score][] => {
      const score = results[i];
      return score === undefined ? [] : [[hotkey, score]];
    }),
  );
}

/**
 * Averages as they were: the sums that are stored, and the latest scores for what looks back. In a mode that has none yet they are
 * made anew from all stored answers, and stored.
 *
 * @param onReplies told of the replies to each question that is looked at.
 * @returns how many questions were looked at.
 * @example
 * const standings = createStandings(seedV1());
 * await restoreStandings(history, seedV1(), standings); // 0: nothing was asked yet
 */
export async function restoreStandings(
  history: HistoryStore,
  mode: ScoringMode,
  standings: Standings,
  onReplies?: (replies: ReadonlyMap<string, Reply>) => void,
): Promise<number> {
  const stored = await history.standings(mode);
  for (const record of stored) standings.restore(record);
  let looked = 0;
  for await (const record of history.records(stored.length === 0 ? {} : { last: KEPT_QUESTIONS })) {
    looked += 1;
    const truth = record.settled?.truth ?? null;
    if (truth === null) continue;
    const replies = new Map(judgedReplies(record));
    onReplies?.(replies);
    for (const [hotkey, score] of scoresOf(record, mode)) {
      const reply = replies.get(hotkey) ?? { ok: false, reason: "not recorded", latencySeconds: null };
      standings.add(hotkey, reply, score, truth);
    }
  }
  for (const record of stored) standings.restore(record);
  if (stored.length === 0 && looked > 0) await history.recordStandings(mode, standings.records());
  return looked;
}

/**
 * Base rates as they were, in the order of asking.
 *
 * @example
 * const truths = createRunningTruth({ horizonSeconds: 1800 });
 * await restoreTruths(history, truths);
 * truths.ask("q1", "shop, 4 messages").baseRate; // 0.5: nothing was asked yet
 */
export async function restoreTruths(history: HistoryStore, truths: RunningTruth): Promise<void> {
  for (const { stratum, ...counts } of await history.prunedStrata()) truths.earlier(stratum, counts);
  for await (const { number, stratum, truth } of history.truths()) {
    truths.ask(String(number), stratum);
    if (truth !== undefined) truths.settle(String(number), truth);
  }
}
