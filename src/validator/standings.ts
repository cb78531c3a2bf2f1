import type { Truth } from "../schema.ts";
import {
  auc,
  brierScore,
  EMPTY_STANDING,
  mean,
  quantile,
  type Reply,
  type Score,
  type ScoringMode,
  type Standing,
} from "../scoring/index.ts";
import type { StandingRecord } from "./history/port.ts";

/** What the validator knows of one miner. Numbers are null until there is something to say. */
export interface MinerStanding {
  readonly hotkey: string;
  /** Questions asked of it that were settled. */
  readonly asked: number;
  readonly answered: number;
  /** The average that weights are made of. */
  readonly score: number | null;
  /** Plain mean of all scores. */
  readonly meanScore: number | null;
  /** Plain mean without latency. */
  readonly predictionScore: number | null;
  readonly auc: number | null;
  readonly brier: number | null;
  /** Mean absolute error over conversions at a known moment for which a time was given, seconds. */
  readonly timeMaeSeconds: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** What its weight is proportional to. */
  readonly pay: number | null;
}

/** One more score that does not count yet. */
export interface PreparedScore {
  /** What is to be stored: the sums with this score in them. */
  readonly record: StandingRecord;
  /** Makes it count. */
  apply(): void;
}
/** Standings by hotkey; see {@link createStandings}. */
export interface Standings {
  add(hotkey: string, reply: Reply, score: Score, truth: Truth): void;
  /** The same in two steps, so that a score is stored before it counts. Nothing may be added in between. */
  prepare(hotkey: string, reply: Reply, score: Score, truth: Truth): PreparedScore;
  /** Puts stored sums in the place of those from the scores that were added. */
  restore(record: StandingRecord): void;
  /** What is to be stored of all. */
  records(): StandingRecord[];
  of(hotkey: string): MinerStanding | undefined;
  /** What a hotkey's weight is proportional to; null = nothing to say yet. */
  payOf(hotkey: string): number | null;
  all(): MinerStanding[];
  /** The same one after another; who comes meanwhile may be missing. */
  each(): Iterable<MinerStanding>;
}

interface Tally {
  /** What `of` said since the last score; null = to be computed again. */
  described: MinerStanding | null;
  standing: Standing;
  total: number;
  prediction: number;
  readonly p: number[];
  readonly y: number[];
  readonly timeErrors: number[];
  readonly latenciesMs: number[];
}
/** Figures besides the averages look at this many of the latest answers: memory stays bounded. */
const KEPT = 5_000;
/** Hotkeys remembered: many times the places of a subnet. */
const MAX_HOTKEYS = 4_096;
function keep(list: number[], value: number): void {
  list.push(value);
  if (list.length > KEPT) list.shift();
}

const emptyTally = (): Tally => ({
  described: null,
  standing: EMPTY_STANDING,
  total: 0,
  prediction: 0,
  p: [],
  y: [],
  timeErrors: [],
  latenciesMs: [],
});
function recordOf(
  hotkey: string,
  { standing, total, prediction }: Pick<Tally, "standing" | "total" | "prediction">,
): StandingRecord {
  const { asked, answered, weighted } = standing;
  return { hotkey, asked, answered, weighted, total, prediction };
}
/** What the figures besides the averages are made of. */
function keepAnswer(tally: Tally, { answer, latencySeconds }: Extract<Reply, { ok: true }>, truth: Truth): void {
  const { confidence, conversionHappened, timeToConversionSeconds, timeIfConvertedSeconds } = answer;
  keep(tally.p, confidence ?? 0.5);
  keep(tally.y, truth.converted);
  keep(tally.latenciesMs, latencySeconds * 1_000);
  const time = timeIfConvertedSeconds ?? (conversionHappened === 1 ? timeToConversionSeconds : null);
  if (truth.converted === 1 && truth.timeSeconds !== null && time !== null)
    keep(tally.timeErrors, Math.abs(time - truth.timeSeconds));
}

/**
 * Keeps standings by hotkey, never by uid: a hotkey that moves keeps its score, a new one at an old uid starts anew.
 *
 * @example
 * createStandings(seedV1()).all(); // []
 */
export function createStandings(mode: ScoringMode): Standings {
  const tallies = new Map<string, Tally>();
  const describe = (hotkey: string, t: Tally): MinerStanding => {
    t.described ??= figures(hotkey, t);
    return t.described;
  };
  const figures = (hotkey: string, t: Tally): MinerStanding => ({
    hotkey,
    asked: t.standing.asked,
    answered: t.standing.answered,
    score: mode.average.value(t.standing),
    meanScore: t.standing.asked === 0 ? null : t.total / t.standing.asked,
    predictionScore: t.standing.asked === 0 ? null : t.prediction / t.standing.asked,
    auc: auc(t.p, t.y),
    brier: brierScore(t.p, t.y),
    timeMaeSeconds: mean(t.timeErrors),
    latencyP50Ms: quantile(t.latenciesMs, 0.5),
    latencyP99Ms: quantile(t.latenciesMs, 0.99),
    pay: mode.average.pay(t.standing),
  });
  const prepare: Standings["prepare"] = (hotkey, reply, score, truth) => {
    const tally = tallies.get(hotkey) ?? emptyTally();
    const standing = mode.average.add(tally.standing, score);
    const total = tally.total + score.total;
    const prediction = tally.prediction + score.prediction;
    return {
      record: recordOf(hotkey, { standing, total, prediction }),
      apply() {
        // Set anew, it stands last: first are those not asked for the longest time, who have left.
        tallies.delete(hotkey);
        tallies.set(hotkey, tally);
        if (tallies.size > MAX_HOTKEYS) tallies.delete(tallies.keys().next().value ?? "");
        Object.assign(tally, { described: null, standing, total, prediction });
        if (reply.ok && score.invalid === null) keepAnswer(tally, reply, truth);
      },
    };
  };
  return {
    add(...score) {
      prepare(...score).apply();
    },
    prepare,
    restore(record) {
      const { hotkey, asked, answered, weighted, total, prediction } = record;
      const tally = tallies.get(hotkey) ?? emptyTally();
      tallies.set(hotkey, tally);
      tally.described = null;
      tally.standing = { ...tally.standing, asked, answered, weighted };
      tally.total = total;
      tally.prediction = prediction;
    },
    records: () => [...tallies].map(([hotkey, tally]) => recordOf(hotkey, tally)),
    payOf(hotkey) {
      const tally = tallies.get(hotkey);
      return tally === undefined ? null : mode.average.pay(tally.standing);
    },
    of(hotkey) {
      const tally = tallies.get(hotkey);
      return tally && describe(hotkey, tally);
    },
    all: () => [...tallies].map(([hotkey, tally]) => describe(hotkey, tally)),
    *each() {
      // A map that is walked while its entries are set anew, last, would not end.
      for (const hotkey of [...tallies.keys()]) {
        const tally = tallies.get(hotkey);
        if (tally !== undefined) yield describe(hotkey, tally);
      }
    },
  };
}
