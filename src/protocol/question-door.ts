import {
  type Call,
  type Clock,
  errorText,
  isPending,
  type Logger,
  type Maybe,
  type Metrics,
  type Span,
  SubnetError,
  silentLogger,
  systemClock,
  type Tracing,
} from "../core/index.ts";
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
import type { Asked } from "./asked.ts";
import { type AuthenticationModules, type AuthenticationOptions, createAuthentication } from "./authentication.ts";
import { RequestRefusedError } from "./errors.ts";
import { runBounded, runGuarded } from "./guard.ts";
import type { RequestReport } from "./middleware.ts";
import { type Authorize, assertAllowed } from "./permission.ts";
import { createPriorityQueue, followQueue, type PriorityOf } from "./priority.ts";
import { type Answered, type WrittenReply, writeRefusal, writeReply } from "./replies.ts";
import { jsonOf } from "./texts.ts";
import { type Caller, type WireFormats, wireOf } from "./wire.ts";

/** Where questions are asked: the Python class's name, on both wires. */
export const QUESTION_PATH = "/ConversionSynapse";

/** Settings of the door. */
export interface QuestionDoorOptions extends AuthenticationOptions {
  readonly wires: WireFormats;
  /** How long policy and handler may take, each. */
  readonly answerTimeoutMs?: number;
  /** Questions being answered at once (default 64); further ones wait in line, the higher priority first. */
  readonly maxInFlight?: number;
  /** How many wait in line (default 256); what is beyond it is refused with 503, the lowest priority first. */
  readonly maxQueued?: number;
}

/** Live parts of the door. */
export interface QuestionDoorModules extends AuthenticationModules {
  /**
   * Answers a question of a proven, welcome caller, at once or later. `signal` is aborted at the deadline and when the caller goes away; it
   * is made when it is first looked at.
   */
  readonly answer: (question: Question, caller: Caller, call: Call) => Answer | Promise<Answer>;
  /** Required, because a miner that answers everybody is a gift to its competitors. */
  readonly authorize: Authorize;
  /** The larger, the sooner: the caller's stake. Default: all alike. */
  readonly priorityOf?: PriorityOf | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** How many are answered and how many wait. */
  readonly metrics?: Metrics | undefined;
  /** Spans of what callers who proved themselves had done here. */
  readonly tracing?: Tracing | undefined;
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
}

/** The question in a body. Refusals name the field and never repeat its value. */
function parseQuestion(body: Uint8Array): Question {
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
 * All that happens to a question between its headers and its reply, whatever server it came to. In this order, cheapest first: declared
 * length, headers, claimed hotkey, body (capped, with a deadline), signature, replay, policy, place in line, fields, handler.
 *
 * @returns the reply. It never rejects: what fails is a refusal.
 */
export function createQuestionDoor(
  options: QuestionDoorOptions,
  modules: QuestionDoorModules,
): (asked: Asked) => Promise<WrittenReply> {
  const { wires, answerTimeoutMs: timeoutMs = 10_000, maxInFlight = 64, maxQueued = 256 } = options;
  const { clock = systemClock, logger = silentLogger, onRequest, authorize, priorityOf = () => 0, tracing } = modules;
  const authenticate = createAuthentication(options, modules);
  const queue = createPriorityQueue({ maxInFlight, maxQueued });
  if (modules.metrics !== undefined) followQueue(queue, modules.metrics);
  const replies = { wires, available: [QUESTION_PATH.slice(1)] };
  const onInternalError = (error: unknown, id: string) => {
    logger.error("A question failed", { id, error: errorText(error) });
  };

  const permission = (caller: Caller) => runBounded(() => authorize(caller), { timeoutMs, what: "The policy" });
  const placeFor = (asked: Asked, caller: Caller): Maybe<() => void> =>
    queue.enterNow() ??
    runGuarded(asked, ({ signal }) => queue.enter(priorityOf(caller), signal), {
      timeoutMs,
      what: "Waiting for a place",
    });
  const answerTo = (asked: Asked, question: Question, caller: Caller) =>
    runGuarded(asked, (call) => modules.answer(question, caller, call), { timeoutMs, what: "The answer" });

  return async function passDoor(asked) {
    const startMs = clock.monotonicMs();
    const wire = wireOf(wires, asked.headers);
    let answered: Answered = { asked, wire, startMs };
    let hotkey: string | undefined;
    let leave: (() => void) | undefined;
    let [span, predicting]: (Span | undefined)[] = [];
    let failure: unknown;
    let [outcome, written]: [string, WrittenReply | undefined] = ["OK", undefined];
    try {
      const { caller, body } = await authenticate(asked, wire);
      span = tracing?.begin("answer a question", {
        parent: asked.headers.get("traceparent"),
        fields: { wire: wire.name },
      });
      hotkey = caller.hotkey;
      answered = { asked, wire, startMs, body };
      const permitted = permission(caller);
      assertAllowed(isPending(permitted) ? await permitted : permitted);
      const place = placeFor(asked, caller);
      leave = isPending(place) ? await place : place;
      predicting = span && tracing?.begin("predict", { parent: span });
      const answering = answerTo(asked, parseQuestion(body), caller);
      const answer = isPending(answering) ? await answering : answering;
      predicting?.end();
      predicting = undefined;
      written = writeReply(answered, { ok: true, value: checkedAnswer(answer) }, replies, clock);
    } catch (error) {
      failure = error;
      ({ outcome, written } = writeRefusal(answered, error, replies, { onInternalError, clock }));
    }
    leave?.();
    predicting?.end(failure);
    span?.end(failure);
    const { status } = written;
    const durationMs = clock.monotonicMs() - startMs;
    const report = { method: asked.method, route: QUESTION_PATH, status, outcome, durationMs, wire: wire.name, hotkey };
    try {
      onRequest?.(report);
    } catch (error) {
      logger.error("A report of a question failed", { error: errorText(error) });
    }
    return written;
  };
}
