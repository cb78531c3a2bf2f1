import type { Clock, Logger } from "../core/index.ts";
import { explain, type StoredMode } from "../scoring/index.ts";
import type { HistoryLook, HistoryStore, Validator, ValidatorDrift } from "../validator/index.ts";
import { driftView } from "./drift-view.ts";
import type { EventHub } from "./event-hub.ts";
import { explanationViewOf, modeViewOf } from "./explained.ts";
import { type Feed, HOTKEY, reason } from "./feed.ts";
import type { HistoryRecorder } from "./history-recorder.ts";
import { createLeaderboard } from "./leaderboard.ts";
import type { NetworkFeed } from "./network-feed.ts";
import { peerAnswers, peerView } from "./peer-view.ts";
import { MAX_SEQUENCE, type Query } from "./query.ts";
import { questionDetailView, questionView, replyViews } from "./question-view.ts";
import type { DriftView, FlowView, NodeView, ValidatorView, WeightsHistoryView } from "./views.ts";

/** Plain values of a validator's feed. */
export interface ValidatorFeedOptions {
  readonly id: string;
  readonly name: string;
  readonly netuid: number;
  /** False = what it reads are files: nothing runs. Default true. */
  readonly live?: boolean;
}
/** Live things of a validator's feed. */
export interface ValidatorFeedModules {
  /** What it reads; it calls nothing that changes anything. */
  readonly validator: Pick<Validator, "summary" | "standings">;
  /** Through which the validator records. */
  readonly recorder: HistoryRecorder;
  readonly look: HistoryLook;
  readonly mode: StoredMode;
  /** The subnet it validates; null = not followed. */
  readonly network: NetworkFeed | null;
  readonly drift?: Pick<ValidatorDrift, "status"> | undefined;
  /** Where live conversations come from; null = nothing that could be lost. */
  readonly events?: { readonly ready: boolean } | null;
  readonly nameOf?: (hotkey: string) => string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TICK_MS = 250;
/** Counts are told so often at most, ms. */
const FLOW_MS = 1_000;
/** Rounds told a tick: 20 a second. */
const MAX_ROUNDS = 5;
const MAX_REPLIES = 32;
const MAX_ROWS_TOLD = 64;
const DRIFT_MS = 30_000;
const pageQuery = (query: Query, { most, usual = 50 }: { most: number; usual?: number }) => ({
  before: query.whole("before", { most: MAX_SEQUENCE }) ?? MAX_SEQUENCE,
  limit: query.whole("limit", { least: 1, most }) ?? usual,
});

/** Weights that were set, newest first. */
export async function weightsHistory(
  history: Pick<HistoryStore, "weights">,
  query: Query,
): Promise<WeightsHistoryView> {
  const limit = query.whole("limit", { least: 1, most: 200 }) ?? 50;
  const sets = (await history.weights(limit)).map(({ setAtMs, block, shares }) => ({
    setAtMs,
    block,
    shares: [...shares]
      .map(([hotkey, share]) => ({ hotkey, share }))
      .sort((a, b) => b.share - a.share)
      .slice(0, 256),
  }));
  return { sets };
}

/**
 * A validator's view: its first document is made of what is in memory, whatever the size of its history; all else is read in pages, in slices
 * of some milliseconds. It follows the validator through the history that it records in.
 *
 * @example
 * const options = { id: "validator", name: "history", netuid: 1, live: false };
 * const feed = createValidatorFeed(options, { validator, mode, recorder, look, network: null, clock, logger });
 * feed.node.kind; // "validator"
 */
export function createValidatorFeed(options: ValidatorFeedOptions, modules: ValidatorFeedModules): Feed {
  const { id, name, netuid, live = true } = options;
  const { validator, recorder, look, network, nameOf = () => null, clock, logger } = modules;
  const { history } = recorder;
  const mode = modeViewOf(modules.mode);
  const { hotkey: own } = validator.summary();
  const node: NodeView = {
    ...{ id, kind: "validator", name, hotkey: own === "" ? null : own, netuid },
    ...{ network: network?.node.network ?? null, live },
  };
  const board = createLeaderboard(
    {
      standings: validator.standings,
      weights: () => validator.summary().weights,
      clusters: () => validator.summary().clusters,
      neuron: (hotkey) => network?.neuron(hotkey),
      nameOf,
      healthOf: recorder.healthOf,
    },
    { clock, logger },
  );
  const whoIs = (hotkey: string) => ({ name: nameOf(hotkey), uid: network?.neuron(hotkey)?.uid ?? null });
  let drift: { readonly view: DriftView; readonly madeMs: number } | null = null;
  let timer: NodeJS.Timeout | null = null;

  const driftNow = (): DriftView | null => {
    if (modules.drift === undefined) return null;
    // It looks at every miner: not with every look at the page.
    if (drift === null || clock.monotonicMs() - drift.madeMs > DRIFT_MS)
      drift = { view: driftView(modules.drift.status()), madeMs: clock.monotonicMs() };
    return drift.view;
  };
  const flow = (): FlowView => {
    const { questions, settled, void: voided, inFlight, unasked, turnedAway } = validator.summary();
    return {
      ...{ questions, open: recorder.open, settled, void: voided, inFlight, unasked, turnedAway },
      voidReasons: recorder.voidReasons,
    };
  };
  const view = async (): Promise<ValidatorView> => {
    const refreshed = board.refresh();
    // The first one is waited for; later ones come with the next look, or as an event.
    if (board.version === 0) await refreshed;
    const s = validator.summary();
    const { running, uid, validatorPermit, block, servingMiners, failures, baseRate, baseRateBrier, clusters } = s;
    return {
      node,
      atMs: clock.nowMs(),
      status: live ? { running, uid, validatorPermit, block, servingMiners, failures } : null,
      mode,
      flow: flow(),
      ...{ baseRate, baseRateBrier, truthLag: recorder.truthLag },
      leaderboardVersion: board.version,
      leaderboard: board.rows,
      clusters,
      weights: {
        setCount: s.weightsSet,
        lastSetBlock: s.weightsSetBlock,
        lastSetAtMs: recorder.lastSetAtMs,
        refusal: s.weightsRefusal,
        epoch: network?.epoch ?? null,
      },
      drift: driftNow(),
      feedback: s.feedback && { sent: s.feedback.sent, failed: s.feedback.failed, waiting: s.feedback.waiting },
    };
  };

  const readQuestions = async ([number, what, hotkey, ...more]: readonly string[], query: Query): Promise<unknown> => {
    if (number === undefined) {
      const { before, limit } = pageQuery(query, { most: 100 });
      const found = await look.questions({ before, limit });
      return { questions: found.map(questionView), next: found.length < limit ? null : (found.at(-1)?.number ?? null) };
    }
    if (!/^[1-9]\d{0,14}$/.test(number) || more.length > 0) return undefined;
    const record = await history.question(Number(number));
    if (record === undefined) return undefined;
    if (what === undefined) return questionDetailView(record, whoIs);
    if (what !== "miners" || hotkey === undefined || !record.asked.includes(hotkey)) return undefined;
    return explanationViewOf(explain(record, hotkey), own);
  };
  const readMiners = async ([hotkey, what, ...more]: readonly string[], query: Query): Promise<unknown> => {
    if (hotkey === undefined || !HOTKEY.test(hotkey) || more.length > 0) return undefined;
    if (what === "answers") return peerAnswers(look, { hotkey, ...pageQuery(query, { most: 100 }) });
    if (what !== undefined) return undefined;
    if (board.version === 0) await board.refresh();
    const row = board.rows.find((one) => one.hotkey === hotkey);
    const points = query.whole("points", { least: 2, most: 1_000 }) ?? 300;
    return row && peerView(look, { row, points });
  };

  let flowMs = Number.NEGATIVE_INFINITY;
  let version = -1;
  const tick = (hub: EventHub) => {
    const news = recorder.news();
    if (!hub.watched) return;
    if (news.asked.length > 0) hub.publish("asked", { node: id, questions: news.asked });
    for (const { replies, ...round } of news.answered.slice(-MAX_ROUNDS)) {
      const few = replies.size <= MAX_REPLIES;
      const told = few ? replyViews([...replies.keys()], { replies, settled: null }, whoIs) : null;
      hub.publish("answered", { node: id, ...round, replies: told });
    }
    const settled = news.settled.map((one) => ({
      ...one,
      best: one.best && { ...one.best, name: nameOf(one.best.hotkey) },
    }));
    if (settled.length > 0) hub.publish("settled", { node: id, questions: settled });
    const { weightsSet: setCount, baseRate, baseRateBrier } = validator.summary();
    for (const weights of news.weights) hub.publish("weights", { node: id, ...weights, setCount });
    const now = clock.monotonicMs();
    if (now - flowMs < FLOW_MS) return;
    flowMs = now;
    const { truthLag } = recorder;
    hub.publish("flow", { node: id, atMs: clock.nowMs(), flow: flow(), baseRate, baseRateBrier, truthLag });
    if (recorder.version === version) return;
    version = recorder.version;
    void board.refresh().then(() => {
      const rows = board.changed();
      if (rows.length === 0) return;
      hub.publish("leaderboard", { node: id, version: board.version, rows: rows.length > MAX_ROWS_TOLD ? null : rows });
    });
  };

  return {
    node,
    reasons() {
      if (!live) return [];
      const { running, uid, validatorPermit, block } = validator.summary();
      if (block === null) return [reason("STARTING", "the validator has not begun")];
      if (uid === null) return [reason("NOT_REGISTERED", "the hotkey is not registered on the subnet")];
      if (!validatorPermit) return [reason("NO_PERMIT", "the hotkey has no validator permit")];
      if (running && modules.events?.ready === false)
        return [reason("EVENTS_LOST", "the stream of live conversations cannot be read: they wait in it")];
      return running ? [] : [reason("ENDED", "the conversations have ended, or the validator is being stopped")];
    },
    read([what, ...rest], query) {
      if (what === undefined) return view();
      if (what === "questions") return readQuestions(rest, query);
      if (what === "miners") return readMiners(rest, query);
      if (what === "weights" && rest.length === 0) return weightsHistory(history, query);
      return undefined;
    },
    start(hub) {
      if (!live) return;
      timer = setInterval(() => tick(hub), TICK_MS);
      timer.unref();
    },
    stop() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
