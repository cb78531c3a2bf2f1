import type {
  CalibrationView,
  CountView,
  DriftView,
  HistogramView,
  ModeView,
  NodeView,
  SeriesView,
  TimeErrorView,
} from "./views.ts";
import type { EpochView } from "./views-network.ts";

/** One miner on the leaderboard. */
export interface LeaderRowView {
  readonly rank: number;
  readonly hotkey: string;
  /** A name where one is known (the demo's miners); else null. */
  readonly name: string | null;
  readonly uid: number | null;
  readonly asked: number;
  readonly answered: number;
  readonly score: number | null;
  readonly meanScore: number | null;
  readonly predictionScore: number | null;
  readonly auc: number | null;
  readonly brier: number | null;
  readonly timeMaeSeconds: number | null;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
  /** Share of the weights last set, and of the miners' emission in the last epoch. */
  readonly weight: number;
  readonly incentive: number | null;
  /** Of the latest replies, at most 50: share that were valid, the last reason why one was not, and when it last answered. */
  readonly health: {
    readonly okShare: number | null;
    readonly lastFailure: string | null;
    readonly lastAnsweredAtMs: number | null;
  };
  /** Number of its cluster in `clusters`; null = answers like nobody. */
  readonly cluster: number | null;
}
/** Counts since the process began, but for `open`. */
export interface FlowView {
  readonly questions: number;
  /** Asked, and their truth not known yet. */
  readonly open: number;
  readonly settled: number;
  readonly void: number;
  /** Waiting for answers this moment. */
  readonly inFlight: number;
  readonly unasked: number;
  readonly turnedAway: number;
  /** Reasons of voids, in words of ours. */
  readonly voidReasons: readonly CountView[];
}
/** `GET /api/validators/ID`: the first document, small and quick whatever the size of the history. */
export interface ValidatorView {
  readonly node: NodeView;
  readonly atMs: number;
  /** Null = read from files. */
  readonly status: {
    readonly running: boolean;
    readonly uid: number | null;
    readonly validatorPermit: boolean;
    readonly block: number | null;
    readonly servingMiners: number;
    readonly failures: number;
  } | null;
  readonly mode: ModeView | null;
  readonly flow: FlowView;
  readonly baseRate: number | null;
  readonly baseRateBrier: number | null;
  /** From question to truth, on the conversation clock. */
  readonly truthLag: HistogramView;
  /** Rises when the leaderboard changes. */
  readonly leaderboardVersion: number;
  /** By score; at most 1,024. */
  readonly leaderboard: readonly LeaderRowView[];
  /** Hotkeys that answer as one, as of the last weights. */
  readonly clusters: readonly {
    readonly hotkeys: readonly string[];
    readonly reasons: readonly {
      readonly pair: readonly [string, string];
      readonly shared: number;
      readonly agreeing: number;
      readonly correlation: number | null;
      readonly residualCorrelation: number | null;
    }[];
  }[];
  readonly weights: {
    readonly setCount: number;
    readonly lastSetBlock: number | null;
    readonly lastSetAtMs: number | null;
    /** The chain's last no, until a yes. */
    readonly refusal: {
      readonly name: string;
      readonly atBlock: number;
      readonly notBeforeBlock: number | null;
    } | null;
    /** Null = not known. */
    readonly epoch: EpochView | null;
  };
  readonly drift: DriftView | null;
  /** What miners were told; null = nothing is sent. */
  readonly feedback: { readonly sent: number; readonly failed: number; readonly waiting: number } | null;
}

/** A question in a list; of the conversation only the landmark. */
export interface QuestionView {
  readonly number: number;
  readonly askedAtMs: number;
  /** On the conversation clock. */
  readonly askedAtSeconds: number;
  /** Source and landmark. */
  readonly stratum: string;
  readonly state: "open" | "settled" | "void";
  readonly asked: number;
  /** Replies that were valid, and that were none; both 0 while the round goes on. */
  readonly answered: number;
  readonly failed: number;
  /** Mean of the answers' probabilities. */
  readonly meanProbability: number | null;
  readonly baseRate: number;
  readonly converted: 0 | 1 | null;
  readonly trueSeconds: number | null;
  /** "converted", "closed", "horizon", or why it is void; null = open. */
  readonly reason: string | null;
  readonly meanTotal: number | null;
}
/** `GET /api/validators/ID/questions?before=&limit=50` (at most 100), newest first. */
export interface QuestionsView {
  readonly questions: readonly QuestionView[];
  readonly next: number | null;
}
/** One reply to a question. */
export interface ReplyView {
  readonly hotkey: string;
  readonly name: string | null;
  readonly uid: number | null;
  readonly ok: boolean;
  /** Why there is no valid answer. */
  readonly reason: string | null;
  readonly probability: number | null;
  readonly named: 0 | 1 | null;
  readonly predictedSeconds: number | null;
  readonly latencyMs: number | null;
  readonly total: number | null;
  readonly components: Readonly<Record<string, number>> | null;
}
/** `GET /api/validators/ID/questions/NUMBER` */
export interface QuestionDetailView extends QuestionView {
  readonly horizonSeconds: number;
  readonly mode: ModeView;
  readonly medianTimeSeconds: number;
  /** In the order asked. */
  readonly replies: readonly ReplyView[];
}
/** `GET /api/validators/ID/miners/HOTKEY?points=300`: one miner as this validator sees it. */
export interface PeerView {
  readonly row: LeaderRowView;
  readonly series: SeriesView;
  /** Over its latest answers, at most 2,000. */
  readonly calibration: CalibrationView | null;
  readonly timeErrors: TimeErrorView | null;
  readonly latency: HistogramView;
  readonly failures: readonly CountView[];
  /** The latest, at most 50; `next` pages go by `.../miners/HOTKEY/answers?before=&limit=`. */
  readonly answers: PeerAnswersView;
}
/** `GET /api/validators/ID/miners/HOTKEY/answers?before=&limit=50` (at most 100), newest first. */
export interface PeerAnswersView {
  readonly answers: readonly (Omit<ReplyView, "hotkey" | "name" | "uid"> & {
    readonly question: number;
    readonly askedAtMs: number;
    readonly converted: 0 | 1 | null;
    readonly trueSeconds: number | null;
  })[];
  readonly next: number | null;
}
/** `GET /api/validators/ID/weights?limit=50` (at most 200), newest first. */
export interface WeightsHistoryView {
  readonly sets: readonly {
    readonly setAtMs: number;
    readonly block: number;
    /** Largest first, at most 256; shares sum to 1. */
    readonly shares: readonly { readonly hotkey: string; readonly share: number }[];
  }[];
}
