import type { Truth } from "../../schema.ts";
import type { Frozen, Reply, Score, StoredMode } from "../../scoring/index.ts";
import type { OpenQuestion } from "../desk.ts";

/** How a question ended. */
export interface Settled {
  /** Null = void: it scores nobody. */
  readonly truth: Truth | null;
  /** Where the truth came from, or why there is none. */
  readonly reason: string;
  /** Source, and what of it told the outcome, as an event's id; absent = nobody did, as at the horizon, or it is forgotten. */
  readonly toldBy?: string | undefined;
  /** On the conversation clock. */
  readonly atSeconds: number;
  readonly scores: ReadonlyMap<string, Score>;
}
/** Everything about one question; `explain` needs nothing else. */
export interface QuestionRecord {
  /** Of a forgotten conversation the id is empty and every feature unknown. */
  readonly open: OpenQuestion;
  readonly frozen: Frozen;
  /** Scoring mode that judges it: name, version, constants. */
  readonly mode: StoredMode;
  /** Hotkeys asked, in order. */
  readonly asked: readonly string[];
  readonly askedAtMs: number;
  /** Empty until the round is over. */
  readonly replies: ReadonlyMap<string, Reply>;
  /** Null = still open. */
  readonly settled: Settled | null;
}
/** What became of a conversation, as soon as it is known: the scores follow when the replies are in. */
export type KnownTruth = Omit<Settled, "scores">;
/** A question that is not scored yet. */
export interface OpenRecord extends QuestionRecord {
  readonly settled: null;
  /** Null = its conversation goes on. */
  readonly known: KnownTruth | null;
}
/** A question when it is asked. */
export type NewQuestion = Omit<QuestionRecord, "replies" | "settled">;

/** Sums over all scores of one hotkey in one mode, after its latest one; the latest scores themselves are in the records. */
export interface StandingRecord {
  readonly hotkey: string;
  readonly asked: number;
  readonly answered: number;
  /** The mode's exponential sum, or 0. */
  readonly weighted: number;
  readonly total: number;
  readonly prediction: number;
}
/** One setting of weights. */
export interface WeightsRecord {
  readonly setAtMs: number;
  readonly block: number;
  /** Shares by hotkey. */
  readonly shares: ReadonlyMap<string, number>;
}

/** What of a history is read. */
export interface RecordsQuery {
  /** `settled`: those that are settled, in the order in which they were scored (default). `asked`: all, by their number. */
  readonly order?: "settled" | "asked";
  /** Asked at or after, before: milliseconds since 1970. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Only what this mode judged: name, version and constants alike. */
  readonly mode?: StoredMode | undefined;
  /** Only the last so many of the order. */
  readonly last?: number | undefined;
}
/** What is remembered of a question for base rates. */
export interface TruthRecord {
  readonly number: number;
  readonly stratum: string;
  /** Null = void; undefined = still open. */
  readonly truth: Truth | null | undefined;
}
/** Questions that are pruned: counts are all that is left of them. */
export interface StratumCounts {
  readonly stratum: string;
  readonly settled: number;
  readonly converted: number;
}
/** How much a history holds. */
export interface HistoryInfo {
  readonly questions: number;
  readonly open: number;
  /** With a truth. */
  readonly settled: number;
  readonly void: number;
  readonly answers: number;
  readonly hotkeys: number;
  /** Questions of which only counts are left. */
  readonly pruned: number;
  readonly firstAskedAtMs: number | null;
  readonly lastAskedAtMs: number | null;
  readonly weightsSet: number;
  readonly modes: readonly (StoredMode & { readonly questions: number })[];
}
/** What {@link HistoryStore.prune} lets go. */
export interface PruneOptions {
  /** Questions asked before this moment go with their answers; counts by day, stratum and hotkey stay. */
  readonly beforeMs: number;
  /** The latest settled questions stay whatever their age, for averages and base rates are made of them. Default 5,000. */
  readonly keep?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Port: where questions, answers, scores and averages are kept. A question is recorded before it is sent, its replies when the
 * round is over (one transaction), its truth when it is known, its scores and the averages that they moved together (another one). Each
 * promise settles when the record is safe. What is unknown is ignored, and what is settled stays as it is.
 */
export interface HistoryStore {
  recordQuestion(question: NewQuestion): Promise<void>;
  recordReplies(questionNumber: number, replies: ReadonlyMap<string, Reply>): Promise<void>;
  /** Questions are scored, and read, in the order in which this was called. */
  recordTruth(questionNumber: number, known: KnownTruth): Promise<void>;
  recordSettled(questionNumber: number, settled: Settled, standings: readonly StandingRecord[]): Promise<void>;
  /** Another mode will judge an open question than the one it was asked under. */
  recordMode(questionNumber: number, mode: StoredMode): Promise<void>;
  /** Averages that were made again from stored answers. */
  recordStandings(mode: StoredMode, standings: readonly StandingRecord[]): Promise<void>;
  recordWeights(weights: WeightsRecord): Promise<void>;
  /** Keeps a text under a name: salts, counters, what is pending. Null = no longer. */
  setValue(name: string, value: string | null): Promise<void>;

  question(questionNumber: number): Promise<QuestionRecord | undefined>;
  /** Numbers of the latest questions, newest first. */
  latest(limit: number): Promise<number[]>;
  /** The highest number ever used; 0 = none. */
  lastNumber(): Promise<number>;
  /** Questions that are not scored: those whose truth is known, in that order, then the others by number. A restart takes them up. */
  open(): Promise<OpenRecord[]>;
  /** Reads records one after another; a page of them is in memory at a time. */
  records(query?: RecordsQuery): AsyncIterable<QuestionRecord>;
  /** In the order of asking, for base rates; those that are pruned are in `prunedStrata`. */
  truths(): AsyncIterable<TruthRecord>;
  prunedStrata(): Promise<StratumCounts[]>;
  /** Those of one mode: name, version and constants alike. */
  standings(mode: StoredMode): Promise<StandingRecord[]>;
  /** The latest settings of weights, newest first. */
  weights(limit: number): Promise<WeightsRecord[]>;
  value(name: string): Promise<string | null>;
  info(): Promise<HistoryInfo>;

  /** @returns how many questions went. */
  prune(options: PruneOptions): Promise<number>;
  /**
   * Takes a conversation's id and features, and who told its outcome, out of every question about it. Scores stay: they say nothing of it, and are made of
   * answers and truth alone.
   *
   * @returns how many questions were about it.
   */
  forget(conversationId: string): Promise<number>;
}

/** Latest settled questions that are kept whatever their age. */
export const KEPT_QUESTIONS = 5_000;
