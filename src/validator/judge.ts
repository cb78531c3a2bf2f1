import { createDeferred, type Deferred, errorText, sleep } from "../core/index.ts";
import type { Truth } from "../schema.ts";
import { createRunningTruth, type Frozen, modeKey, type Reply, type Score, type StoredMode } from "../scoring/index.ts";
import type { DeskAction, OpenQuestion } from "./desk.ts";
import { createGate } from "./gate.ts";
import type { OpenRecord } from "./history/port.ts";
import { restoreStandings, restoreTruths } from "./history/restore.ts";
import type { ValidatorMeters } from "./metrics.ts";
import type { ValidatorModules, ValidatorOptions } from "./options.ts";
import type { Peers } from "./peers.ts";
import { askRound } from "./round.ts";
import type { PreparedScore, Standings } from "./standings.ts";

/** What a judge has counted. */
export interface JudgeCounts {
  readonly questions: number;
  readonly settled: number;
  readonly void: number;
  readonly inFlight: number;
  /** Asked, and not scored yet. */
  readonly open: number;
  readonly baseRate: number | null;
  readonly baseRateBrier: number | null;
  /** Rounds and scorings that threw and were survived. */
  readonly failures: number;
}
type Settlement = Extract<DeskAction, { type: "settle" }>;
/** Asks questions, and scores them when the truth is known; see {@link createJudge}. */
export interface Judge {
  /** Sends a question as soon as pace and places allow; resolves when it is on its way, not when it is answered. */
  ask(open: OpenQuestion): Promise<void>;
  /**
   * The truth is known: scored after everything that was settled before it, when its answers are in. Resolves when the truth is
   * stored; false = never asked.
   */
  settle(action: Settlement): Promise<boolean>;
  /**
   * Base rates, averages and open questions as the history has them, before anything is asked. Questions whose truth was known are scored.
   *
   * @returns those that wait for their truth.
   */
  restore(): Promise<OpenRecord[]>;
  /** Resolves when everything settled so far is scored. */
  drained(): Promise<void>;
  /** Resolves when nothing is on its way any more, and what came is stored. */
  idle(): Promise<void>;
  /** Counts and logs a failure that did not stop anything. */
  survive(what: string, error: unknown): void;
  counts(): JudgeCounts;
}

interface Round {
  readonly frozen: Frozen;
  /** Resolves when the question is stored, or never will be. */
  readonly recorded: Promise<void>;
  readonly replies: Promise<ReadonlyMap<string, Reply>>;
}

const PLACE_HELD_MS = 1_000;
const storedPart = ({ name, version, constants }: StoredMode): StoredMode => ({ name, version, constants });

/**
 * The middle of a validator: at most `maxQuestionsInFlight` questions waiting for most miners, at least `questionIntervalMs` apart; base rates
 * frozen when asked; scores in the order in which truths became known, so that answers' speed changes nothing but latency.
 */
export function createJudge(
  options: Pick<
    ValidatorOptions,
    | "horizonSeconds"
    | "sampleSize"
    | "timeoutMs"
    | "maxQuestionsInFlight"
    | "maxInFlightPerMiner"
    | "questionIntervalMs"
  >,
  modules: Pick<ValidatorModules, "client" | "mode" | "history" | "clock" | "logger" | "onSettled" | "tracing"> & {
    /** Told of the replies to every question that is scored, those from before a restart too. */
    readonly onReplies?: (replies: ReadonlyMap<string, Reply>) => void;
    readonly peers: Peers;
    readonly standings: Standings;
    readonly signal: AbortSignal;
    readonly meters: Pick<ValidatorMeters, "reply" | "round" | "scoring" | "truth">;
  },
): Judge {
  const { mode, history, clock, logger, peers, standings, signal, meters } = modules;
  const truths = createRunningTruth(options);
  const gate = createGate(options.maxInFlightPerMiner);
  const rounds = new Map<number, Round>();
  const counts = { questions: 0, settled: 0, converted: 0, void: 0, inFlight: 0, failures: 0 };
  let baseRateSquares = 0;
  let scoring: Promise<void> = Promise.resolve();
  let freePlace: Deferred<void> | null = null;
  let lastAskedMs = Number.NEGATIVE_INFINITY;
  signal.addEventListener("abort", () => freePlace?.resolve(), { once: true });

  const survive = (what: string, error: unknown) => {
    if (signal.aborted) return;
    counts.failures += 1;
    logger.error("Survived a failure", { what, error: errorText(error), failures: counts.failures });
  };

  /** A place is free again when most miners have replied, and at the latest after a second: stragglers keep only their own. */
  const takePlace = (): (() => void) => {
    counts.inFlight += 1;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      clearTimeout(timer);
      counts.inFlight -= 1;
      freePlace?.resolve();
    };
    const timer = setTimeout(release, PLACE_HELD_MS);
    return release;
  };

  const waitForTurn = async () => {
    if (counts.inFlight >= options.maxQuestionsInFlight) {
      freePlace = createDeferred();
      await freePlace.promise;
    }
    const waitMs = lastAskedMs + options.questionIntervalMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(waitMs, { signal }).catch(() => undefined);
    lastAskedMs = clock.monotonicMs();
  };

  /** A question whose scoring threw scores nobody: it is recorded as void, with the reason. */
  const giveUp = async ({ open, settledAtSeconds, toldBy }: Settlement, error: unknown) => {
    survive("scoring", error);
    if (signal.aborted) return;
    const reason = `void: scoring failed: ${errorText(error)}`;
    const end = { truth: null, reason, toldBy, atSeconds: settledAtSeconds, scores: new Map<string, Score>() };
    await history.recordSettled(open.number, end, []);
  };

  /** What each reply earns, and the averages that follow; nothing counts yet. */
  const judged = (frozen: Frozen, replies: ReadonlyMap<string, Reply>, truth: Truth) => {
    const asked = [...replies];
    const results = mode.score({ frozen, replies: asked.map(([, reply]) => reply) }, truth);
    const scores = new Map<string, Score>();
    const prepared: PreparedScore[] = [];
    for (const [i, [hotkey, reply]] of asked.entries()) {
      const result = results[i];
      if (result === undefined) continue;
      scores.set(hotkey, result);
      prepared.push(standings.prepare(hotkey, reply, result, truth));
    }
    return { scores, prepared };
  };

  const score = async (action: Settlement) => {
    const { open, truth, reason, toldBy, settledAtSeconds: atSeconds } = action;
    const round = rounds.get(open.number);
    if (round === undefined) return;
    const replies = await round.replies;
    rounds.delete(open.number);
    // Its truth is stored: a restart scores it.
    if (signal.aborted) return;
    const scored = meters.scoring();
    const span = modules.tracing?.begin("score a question", {
      fields: { question: open.number, answers: replies.size },
    });
    let result: ReturnType<typeof judged> = { scores: new Map(), prepared: [] };
    try {
      if (truth !== null) result = judged(round.frozen, replies, truth);
    } catch (error) {
      span?.end(error);
      return giveUp(action, error);
    }
    const { scores, prepared } = result;
    const moved = prepared.map(({ record }) => record);
    await history
      .recordSettled(open.number, { truth, reason, toldBy, atSeconds, scores }, moved)
      .finally(() => span?.end());
    // Nothing counts that is not stored.
    for (const { apply } of prepared) apply();
    scored();
    if (truth === null) {
      counts.void += 1;
      return;
    }
    counts.settled += 1;
    counts.converted += truth.converted;
    baseRateSquares += (round.frozen.baseRate - truth.converted) ** 2;
    logger.debug("Question scored", {
      question: open.number,
      converted: truth.converted,
      reason,
      answers: scores.size,
    });
    modules.onReplies?.(replies);
    modules.onSettled?.({ open, truth, scores });
  };

  const queue = (action: Settlement) => {
    truths.settle(String(action.open.number), action.truth);
    scoring = scoring
      .then(() => score(action))
      // What could not be stored is scored by a restart: its truth is stored already.
      .catch((error: unknown) => survive("recording", error));
  };

  return {
    async ask(open) {
      await waitForTurn();
      if (signal.aborted) return;
      const frozen = truths.ask(String(open.number), open.stratum);
      counts.questions += 1;
      const record = { frozen, mode: storedPart(mode) };
      const release = takePlace();
      const recorded = createDeferred<void>();
      const limits = {
        timeoutMs: options.timeoutMs,
        signal,
        onRecorded: () => recorded.resolve(),
        onMostReplied: release,
      };
      const over = meters.round();
      const asking = { ...modules, gate, onReply: meters.reply };
      const replies = askRound(open, peers.choose(options.sampleSize), record, limits, asking)
        .catch((error: unknown) => {
          survive("round", error);
          return new Map<string, Reply>();
        })
        .finally(() => {
          over();
          release();
          recorded.resolve();
        });
      rounds.set(open.number, { frozen, recorded: recorded.promise, replies });
    },
    async settle(action) {
      const round = rounds.get(action.open.number);
      if (round === undefined) return false;
      queue(action);
      if (action.truth !== null) meters.truth(action.settledAtSeconds - action.open.askedAtSeconds);
      const { truth, reason, toldBy, settledAtSeconds: atSeconds } = action;
      await round.recorded
        .then(() => history.recordTruth(action.open.number, { truth, reason, toldBy, atSeconds }))
        .catch((error: unknown) => survive("recording a truth", error));
      return true;
    },
    async restore() {
      await restoreTruths(history, truths);
      await restoreStandings(history, mode, standings, modules.onReplies);
      const waiting: OpenRecord[] = [];
      for (const record of await history.open()) {
        const { open, frozen, replies, known } = record;
        rounds.set(open.number, { frozen, recorded: Promise.resolve(), replies: Promise.resolve(replies) });
        if (modeKey(record.mode) !== modeKey(mode)) await history.recordMode(open.number, storedPart(mode));
        if (known === null) waiting.push(record);
        else queue({ type: "settle", open, ...known, settledAtSeconds: known.atSeconds });
      }
      return waiting;
    },
    async idle() {
      await Promise.all([...rounds.values()].map(({ replies }) => replies));
      await scoring;
    },
    drained: () => scoring,
    survive,
    counts: () => ({
      ...counts,
      open: rounds.size,
      baseRate: counts.settled === 0 ? null : counts.converted / counts.settled,
      baseRateBrier: counts.settled === 0 ? null : baseRateSquares / counts.settled,
    }),
  };
}
