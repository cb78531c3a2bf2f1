import { differencesOf } from "./explain.ts";
import { EMPTY_STANDING, type Score, type ScoringMode, type Standing } from "./mode.ts";
import { storedMode } from "./modes.ts";
import { type Cluster, createOriginality, type OriginalityTreatment, sharePay } from "./originality.ts";
import { judgedReplies, type ScoredRecord } from "./record.ts";

/** How to {@link rescore}. */
export interface RescoreOptions {
  /** The mode to score with; null = each record's own, with the constants stored. */
  readonly mode: ScoringMode | null;
  /** Modes of your own, for records that they scored. */
  readonly own?: readonly ScoringMode[];
  readonly originality?: OriginalityTreatment;
  /** How many records there are, for `onProgress`; null = unknown. */
  readonly count?: number | null;
}
/** Live things of {@link rescore}. */
export interface RescoreModules {
  readonly signal?: AbortSignal;
  /** Told after every record how many are done, and what share (null = unknown). */
  readonly onProgress?: (done: number, share: number | null) => void;
  /** Told of the new scores of every question, by hotkey. */
  readonly onScored?: (record: ScoredRecord, scores: ReadonlyMap<string, Score>) => void;
}
/** One hotkey after rescoring. */
export interface RescoredMiner {
  readonly hotkey: string;
  readonly asked: number;
  readonly answered: number;
  /** The new average; null = none. */
  readonly score: number | null;
  /** What its weight is proportional to, originality included; null = no weight yet. */
  readonly pay: number | null;
  /** Share of all pay. */
  readonly share: number;
  readonly standing: Standing;
}
/** What {@link rescore} gives. */
export interface Rescored {
  /** Highest pay first, then by hotkey. */
  readonly miners: readonly RescoredMiner[];
  readonly settled: number;
  readonly void: number;
  readonly open: number;
  /** Stored scores that were made again in the same mode, version and constants, and how many of them came out differently. */
  readonly compared: number;
  readonly differing: number;
  /** Records whose own mode is not known here, left out. */
  readonly unknownMode: number;
  readonly clusters: readonly Cluster[];
}

const sameMode = (a: ScoredRecord["mode"], b: ScoringMode) =>
  a.name === b.name &&
  a.version === b.version &&
  Object.keys({ ...a.constants, ...b.constants }).every((name) => a.constants[name] === b.constants[name]);

/**
 * Scores a period again from its stored answers, and starts new averages: what was frozen when a question was asked stays, the rest
 * is made anew. The same records in the same order give the same numbers.
 *
 * @param records in the order in which they were settled, as the validator averaged them.
 * @throws the signal's reason, when it is aborted.
 * @example
 * (await rescore(records, { mode: scoringMode("proper-v1") })).miners[0]?.score; // 0.29
 */
export async function rescore(
  records: Iterable<ScoredRecord> | AsyncIterable<ScoredRecord>,
  { mode, own = [], originality: treatment = "split", count = null }: RescoreOptions,
  { signal, onProgress, onScored }: RescoreModules = {},
): Promise<Rescored> {
  const standings = new Map<string, Standing>();
  const originality = createOriginality();
  const counts = { settled: 0, void: 0, open: 0, compared: 0, differing: 0, unknownMode: 0 };
  let average: ScoringMode["average"] | null = mode?.average ?? null;
  let done = 0;
  for await (const record of records) {
    signal?.throwIfAborted();
    one(record);
    done += 1;
    onProgress?.(done, count === null || count === 0 ? null : Math.min(1, done / count));
  }

  function one(record: ScoredRecord): void {
    const truth = record.settled?.truth ?? null;
    if (truth === null) {
      counts[record.settled === null ? "open" : "void"] += 1;
      return;
    }
    const judge = mode ?? storedMode(record.mode, own);
    if (judge === null) {
      counts.unknownMode += 1;
      return;
    }
    counts.settled += 1;
    // Averages of two modes do not mix: the last mode's rule is the one that pays.
    if (average !== judge.average && mode === null) average = judge.average;
    const judged = judgedReplies(record);
    const results = judge.score({ frozen: record.frozen, replies: judged.map(([, reply]) => reply) }, truth);
    const same = sameMode(record.mode, judge);
    const scores = new Map<string, Score>();
    for (const [i, [hotkey]] of judged.entries()) {
      const score = results[i];
      if (score === undefined) continue;
      scores.set(hotkey, score);
      standings.set(hotkey, judge.average.add(standings.get(hotkey) ?? EMPTY_STANDING, score));
      const stored = record.settled?.scores.get(hotkey);
      if (!same || stored === undefined) continue;
      counts.compared += 1;
      if (differencesOf(stored, score).length > 0) counts.differing += 1;
    }
    originality.add(new Map(judged));
    onScored?.(record, scores);
  }

  const clusters = originality.clusters();
  const earned = new Map<string, number>();
  for (const [hotkey, standing] of standings) {
    const pay = average?.pay(standing) ?? null;
    if (pay !== null) earned.set(hotkey, pay);
  }
  const paid = sharePay(earned, clusters, treatment);
  const all = [...paid.values()].reduce((sum, pay) => sum + pay, 0);
  const miners = [...standings].map(([hotkey, standing]): RescoredMiner => {
    const pay = paid.get(hotkey) ?? null;
    const { asked, answered } = standing;
    const share = all > 0 ? (pay ?? 0) / all : 0;
    return { hotkey, asked, answered, score: average?.value(standing) ?? null, pay, share, standing };
  });
  miners.sort((a, b) => (b.pay ?? -1) - (a.pay ?? -1) || (a.hotkey < b.hotkey ? -1 : 1));
  return { miners, ...counts, clusters };
}
