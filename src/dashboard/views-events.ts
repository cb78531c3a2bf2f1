import type { CountView, HistogramView, OverviewView, ReadyView } from "./views.ts";
import type { ScoredAnswerView } from "./views-miner.ts";
import type { ChainEventView, EpochView } from "./views-network.ts";
import type { FlowView, LeaderRowView, ReplyView } from "./views-validator.ts";

/*
 * `GET /api/events` is a stream of server-sent events: `event:` is a name of {@link EventMap}, `id:` a text to be given back as it is
 * (browsers do so by themselves as Last-Event-ID), `data:` one JSON object. A comment line comes every 15 s when nothing else does.
 * Each `event` is at most some a second: what came together is told together.
 */

/** First on every connection. */
export interface HelloEvent extends Pick<OverviewView, "api" | "version" | "bootId" | "lastEventId"> {
  /** Whether what was missed since Last-Event-ID follows; false after a `reset`, and where none was given. */
  readonly resumed: boolean;
}
/** What was missed is not known any more: read all documents again. Comes after `hello`. */
export interface ResetEvent {
  readonly reason: "restarted" | "gap" | "unknown";
}
/** A question went out. */
export interface AskedEvent {
  readonly node: string;
  readonly questions: readonly {
    readonly number: number;
    readonly atMs: number;
    readonly stratum: string;
    readonly asked: number;
    readonly baseRate: number;
  }[];
}
/** The replies to a question are in: one event, however many miners. */
export interface AnsweredEvent {
  readonly node: string;
  readonly number: number;
  readonly atMs: number;
  readonly answered: number;
  readonly failed: number;
  readonly failures: readonly CountView[];
  readonly meanProbability: number | null;
  /** Answers by probability, in ten bins from 0 to 1. */
  readonly probabilities: readonly number[];
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** Each reply, in the order asked; null where there are more than 32: read `.../questions/NUMBER`. */
  readonly replies: readonly ReplyView[] | null;
}
/** Questions whose truth is known and that are scored, or void. */
export interface SettledEvent {
  readonly node: string;
  readonly questions: readonly {
    readonly number: number;
    readonly atMs: number;
    readonly state: "settled" | "void";
    readonly converted: 0 | 1 | null;
    readonly trueSeconds: number | null;
    readonly reason: string | null;
    readonly meanTotal: number | null;
    readonly best: { readonly hotkey: string; readonly name: string | null; readonly total: number } | null;
  }[];
}
/** Counts of a validator; at most one a second. */
export interface FlowEvent {
  readonly node: string;
  readonly atMs: number;
  readonly flow: FlowView;
  readonly baseRate: number | null;
  readonly baseRateBrier: number | null;
  readonly truthLag: HistogramView;
}
/** Rows that have changed, ranks included; at most one a second. Null = too many to tell: read the validator's document. */
export interface LeaderboardEvent {
  readonly node: string;
  readonly version: number;
  readonly rows: readonly LeaderRowView[] | null;
}
/** Weights were set. */
export interface WeightsEvent {
  readonly node: string;
  readonly setAtMs: number;
  readonly block: number;
  readonly setCount: number;
  readonly uids: number;
}
/** Counts of a miner; at most one a second. */
export interface MinerEvent {
  readonly node: string;
  readonly atMs: number;
  readonly predicted: number;
  readonly fallbacks: number;
  readonly outcomes: readonly CountView[];
  readonly latency: HistogramView;
}
/** Answers of a miner's that were judged, newest last, at most 50: those before them are in `.../answers`. */
export interface FeedbackEvent {
  readonly node: string;
  readonly scored: number;
  readonly answers: readonly ScoredAnswerView[];
}
/** A miner's model file was replaced, or one was refused. */
export interface ModelEvent {
  readonly node: string;
  readonly hash: string;
  readonly swaps: number;
  readonly failures: number;
}
/** A new block was seen. */
export interface BlockEvent {
  readonly node: string;
  readonly block: number;
  readonly atMs: number;
  readonly epoch: EpochView | null;
}
/** Things that happened on the subnet. After kind "epoch" read the network's document again. */
export interface ChainEvent {
  readonly node: string;
  readonly events: readonly ChainEventView[];
}
/** Lines of the log, oldest first, at most 50; `missed` more came in the same moment and are in `/api/logs`. */
export interface LogEvent {
  readonly lines: readonly LogLineView[];
  readonly missed: number;
}
/** Readiness has changed. */
export interface ReadyEvent extends ReadyView {}

/** Names of events, and what each carries. */
export interface EventMap {
  readonly hello: HelloEvent;
  readonly reset: ResetEvent;
  readonly asked: AskedEvent;
  readonly answered: AnsweredEvent;
  readonly settled: SettledEvent;
  readonly flow: FlowEvent;
  readonly leaderboard: LeaderboardEvent;
  readonly weights: WeightsEvent;
  readonly miner: MinerEvent;
  readonly feedback: FeedbackEvent;
  readonly model: ModelEvent;
  readonly block: BlockEvent;
  readonly chain: ChainEvent;
  readonly log: LogEvent;
  readonly ready: ReadyEvent;
}

export type LogLevelView = "trace" | "debug" | "info" | "warn" | "error";
/** A line of the log: a fixed sentence, and flat fields. */
export interface LogLineView {
  readonly sequence: number;
  readonly atMs: number;
  readonly level: LogLevelView;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
/** `GET /api/logs?level=info&q=&before=&limit=100` (at most 500): of the latest 2,000 lines, newest first; `level` and louder, `q` anywhere in it, in any case. */
export interface LogsView {
  readonly lines: readonly LogLineView[];
  readonly next: number | null;
}
