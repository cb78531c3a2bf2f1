import { Hono } from "hono";
import { type Clock, errorText, type Logger, SubnetError, silentLogger, systemClock } from "../core/index.ts";
import {
  type Answer,
  answerSchema,
  answerToWire,
  firstIssue,
  isGoodAnswer,
  type Question,
  questionSchema,
  quickQuestion,
} from "../schema.ts";
import { axon } from "./axon/wire.ts";
import { btauth } from "./btauth-wire.ts";
import { RequestRefusedError } from "./errors.ts";
import {
  type AuthenticatedEnv,
  type Authorize,
  authenticated,
  authorized,
  type RequestReport,
  reportRequests,
  runGuarded,
  type Screen,
} from "./middleware.ts";
import { createMemoryNonceStore, type NonceStore } from "./nonce-store.ts";
import { type PriorityOf, prioritised } from "./priority.ts";
import { answerErrors, answerNotFound, onlyMethods, writeReply } from "./replies.ts";
import { jsonOf } from "./texts.ts";
import type { Caller, CheckSignature, WireFormats } from "./wire.ts";

/** Where questions are asked: the Python class's name, on both wires. */
export const QUESTION_PATH = "/ConversionSynapse";

/** Settings of a miner's server; the defaults are for the open internet. */
export interface MinerAppOptions {
  /** Our hotkey's SS58 address. */
  readonly self: string;
  /** Formats spoken; each request is answered in its own. Default btauth/1 and axon; `[btauth]` turns the old one off. */
  readonly wires?: WireFormats | undefined;
  /** False also answers requests that name no receiver. */
  readonly requireReceiver?: boolean;
  readonly bodyLimitBytes?: number;
  readonly bodyTimeoutMs?: number;
  /** How long policy and handler may take, each. */
  readonly answerTimeoutMs?: number;
  /** Questions being answered at once (default 64); further ones wait in line, the higher priority first. */
  readonly maxInFlight?: number;
  /** How many wait in line (default 256); what is beyond it is refused with 503, the lowest priority first. */
  readonly maxQueued?: number;
}

/** The live parts of a miner's server. */
export interface MinerAppModules {
  /**
   * Answers a question of a proven, welcome caller; the signal is aborted at the deadline and when the caller goes away. One
   * that declares two parameters is made no signal.
   */
  readonly answer: (question: Question, caller: Caller, signal: AbortSignal) => Promise<Answer>;
  /** Required, because a miner that answers everybody is a gift to its competitors. */
  readonly authorize: Authorize;
  /** Asked of the claimed hotkey before its signature and its body cost anything; by default everybody is let through to them. */
  readonly screen?: Screen | undefined;
  /** The larger, the sooner: the caller's stake. Default: all alike. */
  readonly priorityOf?: PriorityOf | undefined;
  readonly nonceStore?: NonceStore;
  /** Default: on this thread. */
  readonly checkSignature?: CheckSignature | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly onRequest?: (report: RequestReport) => void;
}

/** The question in a body. Refusals name the field and never repeat its value. */
export function parseQuestion(body: Uint8Array): Question {
  const value = jsonOf(body);
  if (value === undefined) throw new RequestRefusedError({ code: "BAD_REQUEST", problem: "the body is not JSON" });
  const question = quickQuestion(value);
  if (question !== null) return question;
  const parsed = questionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw new RequestRefusedError({ code: "BAD_REQUEST", problem: `${field}: ${problem}` });
}

/** The wire form of an answer, checked as the caller will check it: a handler's NaN must not travel. */
function checkedAnswer(answer: Answer): object {
  const value = answerToWire(answer);
  if (isGoodAnswer(answer)) return value;
  const parsed = answerSchema.safeParse(value);
  if (parsed.success) return value;
  const { field, problem } = firstIssue(parsed.error);
  throw new SubnetError(`The handler gave an answer that cannot be sent: ${field}: ${problem}.`, {
    code: "ANSWER_INVALID",
    details: { Field: field },
  });
}

/**
 * A miner's server as a function of a request: `POST /ConversionSynapse` and `GET /health`. In this order, cheapest first: path
 * and method, declared length, headers, claimed hotkey, body (capped, with a deadline), signature, replay, policy, place in line,
 * fields, handler.
 *
 * @example
 * const app = createMinerApp({ self: signer.address }, { answer, authorize });
 * (await app.request("/health")).status; // 200
 */
export function createMinerApp(options: MinerAppOptions, modules: MinerAppModules): Hono<AuthenticatedEnv> {
  const { wires = [btauth, axon], answerTimeoutMs = 10_000, maxInFlight = 64 } = options;
  const { clock = systemClock, logger = silentLogger, onRequest } = modules;
  const nonceStore = modules.nonceStore ?? createMemoryNonceStore({}, { clock });
  const app = new Hono<AuthenticatedEnv>();
  const onInternalError = (error: unknown, id: string) => {
    logger.error("A question failed", { id, error: errorText(error) });
  };
  const replies = { wires, available: [QUESTION_PATH.slice(1)] };
  app.onError(answerErrors(replies, { onInternalError, clock }));
  app.notFound(answerNotFound(replies));
  if (onRequest) app.use(reportRequests({ routes: [QUESTION_PATH, "/health"] }, { onRequest, clock }));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.all("/health", onlyMethods("GET"));
  app.post(
    QUESTION_PATH,
    authenticated({ ...options, wires }, { ...modules, nonceStore, clock }),
    authorized({ timeoutMs: answerTimeoutMs }, modules),
    prioritised({ maxInFlight, maxQueued: options.maxQueued, maxWaitMs: answerTimeoutMs }, modules),
    async function answerQuestion(c) {
      const question = parseQuestion(c.get("body"));
      const answer = await runGuarded(c, (signal) => modules.answer(question, c.get("caller"), signal), {
        timeoutMs: answerTimeoutMs,
        what: "The answer",
        takesSignal: modules.answer.length > 2,
      });
      return writeReply(c, { ok: true, value: checkedAnswer(answer) }, replies, clock);
    },
  );
  app.all(QUESTION_PATH, onlyMethods("POST"));
  return app;
}
