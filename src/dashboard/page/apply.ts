import type {
  EventMap,
  LeaderRowView,
  LogsView,
  MinerView,
  NetworkView,
  QuestionsView,
  QuestionView,
  ScoredAnswersView,
  ValidatorView,
} from "../views.ts";
import type { Documents } from "./documents.ts";
import type { EventName } from "./live.ts";
import { paths } from "./paths.ts";

/** As many as a live list holds; older ones are asked for by page. */
export const LIVE_ROWS = 50;
const LIVE_LOGS = 300;

/** Rows that have changed, among those that have not, by rank. */
export function mergeRows(rows: readonly LeaderRowView[], changed: readonly LeaderRowView[]): readonly LeaderRowView[] {
  const byKey = new Map(rows.map((row) => [row.hotkey, row]));
  for (const row of changed) byKey.set(row.hotkey, row);
  return [...byKey.values()].sort((a, b) => a.rank - b.rank);
}

/** What is new goes in front, each once by its number, and the oldest go. */
export function mergeNewest<T>(
  old: readonly T[],
  fresh: readonly T[],
  id: (item: T) => number,
  most: number,
): readonly T[] {
  const byId = new Map([...old, ...fresh].map((item) => [id(item), item]));
  return [...byId.values()].sort((a, b) => id(b) - id(a)).slice(0, most);
}

function mendQuestions(docs: Documents, node: string, changes: ReadonlyMap<number, Partial<QuestionView>>): void {
  docs.mend<QuestionsView>(paths.questions(node), (view) => ({
    ...view,
    questions: view.questions.map((question) => ({ ...question, ...changes.get(question.number) })),
  }));
}

type Appliers = { readonly [N in EventName]: (event: EventMap[N], docs: Documents) => void };
/** What each event changes. Every change may be made twice with the same result: after a reconnection some are. */
const APPLY: Appliers = {
  asked({ node, questions }, docs) {
    const fresh = questions.map(
      ({ number, atMs, stratum, asked, baseRate }): QuestionView => ({
        ...{ number, askedAtMs: atMs, askedAtSeconds: 0, stratum, state: "open", asked, answered: 0, failed: 0 },
        ...{ meanProbability: null, baseRate, converted: null, trueSeconds: null, reason: null, meanTotal: null },
      }),
    );
    docs.mend<QuestionsView>(paths.questions(node), (view) => {
      const known = new Set(view.questions.map(({ number }) => number));
      const unknown = fresh.filter(({ number }) => !known.has(number));
      return { ...view, questions: mergeNewest(view.questions, unknown, ({ number }) => number, LIVE_ROWS) };
    });
  },
  answered({ node, number, answered, failed, meanProbability }, docs) {
    mendQuestions(docs, node, new Map([[number, { answered, failed, meanProbability }]]));
    docs.stale(paths.question(node, number));
  },
  settled({ node, questions }, docs) {
    const changes = questions.map(({ number, state, converted, trueSeconds, reason, meanTotal }) => {
      docs.stale((path) => path.startsWith(paths.question(node, number)));
      return [number, { state, converted, trueSeconds, reason, meanTotal }] as const;
    });
    mendQuestions(docs, node, new Map(changes));
  },
  flow({ node, atMs, flow, baseRate, baseRateBrier, truthLag }, docs) {
    docs.mend<ValidatorView>(paths.validator(node), (view) => ({
      ...view,
      ...{ atMs, flow, baseRate, baseRateBrier, truthLag },
    }));
  },
  leaderboard({ node, version, rows }, docs) {
    if (rows === null) return docs.stale(paths.validator(node));
    docs.mend<ValidatorView>(paths.validator(node), (view) => ({
      ...view,
      leaderboardVersion: version,
      leaderboard: mergeRows(view.leaderboard, rows),
    }));
    for (const { hotkey } of rows) docs.stale(paths.peer(node, hotkey));
  },
  weights({ node, setAtMs, block, setCount }, docs) {
    docs.mend<ValidatorView>(paths.validator(node), (view) => ({
      ...view,
      weights: { ...view.weights, setCount, lastSetAtMs: setAtMs, lastSetBlock: block, refusal: null },
    }));
    docs.stale(paths.validator(node));
    docs.stale(paths.weights(node));
  },
  miner({ node, atMs, predicted, fallbacks, outcomes, latency }, docs) {
    docs.mend<MinerView>(paths.miner(node), (view) => ({
      ...view,
      ...{ atMs, latency },
      serving: view.serving === null ? null : { ...view.serving, predicted, fallbacks },
      requests: view.requests === null ? null : { ...view.requests, outcomes },
    }));
    docs.stale(paths.miner(node));
  },
  feedback({ node, answers }, docs) {
    docs.mend<ScoredAnswersView>(paths.answers(node), (view) => ({
      ...view,
      answers: mergeNewest(view.answers, answers, ({ sequence }) => sequence, LIVE_ROWS),
    }));
    docs.stale(paths.miner(node));
    docs.stale(paths.scores(node));
  },
  model({ node }, docs) {
    docs.stale(paths.miner(node));
  },
  block({ node, block, atMs, epoch }, docs) {
    docs.mend<NetworkView>(paths.network(node), (view) => ({ ...view, block, blockAtMs: atMs, epoch }));
    docs.mend<ValidatorView>(paths.validator(node), (view) => ({
      ...view,
      status: view.status === null ? null : { ...view.status, block },
      weights: { ...view.weights, epoch },
    }));
  },
  chain({ node, events }, docs) {
    docs.mend<NetworkView>(paths.network(node), (view) => ({
      ...view,
      events: mergeNewest(view.events, events, ({ sequence }) => sequence, 100),
    }));
    docs.stale(paths.network(node));
    if (events.some(({ kind }) => kind === "epoch")) docs.stale((path) => /incentive|\/miners\/[^/]*$/.test(path));
  },
  log({ lines, missed }, docs) {
    // A filtered list cannot tell which lines belong to it: it is read again.
    docs.stale((path) => path.startsWith(`${paths.logs}?`));
    docs.mend<LogsView>(paths.logs, (view) => ({
      ...view,
      lines: mergeNewest(view.lines, lines, ({ sequence }) => sequence, LIVE_LOGS),
    }));
    if (missed > 0) docs.stale(paths.logs);
  },
  ready(_, docs) {
    docs.stale(paths.overview);
  },
};

/** Changes the documents that are here by what an event tells. */
export function applyEvent<N extends EventName>(name: N, event: EventMap[N], docs: Documents): void {
  APPLY[name](event, docs);
}
