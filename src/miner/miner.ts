import { type Chain, type Metagraph, neuronOf } from "../chain/index.ts";
import {
  type Call,
  type Clock,
  createAbortController,
  createClosers,
  errorText,
  type Logger,
  type Metrics,
  runEvery,
  silentMetrics,
  type Tracing,
} from "../core/index.ts";
import {
  type Authorize,
  type Caller,
  createMinerApp,
  createVerifyPool,
  type NonceStore,
  type RequestReport,
  type RunningServer,
  type Screen,
  serve,
  type WireFormats,
} from "../protocol/index.ts";
import type { Answer, Question } from "../schema.ts";
import type { Signer } from "../wallet/index.ts";
import { assertExternalIp, createAnnouncer } from "./announce.ts";
import { NoModelError, NotRegisteredError } from "./errors.ts";
import type { FeedbackCounts, MinerFeedback } from "./feedback.ts";
import { openFeedbackDoor } from "./feedback-door.ts";
import type { DriftStatus, MinerDrift } from "./feedback-drift.ts";
import { createMinerMeters } from "./metrics.ts";
import type { ModelSlot, ModelSlotStatus } from "./model-slot.ts";
import { createPolicy, type PolicyOptions } from "./policy.ts";
import { type AnswerCounts, createAnswerer, type Predictor } from "./predictor.ts";

/** Plain values of a miner. */
export interface MinerOptions {
  readonly netuid: number;
  /** Address to listen on. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** IPv4 that the chain is told; default `host`, unless that is "every address" (0.0.0.0). */
  readonly externalIp?: string | undefined;
  /** Default: the port listened on. */
  readonly externalPort?: number | undefined;
  readonly policy?: PolicyOptions | undefined;
  /** Formats of signed HTTP that are answered; default btauth/1 and axon. */
  readonly wires?: WireFormats | undefined;
  /** Threads that check signatures; 0 (default): this one does, which on one core is cheaper by a tenth. */
  readonly verifyThreads?: number | undefined;
  /** Messages of feedback that one validator may send a second, in the long run. Default 50. */
  readonly feedbackPerSecond?: number | undefined;
  /** For the predictor; then the baseline answers. */
  readonly predictDeadlineMs: number;
  /** Without a predictor: serve the baseline, loudly, instead of refusing to start. */
  readonly serveBaseline: boolean;
  /** How often the metagraph is read. */
  readonly chainPollMs: number;
  /** Version integer announced with the axon. */
  readonly version: number;
  /** The command that registers this hotkey, for the one who runs it. */
  readonly registerCommand?: string | undefined;
}
/** What a miner needs of the chain to answer; to be announced takes the rest of it. */
type Seen = Pick<Chain, "network" | "metagraph">;
/** The chain and our key on it; or, where another process announces this miner, a sight of the chain and our address. */
export type MinerPresence =
  | { readonly chain: Chain; readonly signer: Signer; readonly announced?: false }
  | { readonly chain: Seen; readonly signer: Pick<Signer, "address">; readonly announced: true };
/** Live things of a miner. */
export type MinerModules = MinerPresence & MinerParts;
/** Those of them that say nothing of the chain. */
export interface MinerParts {
  /** Shared with other processes of this miner; default one in memory, for a miner that is alone. */
  readonly nonceStore?: NonceStore | undefined;
  /** Null = no model. */
  readonly predictor: Predictor | null;
  /** Answers when the predictor cannot: the base rate and median time. */
  readonly baseline: (question: Question) => Answer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: nothing is counted beside the status. */
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
  /** Told of every answer that goes out. */
  readonly onAnswer?: ((validator: string, question: Question, answer: Answer) => void) | undefined;
  /** Told of every request when it is over. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  /** Takes what validators tell of answers; without it `POST /Feedback` is 404. */
  readonly feedback?: MinerFeedback | undefined;
  /** Where the predictor comes from, when it may be replaced while it serves: for the status. */
  readonly slot?: Pick<ModelSlot, "status"> | undefined;
  /** Watches questions and answers. */
  readonly drift?: MinerDrift | undefined;
}
/** What a miner says of itself. */
export interface MinerStatus extends AnswerCounts {
  readonly serving: boolean;
  /** False while a shared store of nonces cannot be asked: every request is refused. */
  readonly accepting: boolean;
  readonly url: string | null;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly predictor: string;
  /** Requests by outcome: "OK", or the code of the refusal. */
  readonly requests: Readonly<Record<string, number>>;
  /** Null = it takes none. */
  readonly feedback: FeedbackCounts | null;
  /** Null = the predictor is served as long as the miner is. */
  readonly model: ModelSlotStatus | null;
  /** Null = not watched. */
  readonly drift: DriftStatus | null;
}
/** A node that answers. */
export interface Miner {
  /**
   * @throws {NoExternalIpError} when what the chain is to be told is 0.0.0.0 or no IPv4 address.
   * @throws {NotRegisteredError} when the hotkey is not on the subnet.
   * @throws {NoModelError} without a predictor, unless the baseline is to be served.
   */
  start(): Promise<void>;
  /**
   * Stops listening, finishes the answers that are under way, each within its deadline, and closes.
   *
   * @param lingerMs before that, while another takes over: connections are told to end with their next answer.
   */
  stop(how?: { readonly lingerMs?: number }): Promise<void>;
  /** Who is answered from now on; what was let in before is answered. */
  setPolicy(policy: PolicyOptions): void;
  status(): MinerStatus;
}

const SECOND_LOOK_MS = 1_000;
const DRAIN_MARGIN_MS = 1_000;

/**
 * A miner: announces where it serves, answers registered and permitted callers, and falls back to the baseline rather than stay
 * silent. Reads no argv, no environment and no clock of its own.
 *
 * @example
 * const miner = createMiner(options, modules);
 * await miner.start();
 * miner.status().serving; // true
 */
export function createMiner(options: MinerOptions, modules: MinerModules): Miner {
  const { netuid } = options;
  const { chain, signer, clock, logger } = modules;
  const announce = modules.announced === true ? null : createAnnouncer(options, modules);
  let policy = createPolicy(options.policy ?? {}, { clock });
  let lastLook: Metagraph | null = null;
  const baseline: Predictor = { name: "baseline", predict: modules.baseline };
  const { metrics = silentMetrics } = modules;
  const meters = createMinerMeters(metrics, { clock, read: status, isRegistered: (hotkey) => known.has(hotkey) });
  const predictor = meters.predictor(modules.predictor ?? baseline);
  const answerer = createAnswerer({ deadlineMs: options.predictDeadlineMs }, { ...modules, predictor });
  // A question that was let in has its deadline, and the way back.
  const drainMs = options.predictDeadlineMs + DRAIN_MARGIN_MS;
  const closers = createClosers({ timeoutMs: drainMs + DRAIN_MARGIN_MS });
  const controller = createAbortController();
  const requests: Record<string, number> = Object.create(null);
  let server: RunningServer | null = null;
  let uid: number | null = null;
  let known: ReadonlySet<string> = new Set();
  let secondLookMs = Number.NEGATIVE_INFINITY;
  let secondLook: Promise<unknown> | null = null;

  const onRequest = (report: RequestReport) => {
    const { outcome, status, durationMs, wire, hotkey } = report;
    meters.request(report);
    requests[outcome] = (requests[outcome] ?? 0) + 1;
    const fields = { outcome, status, wire, caller: hotkey, ms: Math.round(durationMs * 10) / 10 };
    logger.debug(outcome === "OK" ? "Answered" : "Refused", fields);
    modules.onRequest?.(report);
  };

  const lookAtChain = async (signal: AbortSignal) => {
    const metagraph = await chain.metagraph({ netuid }, { signal });
    lastLook = metagraph;
    policy.update(metagraph);
    known = new Set(metagraph.neurons.map(({ hotkey }) => hotkey));
    const me = neuronOf(metagraph, signer.address);
    if (uid !== null && me === undefined)
      logger.error("This hotkey is no longer registered: nobody will ask it", { netuid, hotkey: signer.address });
    uid = me?.uid ?? null;
    return me;
  };

  const lookAgain = async () => {
    secondLookMs = clock.monotonicMs();
    await lookAtChain(controller.signal).catch((error: unknown) => {
      logger.warn("The chain could not be asked about a caller", { error: errorText(error) });
    });
    secondLook = null;
  };
  /**
   * A caller refused by an old metagraph may have got its permit since: look again, at most once a second. All who come
   * meanwhile wait for the same look: a validator that has just got its permit asks many questions at once.
   */
  const screenAgain = async (hotkey: string) => {
    if (clock.monotonicMs() - secondLookMs >= SECOND_LOOK_MS) secondLook ??= lookAgain();
    await secondLook;
    return meters.permission(policy.screen(hotkey));
  };
  const screen: Screen = (hotkey) => {
    const permission = policy.screen(hotkey);
    return permission.allowed ? permission : screenAgain(hotkey);
  };
  const authorize: Authorize = (caller) => meters.permission(policy.decide(caller));

  const { feedback, slot, drift, onAnswer } = modules;
  const given = (question: Question, { hotkey }: Caller, answer: Answer): Answer => {
    onAnswer?.(hotkey, question, answer);
    feedback?.answered(hotkey, question, answer);
    drift?.answered(question, answer);
    return answer;
  };
  const answerTo = (question: Question, caller: Caller, call: Call): Answer | Promise<Answer> => {
    const answer = answerer.answer(question, call);
    return answer instanceof Promise
      ? answer.then((later) => given(question, caller, later))
      : given(question, caller, answer);
  };

  function status(): MinerStatus {
    return {
      ...answerer.counts(),
      serving: server !== null,
      accepting: modules.nonceStore?.ready ?? true,
      url: server?.url ?? null,
      hotkey: signer.address,
      uid,
      predictor: predictor.name,
      requests: { ...requests },
      feedback: feedback?.counts() ?? null,
      model: slot?.status() ?? null,
      drift: drift?.status() ?? null,
    };
  }

  return {
    async start() {
      assertExternalIp(options);
      const me = await lookAtChain(controller.signal);
      if (me === undefined) {
        const { registerCommand } = options;
        throw new NotRegisteredError({ hotkey: signer.address, netuid, network: chain.network, registerCommand });
      }
      if (modules.predictor === null) {
        if (!options.serveBaseline) throw new NoModelError();
        logger.warn("SERVING THE BASELINE: every question gets the same answer; train a model to earn more");
      }
      const { verifyThreads = 0 } = options;
      const pool = verifyThreads > 0 ? createVerifyPool({ workers: verifyThreads }) : null;
      if (pool !== null) closers.push("signature threads", pool.close);
      const checkSignature = meters.checkSignature(pool?.checkSignature);
      const app = createMinerApp(
        { self: signer.address, wires: options.wires, answerTimeoutMs: options.predictDeadlineMs + 1_000 },
        {
          answer: answerTo,
          ...{
            authorize,
            screen,
            priorityOf: (caller: Pick<Caller, "hotkey">) => policy.priorityOf(caller),
            checkSignature,
          },
          nonceStore: modules.nonceStore,
          metrics,
          tracing: modules.tracing,
          clock,
          logger,
          onRequest,
        },
      );
      if (feedback !== undefined)
        openFeedbackDoor(
          app,
          { self: signer.address, maxPerSecond: options.feedbackPerSecond },
          { feedback, screen, checkSignature, clock },
        );
      server = await serve(app, {
        host: options.host,
        port: options.port,
        signal: controller.signal,
        closeTimeoutMs: drainMs,
      });
      closers.push("server", () => server?.close());
      // Whoever stops a miner that is still starting must not find it announced afterwards.
      controller.signal.throwIfAborted();
      const { port, url } = server;
      await announce?.(port, me.axon, controller.signal);
      const keepUp = async (signal: AbortSignal) => {
        const now = await lookAtChain(signal);
        if (now !== undefined) await announce?.(port, now.axon, signal);
      };
      const chainLoop = runEvery(options.chainPollMs, keepUp, { signal: controller.signal, logger, what: "chain" });
      closers.push("chain loop", async () => void (await chainLoop));
      logger.info("Miner serving", { url, uid: me.uid, hotkey: signer.address, predictor: predictor.name });
    },
    setPolicy(next) {
      const fresh = createPolicy(next, { clock });
      if (lastLook !== null) fresh.update(lastLook);
      policy = fresh;
    },
    async stop({ lingerMs = 0 } = {}) {
      if (lingerMs > 0) await server?.close({ lingerMs });
      controller.abort(new Error("The miner was stopped."));
      await closers.closeAll();
      meters.stop();
      server = null;
    },
    status,
  };
}
