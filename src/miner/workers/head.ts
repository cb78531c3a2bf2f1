import { type Chain, type Metagraph, neuronOf } from "../../chain/index.ts";
import {
  type Clock,
  createAbortController,
  createDeferred,
  type Deferred,
  errorText,
  type Logger,
  type Metrics,
  runEvery,
  SubnetError,
  silentMetrics,
  sleep,
  withTimeout,
} from "../../core/index.ts";
import { type NonceStore, RequestRefusedError, type RequestReport } from "../../protocol/index.ts";
import type { Signer } from "../../wallet/index.ts";
import { type AnnouncedAt, assertExternalIp, createAnnouncer } from "../announce.ts";
import { NotRegisteredError } from "../errors.ts";
import type { MinerFeedback } from "../feedback.ts";
import type { MinerDrift } from "../feedback-drift.ts";
import { followLearning } from "../metrics.ts";
import type { MinerStatus } from "../miner.ts";
import type { ModelSlot } from "../model-slot.ts";
import { type Channel, createChannel, type Wire } from "./channel.ts";
import { NO_COUNTS, sumCounts } from "./merge.ts";
import type { AskedNonce, AskedOfHand, AskedOfHead, NonceVerdict, Snapshot } from "./messages.ts";

/** A process of this program that answers, as whoever starts it sees it. */
export interface HandProcess {
  readonly pid: number;
  readonly wire: Wire;
  onExit(listener: (how: string) => void): void;
  kill(): void;
}
/** Plain values of the process that leads. */
export interface HeadOptions extends AnnouncedAt {
  /** Processes that answer. */
  readonly workers: number;
  readonly chainPollMs: number;
  /** How long a process that is to end may take for the answers that it has. */
  readonly drainMs: number;
  readonly registerCommand?: string | undefined;
}
/** Live things of the process that leads. */
export interface HeadModules {
  readonly chain: Chain;
  readonly signer: Signer;
  /** The one place where nonces are remembered. */
  readonly nonceStore: NonceStore;
  readonly start: () => HandProcess;
  /** Metrics of several processes as one. */
  readonly merge: (snapshots: readonly Snapshot[]) => Promise<Snapshot>;
  readonly predictor: string;
  readonly feedback?: MinerFeedback | undefined;
  readonly drift?: MinerDrift | undefined;
  readonly slot?: Pick<ModelSlot, "status"> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly onRequest: (report: RequestReport) => void;
}
/** A miner of several processes, to whom looks at it like one; see {@link createHead}. */
export interface Head {
  /** Resolves when all processes serve and the chain knows where. */
  start(): Promise<void>;
  /** Ends them all, each in order. */
  stop(): Promise<void>;
  /** Puts a new process in the place of each, one after another; the old one ends when the new one serves. */
  roll(): Promise<void>;
  status(): MinerStatus & { readonly workers: number };
  /** Of all processes, those that have ended too. */
  metrics(): Promise<Snapshot>;
}

interface Held {
  readonly process: HandProcess;
  readonly channel: Channel<AskedOfHand>;
  readonly startedMs: number;
  readonly ended: Promise<void>;
  status: MinerStatus | null;
  snapshot: Snapshot | null;
  port: number | null;
  leaving: boolean;
  /** Already on its way, in a reload. */
  successor: Promise<unknown> | null;
}

const START_MS = 60_000;
/** A look at the chain serves all who ask within this time. */
const SAME_LOOK_MS = 500;
/** How long connections may take to end while another process takes over. */
const LINGER_MS = 1_500;
const METRICS_MS = 10_000;
/** After an early death the next start waits, twice as long each time. */
const [BACKOFF_MS, MAX_BACKOFF_MS, STEADY_MS] = [500, 30_000, 60_000];

/**
 * The process that leads: it has the key, the chain, the nonces and the files; those that answer have the model and the port. One that
 * ends is started again.
 *
 * @throws {NoExternalIpError | NotRegisteredError} from `start`.
 * @example
 * const head = createHead({ ...options, workers: 2, drainMs: 7_000 }, modules);
 * await head.start();
 * head.status().workers; // 2
 */
export function createHead(options: HeadOptions, modules: HeadModules): Head {
  const { netuid, workers, chainPollMs, drainMs } = options;
  const { chain, signer, nonceStore, feedback, drift, slot, clock, logger, merge } = modules;
  const unfollow = followLearning(modules.metrics ?? silentMetrics, { feedback, drift });
  const announce = createAnnouncer(options, modules);
  const controller = createAbortController();
  const held = new Set<Held>();
  const departed = { counts: NO_COUNTS, snapshot: Promise.resolve<Snapshot>([]) };
  let look: { readonly atMs: number; readonly found: Promise<Metagraph> } | null = null;
  let [uid, port] = [null as number | null, null as number | null];
  let deaths = 0;
  let rolling: Promise<void> = Promise.resolve();
  const loops: Promise<unknown>[] = [];

  const lookAtChain = (): Promise<Metagraph> => {
    if (look !== null && clock.monotonicMs() - look.atMs < SAME_LOOK_MS) return look.found;
    const found = chain.metagraph({ netuid }, { signal: controller.signal });
    look = { atMs: clock.monotonicMs(), found };
    found.catch(() => {
      look = null;
    });
    return found;
  };
  const me = async () => {
    const found = neuronOf(await lookAtChain(), signer.address);
    uid = found?.uid ?? null;
    return found;
  };

  const verdictOn = async ([hotkey, nonce]: AskedNonce): Promise<NonceVerdict> => {
    try {
      return (await nonceStore.accept(hotkey, nonce)) === true;
    } catch (error) {
      if (!(error instanceof SubnetError)) throw error;
      const stale = "status" in error && error.status === 401;
      return { status: stale ? 401 : 503, problem: error.shortMessage };
    }
  };

  /** What a process may ask of us. */
  const handlersFor = (handOf: () => Held | undefined, ready: Deferred<number>) => ({
    begin: () => ({
      hotkey: signer.address,
      network: chain.network,
      takesFeedback: feedback !== undefined,
      wantsAnswers: feedback !== undefined || drift !== undefined,
    }),
    metagraph: lookAtChain,
    nonces: (nonces: readonly AskedNonce[]) => Promise.all(nonces.map(verdictOn)),
    hasAnswered: async (validator: string) => (await feedback?.hasAnswered(validator)) ?? false,
    async feedback({ validator, feedback: told }: AskedOfHead["feedback"]["input"]) {
      if (feedback === undefined) return { refused: "this miner takes no feedback" };
      try {
        return { isNew: await feedback.take(told, validator, signer.address) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { refused: error.shortMessage };
        throw error;
      }
    },
    answers(given: AskedOfHead["answers"]["input"]) {
      for (const one of given) {
        feedback?.answered(...one);
        drift?.answered(one[1], one[2]);
      }
      return undefined;
    },
    reports(reports: readonly RequestReport[]) {
      for (const report of reports) modules.onRequest(report);
      return undefined;
    },
    log({ level, sentence, fields }: AskedOfHead["log"]["input"]) {
      logger[level](sentence, { ...fields, process: handOf()?.process.pid });
      return undefined;
    },
    status(status: MinerStatus) {
      const hand = handOf();
      if (hand !== undefined) hand.status = status;
      return undefined;
    },
    left({ status, snapshot }: AskedOfHead["left"]["input"]) {
      const hand = handOf();
      if (hand !== undefined) Object.assign(hand, { status, snapshot });
      return undefined;
    },
    ready(said: AskedOfHead["ready"]["input"]) {
      if ("port" in said) ready.resolve(said.port);
      else {
        const hint = said.hint === undefined ? {} : { hint: said.hint };
        ready.reject(new SubnetError(said.problem, { code: "WORKER_ENDED", ...hint }));
      }
      return undefined;
    },
  });

  const onGone = async (hand: Held, how: string): Promise<void> => {
    held.delete(hand);
    hand.channel.close(`it ended (${how})`);
    departed.counts = sumCounts([departed.counts, hand.status ?? NO_COUNTS]);
    // One after another: two that end together are both counted.
    departed.snapshot = departed.snapshot.then((before) => merge([before, hand.snapshot ?? []]).catch(() => before));
    if (hand.leaving || controller.signal.aborted || hand.port === null) return;
    // Where a reload has begun another for it, that one is enough, if it comes.
    if (hand.successor !== null && (await hand.successor.then(() => true).catch(() => false))) return;
    deaths = clock.monotonicMs() - hand.startedMs < STEADY_MS ? deaths + 1 : 0;
    const waitMs = deaths === 0 ? 0 : Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (deaths - 1));
    logger.error("A process of this miner ended; another takes its place", { process: hand.process.pid, how, waitMs });
    await replace(waitMs);
  };
  const replace = async (waitMs: number): Promise<void> => {
    for (
      let wait = waitMs;
      !controller.signal.aborted;
      wait = Math.min(MAX_BACKOFF_MS, Math.max(BACKOFF_MS, wait * 2))
    ) {
      await sleep(wait, { signal: controller.signal }).catch(() => undefined);
      if (controller.signal.aborted) return;
      try {
        await begin();
        return;
      } catch (error) {
        if (controller.signal.aborted) return;
        logger.error("A process of this miner could not be started", { error: errorText(error) });
      }
    }
  };

  /** Starts a process and waits until it serves. */
  const begin = async (): Promise<Held> => {
    const process = modules.start();
    const ready = createDeferred<number>();
    const ended = createDeferred<void>();
    let hand: Held | undefined;
    const channel = createChannel<AskedOfHand, AskedOfHead>(
      process.wire,
      handlersFor(() => hand, ready),
    );
    const mine: Held = {
      ...{ process, channel, startedMs: clock.monotonicMs(), ended: ended.promise },
      ...{ status: null, snapshot: null, port: null, leaving: false, successor: null },
    };
    hand = mine;
    held.add(mine);
    process.onExit((how) => {
      ready.reject(new SubnetError(`It ended before it served (${how}).`, { code: "WORKER_ENDED" }));
      void onGone(mine, how).finally(() => ended.resolve());
    });
    try {
      mine.port = await withTimeout(() => ready.promise, {
        timeoutMs: START_MS,
        what: "Starting a process of the miner",
        signal: controller.signal,
      });
    } catch (error) {
      process.kill();
      throw error;
    }
    return mine;
  };

  const end = async (hand: Held, lingerMs: number): Promise<void> => {
    hand.leaving = true;
    hand.channel.tell("stop", { lingerMs });
    await withTimeout(() => hand.ended, { timeoutMs: drainMs + lingerMs, what: "Ending a process of the miner" }).catch(
      () => hand.process.kill(),
    );
    await hand.ended;
  };

  const snapshots = async (): Promise<Snapshot[]> =>
    Promise.all(
      [...held].map(async (hand) => {
        hand.snapshot = await hand.channel.call("metrics", null).catch(() => hand.snapshot);
        return hand.snapshot ?? [];
      }),
    );

  return {
    async start() {
      assertExternalIp(options);
      const first = await me();
      if (first === undefined) {
        const { registerCommand } = options;
        throw new NotRegisteredError({ hotkey: signer.address, netuid, network: chain.network, registerCommand });
      }
      const started = await Promise.all(Array.from({ length: workers }, begin));
      const listening = started[0]?.port ?? 0;
      port = listening;
      await announce(listening, first.axon, controller.signal);
      look = null;
      const { signal } = controller;
      const keepUp = async () => {
        const now = await me();
        if (now !== undefined) await announce(listening, now.axon, signal);
        else
          logger.error("This hotkey is no longer registered: nobody will ask it", { netuid, hotkey: signer.address });
      };
      loops.push(runEvery(chainPollMs, keepUp, { signal, logger, what: "chain" }));
      // So that little is missing of one that is killed.
      loops.push(runEvery(METRICS_MS, async () => void (await snapshots()), { signal, logger, what: "metrics" }));
      logger.info("Miner serving", { port, uid, hotkey: signer.address, workers, predictor: modules.predictor });
    },
    async stop() {
      controller.abort(new Error("The miner was stopped."));
      await Promise.all([...held].map((hand) => end(hand, 0)));
      await Promise.all(loops);
      unfollow();
    },
    roll() {
      rolling = rolling.then(async () => {
        for (const hand of [...held]) {
          if (controller.signal.aborted) return;
          // One that is being started is new, and one that died meanwhile has its successor.
          if (!held.has(hand) || hand.port === null || hand.leaving) continue;
          hand.successor = begin();
          try {
            await hand.successor;
          } finally {
            hand.successor = null;
          }
          await end(hand, LINGER_MS);
        }
      });
      const rolled = rolling;
      rolling = rolled.catch(() => undefined);
      return rolled;
    },
    status() {
      const serving = [...held].filter((hand) => hand.port !== null && !hand.leaving);
      const counts = sumCounts([departed.counts, ...[...held].map(({ status }) => status ?? NO_COUNTS)]);
      return {
        ...counts,
        workers: serving.length,
        serving: serving.length > 0,
        accepting: nonceStore.ready ?? true,
        url: port === null ? null : `http://${options.host}:${port}`,
        hotkey: signer.address,
        uid,
        predictor: modules.predictor,
        feedback: feedback?.counts() ?? null,
        model: slot?.status() ?? null,
        drift: drift?.status() ?? null,
      };
    },
    async metrics() {
      const live = await snapshots();
      return merge([await departed.snapshot, ...live]);
    },
  };
}
