import {
  type Clock,
  createDeferred,
  type Deferred,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LogLevel,
} from "../../core/index.ts";
import {
  type NonceStore,
  NonceStoreUnavailableError,
  RequestRefusedError,
  type RequestReport,
  StaleRequestError,
} from "../../protocol/index.ts";
import type { MinerFeedback } from "../feedback.ts";
import type { Miner, MinerParts, MinerPresence } from "../miner.ts";
import { createChannel, type Wire } from "./channel.ts";
import type { AskedNonce, AskedOfHand, AskedOfHead, GivenAnswer, NonceVerdict, Snapshot } from "./messages.ts";

/** What a process that answers gets from the one that leads; see {@link createHand}. */
export interface Hand {
  /** For `createMiner`, beside the model. */
  readonly presence: MinerPresence & { readonly announced: true };
  readonly parts: Required<Pick<MinerParts, "nonceStore" | "onRequest">> & Pick<MinerParts, "feedback" | "onAnswer">;
  /** What is said here is said there. */
  readonly logger: Logger;
  /** Starts the miner, says that it serves, and stops it when that is asked, or when there is nobody to ask any more. */
  serve(miner: Miner, signal: AbortSignal): Promise<void>;
  /** Why it cannot. */
  fail(problem: string, hint?: string): Promise<void>;
}

/** What is told in portions: how many at most, and how long it waits for more. */
const [PORTION, PORTION_MS] = [256, 100];
const STATUS_MS = 500;
/** As in `createMemoryNonceStore`, which is on the other side. */
const RETENTION_MS = 15_000;
/** A verdict that comes later is none: a request is fresh for 12 s, and its first sending is remembered for 15. */
const NONCE_MS = 2_000;
/** How long it is believed who was answered of late: strangers would else have the other side asked for each request. */
const ANSWERED_MS = 1_000;
const MOST_VALIDATORS = 1_024;

/** Gathers what is worth telling, but not at once. */
function createPortions<T>(tell: (portion: readonly T[]) => void) {
  let gathered: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const portion = gathered;
    gathered = [];
    if (portion.length > 0) tell(portion);
  };
  return {
    add(one: T): void {
      gathered.push(one);
      if (gathered.length >= PORTION) flush();
      else timer ??= setTimeout(flush, PORTION_MS).unref();
    },
    flush,
  };
}

interface Asking {
  readonly nonce: AskedNonce;
  readonly verdict: Deferred<NonceVerdict | undefined>;
}
/**
 * Nonces are remembered in one place. One question about them is under way at a time, and all that come meanwhile are in the next: the
 * more there is to do, the less each costs.
 */
function askedNonces(ask: (nonces: readonly AskedNonce[]) => Promise<readonly NonceVerdict[]>): NonceStore {
  let asked: Asking[] = [];
  let asking = false;
  const askAll = async () => {
    asking = true;
    // What else this turn of the loop brings comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (asked.length > 0) {
      const portion = asked;
      asked = [];
      try {
        const verdicts = await ask(portion.map(({ nonce }) => nonce));
        for (const [i, { verdict }] of portion.entries()) verdict.resolve(verdicts[i]);
      } catch (cause) {
        for (const { verdict } of portion) verdict.reject(cause);
      }
    }
    asking = false;
  };
  return {
    retentionMs: RETENTION_MS,
    async accept(...nonce) {
      const verdict = createDeferred<NonceVerdict | undefined>();
      asked.push({ nonce, verdict });
      if (!asking) void askAll();
      const said = await verdict.promise.catch((cause: unknown) => {
        throw new NonceStoreUnavailableError({ problem: "the process that knows what was accepted is silent", cause });
      });
      if (typeof said === "boolean") return said;
      if (said?.status === 401) throw new StaleRequestError({ problem: said.problem });
      throw new NonceStoreUnavailableError({ problem: said?.problem ?? "nothing was said of this request" });
    },
  };
}

/**
 * The side of a miner's process that answers: it holds no key, asks the chain nothing and writes no file; all that concerns its sisters
 * too is asked of the process that leads.
 *
 * @param metrics what it counts, whenever the other side wants to know.
 * @example
 * const hand = await createHand(wire, { metrics, clock: systemClock });
 * const miner = createMiner(options, { ...hand.presence, ...hand.parts, ...mine });
 * await hand.serve(miner, signal);
 * miner.status().serving; // false: it was told to end
 */
export async function createHand(
  wire: Wire,
  {
    metrics,
    clock,
    level = "info",
  }: { readonly metrics: () => Promise<Snapshot>; readonly clock: Clock; readonly level?: LogLevel },
): Promise<Hand> {
  const stop = createDeferred<{ readonly lingerMs: number }>();
  const head = createChannel<AskedOfHead, AskedOfHand>(wire, {
    stop: (how) => void stop.resolve(how),
    metrics,
  });
  const { hotkey, network, takesFeedback, wantsAnswers } = await head.call("begin", null);
  const answers = createPortions<GivenAnswer>((portion) => head.tell("answers", portion));
  const reports = createPortions<RequestReport>((portion) => head.tell("reports", portion));
  // What the other side would not print is not told: there is a line for each request.
  const say = (one: LogLevel) =>
    LOG_LEVELS.indexOf(one) < LOG_LEVELS.indexOf(level)
      ? () => undefined
      : (sentence: string, fields: LogFields = {}) => head.tell("log", { level: one, sentence, fields });
  // All levels by name.
  const logger = Object.fromEntries(LOG_LEVELS.map((level) => [level, say(level)])) as Logger;
  const asked = new Map<string, { readonly answered: Promise<boolean>; readonly atMs: number }>();
  const feedback: MinerFeedback = {
    // Told by `onAnswer`, for more than one reason.
    answered: () => undefined,
    async hasAnswered(validator) {
      const known = asked.get(validator);
      if (known !== undefined && clock.monotonicMs() - known.atMs < ANSWERED_MS) return known.answered;
      if (asked.size >= MOST_VALIDATORS) asked.clear();
      const answered = head.call("hasAnswered", validator);
      asked.set(validator, { answered, atMs: clock.monotonicMs() });
      return answered;
    },
    async take(told, validator) {
      answers.flush();
      const said = await head.call("feedback", { validator, feedback: told });
      if ("refused" in said) throw new RequestRefusedError({ code: "FORBIDDEN", problem: said.refused });
      return said.isNew;
    },
    counts: () => ({ stored: 0, known: 0, strange: 0, disputed: 0, remembered: 0 }),
  };
  return {
    presence: {
      chain: { network, metagraph: () => head.call("metagraph", null) },
      signer: { address: hotkey },
      announced: true,
    },
    parts: {
      nonceStore: askedNonces((nonces) => head.call("nonces", nonces, { timeoutMs: NONCE_MS })),
      onRequest: reports.add,
      ...(takesFeedback && { feedback }),
      ...(wantsAnswers && { onAnswer: (...given: GivenAnswer) => answers.add(given) }),
    },
    logger,
    async serve(miner, signal) {
      await miner.start();
      const { url } = miner.status();
      head.tell("ready", { port: Number(new URL(url ?? "http://127.0.0.1").port) });
      const tellStatus = () => head.tell("status", miner.status());
      const timer = setInterval(tellStatus, STATUS_MS);
      const alone = () => stop.resolve({ lingerMs: 0 });
      signal.addEventListener("abort", alone, { once: true });
      if (signal.aborted) alone();
      const { lingerMs } = await stop.promise;
      await miner.stop({ lingerMs });
      clearInterval(timer);
      answers.flush();
      reports.flush();
      // What was told before is there when this is answered.
      await head.call("left", { status: miner.status(), snapshot: await metrics() }).catch(() => undefined);
    },
    fail: (problem, hint) => head.call("ready", { problem, hint }).catch(() => undefined),
  };
}
