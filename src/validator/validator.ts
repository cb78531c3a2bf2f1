import { type Chain, type Metagraph, neuronOf } from "../chain/index.ts";
import {
  type Clock,
  createAbortController,
  createClosers,
  errorText,
  type Logger,
  type Random,
  runEvery,
  sleep,
} from "../core/index.ts";
import type { FeatureOptions } from "../features/index.ts";
import type { Client } from "../protocol/index.ts";
import type { Landmark } from "../schema.ts";
import { createRunningTruth, type Reply, type Score, type ScoringMode } from "../scoring/index.ts";
import type { Source } from "../sources/index.ts";
import type { Signer } from "../wallet/index.ts";
import { createDesk, type DeskAction, type OpenQuestion } from "./desk.ts";
import type { HistoryStore } from "./history.ts";
import { createPeers } from "./peers.ts";
import { askRound } from "./round.ts";
import { createStandings, type MinerStanding } from "./standings.ts";
import { createWeightSetter } from "./weights.ts";

/** Plain values of a validator. */
export interface ValidatorOptions {
  readonly netuid: number;
  readonly landmarks: readonly Landmark[];
  /** Seconds after the first message. */
  readonly horizonSeconds: number;
  readonly features?: FeatureOptions;
  /** Miners asked per question, the least recently asked first; 0 = all. */
  readonly sampleSize: number;
  /** Deadline of an answer, per peer. */
  readonly timeoutMs: number;
  /** Questions on their way at once; the source waits beyond it. */
  readonly maxQuestionsInFlight: number;
  /** Shortest time between two questions: bursts would only measure each other. 0 = none. */
  readonly questionIntervalMs: number;
  /** Blocks between two settings of weights. */
  readonly epochLength: number;
  /** How often the chain is looked at. */
  readonly chainPollMs: number;
  readonly versionKey: number;
  readonly setWeights: boolean;
  /** A uid with a permit and more stake is another validator and not asked. */
  readonly maxMinerStakeRao: bigint;
  /** Ends by itself after this many settled questions; null = never. */
  readonly maxSettled: number | null;
}
/** Live things of a validator. */
export interface ValidatorModules {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly client: Client;
  readonly source: Source;
  readonly mode: ScoringMode;
  readonly history: HistoryStore;
  readonly clock: Clock;
  /** Blinded ids: `cryptoRandom` but in tests and demos. */
  readonly random: Random;
  readonly logger: Logger;
  /** Told of every question whose truth is known, after it was scored. */
  readonly onSettled?: (settled: SettledQuestion) => void;
}
/** A question after scoring. */
export interface SettledQuestion {
  readonly open: OpenQuestion;
  readonly truth: { readonly converted: 0 | 1; readonly timeSeconds: number | null };
  readonly scores: ReadonlyMap<string, Score>;
}
/** What a validator says of itself. */
export interface ValidatorStatus {
  readonly running: boolean;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly validatorPermit: boolean;
  readonly block: number | null;
  readonly servingMiners: number;
  readonly questions: number;
  readonly settled: number;
  readonly void: number;
  readonly inFlight: number;
  /** Share of conversions among the settled. */
  readonly baseRate: number | null;
  /** Brier score of a forecaster that knows only the running base rate, frozen when each question was asked. */
  readonly baseRateBrier: number | null;
  readonly miners: readonly MinerStanding[];
  /** Shares by hotkey of the last weights on chain. */
  readonly weights: ReadonlyMap<string, number>;
  readonly weightsSet: number;
  /** Events, rounds and ticks that threw and were survived. */
  readonly failures: number;
}
/** A node that asks and judges. */
export interface Validator {
  /** Reads the chain once (and rejects if it cannot), then works until stopped. */
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): ValidatorStatus;
  /** Resolves when the source has ended or `maxSettled` is reached and everything is scored; rejects when the source broke. */
  readonly finished: Promise<void>;
  /** Reads the chain now and sets weights if it allows. */
  setWeightsNow(): Promise<boolean>;
}

/**
 * A validator: conversations become questions, questions go to miners, answers wait for what really happened, and only then are
 * scored. Reads no argv, no environment and no clock of its own.
 *
 * @example
 * const validator = createValidator(options, modules);
 * await validator.start();
 * await validator.finished;
 * validator.status().settled; // 200
 */
export function createValidator(options: ValidatorOptions, modules: ValidatorModules): Validator {
  const { netuid, horizonSeconds } = options;
  const { chain, signer, source, mode, history, random, clock, logger } = modules;
  const desk = createDesk({ ...options.features, landmarks: options.landmarks, horizonSeconds }, { random });
  const running = createRunningTruth({ horizonSeconds });
  const peers = createPeers({ ownHotkey: signer.address, maxMinerStakeRao: options.maxMinerStakeRao });
  const standings = createStandings(mode);
  const weights = createWeightSetter({ ...options }, { chain, signer, standings, logger });
  const closers = createClosers();
  const controller = createAbortController();
  const rounds = new Map<
    number,
    { readonly frozenRate: number; readonly replies: Promise<ReadonlyMap<string, Reply>> }
  >();
  const counts = { questions: 0, settled: 0, converted: 0, void: 0, inFlight: 0, failures: 0 };
  let baseRateSquares = 0;
  let metagraph: Metagraph | null = null;
  let scoring: Promise<void> = Promise.resolve();
  let freeSlot: (() => void) | null = null;
  let lastAskedMs = Number.NEGATIVE_INFINITY;
  let working = false;
  let warnedUnregistered = false;
  let finish: { resolve: () => void; reject: (error: unknown) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  const finished = new Promise<void>((resolve, reject) => {
    finish = { resolve, reject };
  });
  // Whoever does not wait for the end must not be killed by how it ends.
  finished.catch(() => undefined);

  const survive = (what: string, error: unknown) => {
    if (controller.signal.aborted) return;
    counts.failures += 1;
    logger.error("Survived a failure", { what, error: errorText(error), failures: counts.failures });
  };

  const ask = async (open: OpenQuestion): Promise<void> => {
    if (counts.inFlight >= options.maxQuestionsInFlight) {
      await new Promise<void>((resolve) => {
        freeSlot = resolve;
      });
    }
    const waitMs = lastAskedMs + options.questionIntervalMs - clock.monotonicMs();
    if (waitMs > 0) await sleep(waitMs, { signal: controller.signal }).catch(() => undefined);
    if (controller.signal.aborted) return;
    lastAskedMs = clock.monotonicMs();
    const frozen = running.ask(String(open.number), open.stratum);
    counts.questions += 1;
    counts.inFlight += 1;
    const record = { frozen, mode: { name: mode.name, version: mode.version, constants: mode.constants } };
    const limits = { timeoutMs: options.timeoutMs, signal: controller.signal };
    const replies = askRound(open, peers.choose(options.sampleSize), record, limits, modules)
      .catch((error: unknown) => {
        survive("round", error);
        return new Map<string, Reply>();
      })
      .finally(() => {
        counts.inFlight -= 1;
        freeSlot?.();
        freeSlot = null;
      });
    rounds.set(open.number, { frozenRate: frozen.baseRate, replies });
  };

  const score = async ({
    open,
    truth,
    reason,
    settledAtSeconds,
  }: Extract<DeskAction, { type: "settle" }>): Promise<void> => {
    const round = rounds.get(open.number);
    if (round === undefined) return;
    const replies = await round.replies;
    rounds.delete(open.number);
    if (controller.signal.aborted) return;
    const record = await history.question(open.number);
    const scores = new Map<string, Score>();
    if (truth !== null && record !== undefined) {
      const asked = [...replies];
      const results = mode.score({ frozen: record.frozen, replies: asked.map(([, reply]) => reply) }, truth);
      for (const [i, result] of results.entries()) {
        const [hotkey, reply] = asked[i] ?? [];
        if (hotkey === undefined || reply === undefined) continue;
        scores.set(hotkey, result);
        standings.add(hotkey, reply, result, truth);
      }
    }
    await history.recordSettled(open.number, { truth, reason, atSeconds: settledAtSeconds, scores });
    if (truth === null) {
      counts.void += 1;
      return;
    }
    counts.settled += 1;
    counts.converted += truth.converted;
    baseRateSquares += (round.frozenRate - truth.converted) ** 2;
    logger.debug("Question scored", {
      question: open.number,
      converted: truth.converted,
      reason,
      answers: scores.size,
    });
    modules.onSettled?.({ open, truth, scores });
  };

  /** Returns false when enough has been settled. */
  const takeActions = async (actions: readonly DeskAction[], settledSoFar: { count: number }): Promise<boolean> => {
    for (const action of actions) {
      if (action.type === "ask") {
        await ask(action.open);
        continue;
      }
      running.settle(String(action.open.number), action.truth);
      // One after another, in the order of the conversation clock, each when its answers are in.
      scoring = scoring.then(() => score(action)).catch((error: unknown) => survive("scoring", error));
      if (action.truth !== null) settledSoFar.count += 1;
      if (options.maxSettled !== null && settledSoFar.count >= options.maxSettled) return false;
    }
    return true;
  };

  const followSource = async (): Promise<void> => {
    const settledSoFar = { count: 0 };
    for await (const event of source.events(controller.signal)) {
      if (controller.signal.aborted) return;
      let actions: DeskAction[] = [];
      try {
        actions = desk.accept(event);
      } catch (error) {
        survive(`event of conversation ${event.conversationId}`, error);
      }
      if (!(await takeActions(actions, settledSoFar))) break;
    }
    await scoring;
  };

  const lookAtChain = async (signal: AbortSignal): Promise<Metagraph> => {
    const fresh = await chain.metagraph({ netuid }, { signal });
    metagraph = fresh;
    peers.update(fresh);
    const me = neuronOf(fresh, signer.address);
    if (me === undefined && !warnedUnregistered) {
      warnedUnregistered = true;
      logger.warn("This hotkey is not registered on the subnet: miners will refuse it and no weights can be set", {
        netuid,
        hotkey: signer.address,
        command: `conversion-subnet subnets register --netuid ${netuid}`,
      });
    }
    return fresh;
  };

  return {
    finished,
    async start() {
      await lookAtChain(controller.signal);
      const chainLoop = runEvery(
        options.chainPollMs,
        async (signal) => {
          const fresh = await lookAtChain(signal);
          if (options.setWeights) await weights.setWhenDue(fresh, { signal });
        },
        { signal: controller.signal, logger, what: "chain" },
      );
      closers.push("chain loop", async () => {
        counts.failures += await chainLoop;
      });
      working = true;
      const following = followSource()
        .then(
          () => finish.resolve(),
          (error: unknown) => (controller.signal.aborted ? finish.resolve() : finish.reject(error)),
        )
        .finally(() => {
          working = false;
        });
      closers.push("source", () => following);
      logger.info("Validator started", {
        hotkey: signer.address,
        netuid,
        source: source.name,
        scoring: mode.name,
        miners: peers.serving,
      });
    },
    async stop() {
      controller.abort(new Error("The validator was stopped."));
      freeSlot?.();
      await closers.closeAll();
    },
    async setWeightsNow() {
      const fresh = await lookAtChain(controller.signal);
      return weights.setWhenDue(fresh, { signal: controller.signal, force: true });
    },
    status() {
      const me = metagraph === null ? undefined : neuronOf(metagraph, signer.address);
      return {
        ...counts,
        running: working,
        hotkey: signer.address,
        uid: me?.uid ?? null,
        validatorPermit: me?.validatorPermit ?? false,
        block: metagraph?.block ?? null,
        servingMiners: peers.serving,
        baseRate: counts.settled === 0 ? null : counts.converted / counts.settled,
        baseRateBrier: counts.settled === 0 ? null : baseRateSquares / counts.settled,
        miners: standings.all(),
        weights: weights.last,
        weightsSet: weights.setCount,
      };
    },
  };
}
