import type {
  CalibrationView,
  ComponentView,
  CountView,
  DriftView,
  HistogramView,
  ModeView,
  NodeView,
  SeriesView,
  TimeErrorView,
} from "./views.ts";

/** `GET /api/miners/ID` */
export interface MinerView {
  readonly node: NodeView;
  readonly atMs: number;
  /** Null = read from files. */
  readonly serving: {
    readonly serving: boolean;
    readonly url: string | null;
    readonly uid: number | null;
    readonly predictor: string;
    /** Answers by the predictor, and by the baseline because it failed. */
    readonly predicted: number;
    readonly fallbacks: number;
    readonly lastFailure: string | null;
  } | null;
  /** As of the last look at the chain; rank 1 = most incentive among `of` neurons that are no validators. */
  readonly chain: {
    readonly uid: number;
    readonly block: number;
    readonly incentive: number;
    readonly rank: number;
    readonly of: number;
    readonly emissionTao: number;
  } | null;
  readonly requests: {
    /** "OK", or the code of the refusal. */
    readonly outcomes: readonly CountView[];
    /** Proven callers, the latest 64; `others` counts the requests of those before them and of callers that proved nothing. */
    readonly callers: readonly {
      readonly hotkey: string;
      readonly answered: number;
      readonly refused: readonly CountView[];
      readonly lastAtMs: number;
    }[];
    readonly others: number;
  } | null;
  /** Of answered questions, measured here: from whole body to answer. */
  readonly latency: HistogramView | null;
  /** What validators told of answers; null = none is accepted or none is there (`miner run --feedback.accept FOLDER`). */
  readonly feedback: {
    readonly scored: number;
    /** Stored though the score cannot be made again from it. */
    readonly disputed: number;
    readonly meanTotal: number | null;
    /** Over the latest 100. */
    readonly recentTotal: number | null;
    readonly lastAtMs: number | null;
    readonly validators: readonly {
      readonly hotkey: string;
      readonly scored: number;
      readonly meanTotal: number | null;
      readonly lastAtMs: number;
    }[];
    readonly mode: ModeView | null;
    readonly components: readonly ComponentView[];
    readonly calibration: CalibrationView | null;
    readonly timeErrors: TimeErrorView | null;
  } | null;
  /** The file that is served; null = another predictor. */
  readonly model: {
    readonly file: string;
    readonly hash: string;
    readonly model: string;
    readonly swaps: number;
    readonly failures: number;
    readonly lastFailure: string | null;
    /** What was served before and can be rolled back to, newest first, at most 20. */
    readonly versions: readonly { readonly number: number; readonly hash: string }[];
    /** What `retrain` has put beside it and nobody has promoted; null = none. */
    readonly candidate: { readonly file: string; readonly hash: string; readonly writtenAtMs: number } | null;
  } | null;
  readonly drift: DriftView | null;
}
/** `GET /api/miners/ID/scores?points=300` */
export interface MinerScoresView extends SeriesView {}
/** `GET /api/miners/ID/incentive`: a row an epoch that was seen, at most 500. */
export interface IncentiveSeriesView {
  readonly epoch: readonly number[];
  readonly block: readonly number[];
  readonly atMs: readonly number[];
  readonly incentive: readonly number[];
  readonly rank: readonly number[];
  readonly of: readonly number[];
}
/** An answer of a miner's, as a validator judged it. */
export interface ScoredAnswerView {
  readonly sequence: number;
  readonly receivedAtMs: number;
  readonly validator: string;
  readonly question: number;
  readonly landmark: string;
  readonly probability: number | null;
  readonly converted: 0 | 1;
  /** Predicted and true time of the conversion. */
  readonly predictedSeconds: number | null;
  readonly trueSeconds: number | null;
  readonly latencyMs: number | null;
  readonly total: number | null;
  readonly components: Readonly<Record<string, number>>;
}
/** `GET /api/miners/ID/answers?before=&limit=50` (at most 200), newest first. */
export interface ScoredAnswersView {
  readonly answers: readonly ScoredAnswerView[];
  readonly next: number | null;
}
