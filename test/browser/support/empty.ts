/** What nodes say before anything has happened. */
import type {
  HistogramView,
  IncentiveSeriesView,
  LeaderRowView,
  MinerScoresView,
  MinerView,
  NetworkView,
  QuestionsView,
  ScoredAnswersView,
  ValidatorView,
  WeightsHistoryView,
} from "../../../src/dashboard/index.ts";

const histogram = (unit: HistogramView["unit"]): HistogramView => ({
  ...{ unit, edges: [0, 1, 10], counts: [0, 0, 0], count: 0, p50: null, p90: null, p99: null },
});

export const emptyValidator = (): Omit<ValidatorView, "node"> => ({
  atMs: Date.now(),
  status: { running: true, uid: 0, validatorPermit: false, block: null, servingMiners: 0, failures: 0 },
  mode: null,
  flow: { questions: 0, open: 0, settled: 0, void: 0, inFlight: 0, unasked: 0, turnedAway: 0, voidReasons: [] },
  ...{ baseRate: null, baseRateBrier: null, truthLag: histogram("seconds"), leaderboardVersion: 0, leaderboard: [] },
  ...{ clusters: [], drift: null, feedback: null },
  weights: { setCount: 0, lastSetBlock: null, lastSetAtMs: null, refusal: null, epoch: null },
});
export const emptyQuestions: QuestionsView = { questions: [], next: null };
export const noWeights: WeightsHistoryView = { sets: [] };
export const validatorDocuments = () => ({ "": emptyValidator(), questions: emptyQuestions, weights: noWeights });

const emptyMiner = (): Omit<MinerView, "node"> => ({
  atMs: Date.now(),
  serving: {
    ...{ serving: false, url: null, uid: null, predictor: "base rate", predicted: 0, fallbacks: 0, lastFailure: null },
  },
  ...{ chain: null, requests: { outcomes: [], callers: [], others: 0 }, latency: histogram("ms") },
  ...{ feedback: null, model: null, drift: null },
});
const noScores: MinerScoresView = { atMs: [], count: [], total: [], prediction: [] };
const noEpochs: IncentiveSeriesView = { epoch: [], block: [], atMs: [], incentive: [], rank: [], of: [] };
const noAnswers: ScoredAnswersView = { answers: [], next: null };
export const minerDocuments = () => ({ "": emptyMiner(), scores: noScores, incentive: noEpochs, answers: noAnswers });

const emptyNetwork = (): Omit<NetworkView, "node"> => ({
  ...{ atMs: Date.now(), netuid: 1, network: "local", development: true, blockTimeMs: 250, specVersion: 1 },
  ...{ block: null, blockHash: null, blockAtMs: null, epoch: null, emissionTao: 0, hyperparameters: {} },
  ...{ neurons: [], events: [], failure: null },
});
export const networkDocuments = () => ({ "": emptyNetwork(), incentive: noEpochs });

/** A row of the leaderboard, with what the test says of it. */
export const leaderRow = (hotkey: string, rank: number, more: Partial<LeaderRowView> = {}): LeaderRowView => ({
  ...{ rank, hotkey, name: null, uid: rank, asked: 10, answered: 10, score: 1 / rank, meanScore: 0.4 },
  ...{ predictionScore: 0.3, auc: 0.7, brier: 0.2, timeMaeSeconds: 50, latencyP50Ms: 10, latencyP99Ms: 30 },
  ...{ weight: 0.1, incentive: 0.1, cluster: null },
  health: { okShare: 1, lastFailure: null, lastAnsweredAtMs: Date.now() },
  ...more,
});
