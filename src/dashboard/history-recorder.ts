import type { Clock } from "../core/index.ts";
import { quantile, type Reply } from "../scoring/index.ts";
import type { HistoryStore, NewQuestion, QuestionRecord, Settled } from "../validator/index.ts";
import { countsOf, histogramOf, LAG_EDGES_SECONDS } from "./figures.ts";
import type { AnsweredEvent, AskedEvent, CountView, HistogramView, LeaderRowView, SettledEvent } from "./views.ts";

/** What happened since it was asked last. */
export interface HistoryNews {
  readonly asked: AskedEvent["questions"];
  readonly answered: readonly (Omit<AnsweredEvent, "node" | "replies"> & {
    readonly replies: ReadonlyMap<string, Reply>;
  })[];
  readonly settled: readonly (Omit<SettledEvent["questions"][number], "best"> & {
    readonly best: { readonly hotkey: string; readonly total: number } | null;
  })[];
  readonly weights: readonly { readonly setAtMs: number; readonly block: number; readonly uids: number }[];
}
/** What passes through a history, counted as it passes; see {@link recordHistory}. */
export interface HistoryRecorder {
  /** Give it to the validator in the place of its own. */
  readonly history: HistoryStore;
  /** Questions whose truth is not known. */
  readonly open: number;
  readonly truthLag: HistogramView;
  readonly voidReasons: readonly CountView[];
  readonly lastSetAtMs: number | null;
  /** Rises with every score. */
  readonly version: number;
  healthOf(hotkey: string): LeaderRowView["health"];
  /** Counts what was recorded earlier, as if it passed now; it is no news. */
  recall(record: QuestionRecord): void;
  /** What came since it was asked last, the latest 200 of each kind. */
  news(): HistoryNews;
}

const MAX_OPEN = 50_000;
const MAX_LAGS = 2_000;
const MAX_REASONS = 32;
const MAX_HOTKEYS = 4_096;
const MAX_HEALTH = 50;
/** Kept for whoever looks; what was before them is in the documents. */
const MAX_NEWS = 200;
const NO_HEALTH: LeaderRowView["health"] = { okShare: null, lastFailure: null, lastAnsweredAtMs: null };

interface Health {
  readonly outcomes: boolean[];
  lastFailure: string | null;
  lastAnsweredAtMs: number | null;
}

function bounded<T>(list: T[], value: T, most: number): void {
  list.push(value);
  if (list.length > most) list.shift();
}

/**
 * A history that does what the given one does, and remembers of all that is recorded what a dashboard shows: open questions, lags,
 * reasons, health of peers, and the latest news. What is told is on the disk already. Memory is bounded.
 *
 * @example
 * const recorder = recordHistory(createMemoryHistory(), { clock: systemClock });
 * createValidator(options, { ...modules, history: recorder.history });
 * recorder.open; // 0
 */
export function recordHistory(
  history: HistoryStore,
  { clock }: { readonly clock: Pick<Clock, "nowMs"> },
): HistoryRecorder {
  const open = new Map<number, number>();
  const lags: number[] = [];
  const reasons = new Map<string, number>();
  const healths = new Map<string, Health>();
  let version = 0;
  let lastSetAtMs: number | null = null;
  let lag: HistogramView | null = null;
  const fresh = () => ({
    asked: [] as AskedEvent["questions"][number][],
    answered: [] as HistoryNews["answered"][number][],
    settled: [] as HistoryNews["settled"][number][],
    weights: [] as HistoryNews["weights"][number][],
  });
  let news = fresh();

  const opened = (number: number, askedAtSeconds: number) => {
    open.set(number, askedAtSeconds);
    if (open.size > MAX_OPEN) open.delete(open.keys().next().value ?? 0);
  };
  const asked = ({ open: { number, askedAtSeconds, stratum }, asked: hotkeys, askedAtMs, frozen }: NewQuestion) => {
    opened(number, askedAtSeconds);
    const question = { number, atMs: askedAtMs, stratum, asked: hotkeys.length, baseRate: frozen.baseRate };
    bounded(news.asked, question, MAX_NEWS);
  };
  const noteHealth = (hotkey: string, reply: Reply) => {
    const health = healths.get(hotkey) ?? { outcomes: [], lastFailure: null, lastAnsweredAtMs: null };
    healths.set(hotkey, health);
    if (healths.size > MAX_HOTKEYS) healths.delete(healths.keys().next().value ?? "");
    bounded(health.outcomes, reply.ok, MAX_HEALTH);
    if (reply.ok) health.lastAnsweredAtMs = clock.nowMs();
    else health.lastFailure = reply.reason;
  };
  const answered = (number: number, replies: ReadonlyMap<string, Reply>) => {
    const failures = new Map<string, number>();
    const probabilities = Array.from({ length: 10 }, () => 0);
    const latencies: number[] = [];
    let sum = 0;
    for (const [hotkey, reply] of replies) {
      noteHealth(hotkey, reply);
      if (!reply.ok) {
        failures.set(reply.reason, (failures.get(reply.reason) ?? 0) + 1);
        continue;
      }
      const p = reply.answer.confidence ?? 0.5;
      sum += p;
      const bin = Math.min(9, Math.floor(p * 10));
      probabilities[bin] = (probabilities[bin] ?? 0) + 1;
      latencies.push(reply.latencySeconds * 1_000);
    }
    const good = latencies.length;
    bounded(
      news.answered,
      {
        ...{ number, atMs: clock.nowMs(), answered: good, failed: replies.size - good, failures: countsOf(failures) },
        meanProbability: good === 0 ? null : sum / good,
        probabilities,
        latencyP50Ms: quantile(latencies, 0.5),
        latencyP99Ms: quantile(latencies, 0.99),
        replies,
      },
      MAX_NEWS,
    );
  };
  const settled = (number: number, { truth, reason, atSeconds, scores }: Settled) => {
    const askedAtSeconds = open.get(number);
    open.delete(number);
    version += 1;
    if (truth === null) {
      const known = reasons.has(reason) || reasons.size < MAX_REASONS;
      const name = known ? reason : "others";
      reasons.set(name, (reasons.get(name) ?? 0) + 1);
    } else if (askedAtSeconds !== undefined) {
      bounded(lags, Math.max(0, atSeconds - askedAtSeconds), MAX_LAGS);
      lag = null;
    }
    let best: { hotkey: string; total: number } | null = null;
    let total = 0;
    for (const [hotkey, score] of scores) {
      total += score.total;
      if (best === null || score.total > best.total) best = { hotkey, total: score.total };
    }
    bounded(
      news.settled,
      {
        ...{
          number,
          atMs: clock.nowMs(),
          state: truth === null ? ("void" as const) : ("settled" as const),
          reason,
          best,
        },
        converted: truth?.converted ?? null,
        trueSeconds: truth?.timeSeconds ?? null,
        meanTotal: scores.size === 0 ? null : total / scores.size,
      },
      MAX_NEWS,
    );
  };

  return {
    history: {
      ...history,
      async recordQuestion(question) {
        await history.recordQuestion(question);
        asked(question);
      },
      async recordReplies(number, replies) {
        await history.recordReplies(number, replies);
        answered(number, replies);
      },
      async recordSettled(number, end, standings) {
        await history.recordSettled(number, end, standings);
        settled(number, end);
      },
      async recordWeights(weights) {
        await history.recordWeights(weights);
        lastSetAtMs = weights.setAtMs;
        bounded(news.weights, { setAtMs: weights.setAtMs, block: weights.block, uids: weights.shares.size }, MAX_NEWS);
      },
      // A validator reads it once, when it begins.
      async open() {
        const records = await history.open();
        for (const { open: question } of records) opened(question.number, question.askedAtSeconds);
        lastSetAtMs ??= (await history.weights(1))[0]?.setAtMs ?? null;
        return records;
      },
    },
    get open() {
      return open.size;
    },
    get truthLag() {
      lag ??= histogramOf(lags, { unit: "seconds", edges: LAG_EDGES_SECONDS });
      return lag;
    },
    get voidReasons() {
      return countsOf(reasons);
    },
    get lastSetAtMs() {
      return lastSetAtMs;
    },
    get version() {
      return version;
    },
    healthOf(hotkey) {
      const health = healths.get(hotkey);
      if (health === undefined) return NO_HEALTH;
      const { outcomes, lastFailure, lastAnsweredAtMs } = health;
      const okShare = outcomes.length === 0 ? null : outcomes.filter(Boolean).length / outcomes.length;
      return { okShare, lastFailure, lastAnsweredAtMs };
    },
    recall({ open: { number, askedAtSeconds }, settled: end }) {
      if (end === null) return;
      opened(number, askedAtSeconds);
      settled(number, end);
      news.settled.pop();
    },
    news() {
      const all = news;
      news = fresh();
      return all;
    },
  };
}
