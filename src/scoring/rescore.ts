import { differencesOf } from "./explain.ts";
import { EMPTY_STANDING, modeKey, type Score, type ScoringMode, type Standing, type StoredMode } from "./mode.ts";
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

interface Season {
  readonly judge: ScoringMode;
  readonly standings: Map<string, Standing>;
}

/**
 * Scores a period again from its stored answers, and starts new averages: what was frozen when a question was asked stays, the rest
 * is made anew. The same records in the same order give the same numbers. Averages of two modes do not mix: without `mode`, those of the
 * last record's mode are given.
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
  /** By mode; null = a mode that is not known here. */
  const seasons = new Map<string, Season | null>();
  let last: Season | null = null;
  const seasonOf = (stored: StoredMode): Season | null => {
    const key = modeKey(mode ?? stored);
    const known = seasons.get(key);
    if (known !== undefined) return known;
    const judge = mode ?? storedMode(stored, own);
    const season = judge && { judge, standings: new Map<string, Standing>() };
    seasons.set(key, season);
    return season;
  };
  const originality = createOriginality();
  const counts = { settled: 0, void: 0, open: 0, compared: 0, differing: 0, unknownMode: 0 };
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
    const season = seasonOf(record.mode);
    if (season === null) {
      counts.unknownMode += 1;
      return;
    }
    counts.settled += 1;
    last = season;
    const { judge, standings } = season;
    const judged = judgedReplies(record);
    const results = judge.score({ frozen: record.frozen, replies: judged.map(([, reply]) => reply) }, truth);
    const same = modeKey(record.mode) === modeKey(judge);
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
  return { miners: paidOf(last, clusters, treatment), ...counts, clusters };
}

/** What everybody is paid at the end of a season; highest pay first, then by hotkey. */
function paidOf(season: Season | null, clusters: readonly Cluster[], treatment: OriginalityTreatment): RescoredMiner[] {
  if (season === null) return [];
  const { average } = season.judge;
  const earned = new Map<string, number>();
  for (const [hotkey, standing] of season.standings) {
    const pay = average.pay(standing);
    if (pay !== null) earned.set(hotkey, pay);
  }
  const paid = sharePay(earned, clusters, treatment);
  const all = [...paid.values()].reduce((sum, pay) => sum + pay, 0);
  const miners = [...season.standings].map(([hotkey, standing]): RescoredMiner => {
    const pay = paid.get(hotkey) ?? null;
    const { asked, answered } = standing;
    const share = all > 0 ? (pay ?? 0) / all : 0;
    return { hotkey, asked, answered, score: average.value(standing), pay, share, standing };
  });
  return miners.sort((a, b) => (b.pay ?? -1) - (a.pay ?? -1) || (a.hotkey < b.hotkey ? -1 : 1));
}
