import { Hono } from "hono";
import { errorText, silentLogger, systemClock } from "../core/index.ts";
import { axon } from "./axon/wire.ts";
import { btauth } from "./btauth-wire.ts";
import { FEEDBACK_PATH } from "./feedback.ts";
import { type AuthenticatedEnv, askedOf, reportRequests } from "./middleware.ts";
import { type NodeRoute, nodeRoute } from "./node-route.ts";
import { createMemoryNonceStore, type NonceStore } from "./nonce-store.ts";
import { PlainResponse } from "./plain-response.ts";
import {
  createQuestionDoor,
  QUESTION_PATH,
  type QuestionDoorModules,
  type QuestionDoorOptions,
} from "./question-door.ts";
import { answerErrors, answerNotFound, onlyMethods } from "./replies.ts";
import type { WireFormats } from "./wire.ts";

/** Settings of a miner's server; the defaults are for the open internet. */
export interface MinerAppOptions extends Omit<QuestionDoorOptions, "wires"> {
  /** Formats spoken; each request is answered in its own. Default btauth/1 and axon; `[btauth]` turns the old one off. */
  readonly wires?: WireFormats | undefined;
}

/** The live parts of a miner's server. */
export interface MinerAppModules extends Omit<QuestionDoorModules, "nonceStore"> {
  readonly nonceStore?: NonceStore | undefined;
}

/** A miner's server: a Hono app whose question has a way of its own through `node:http`, which {@link serve} takes. */
export interface MinerApp extends Hono<AuthenticatedEnv> {
  readonly nodeRoute: NodeRoute;
}

/**
 * A miner's server as a function of a request: `POST /ConversionSynapse` and `GET /health`. All that is asked of a question is
 * in one place, so it is the same however it came.
 *
 * @example
 * const app = createMinerApp({ self: signer.address }, { answer, authorize });
 * (await app.request("/health")).status; // 200
 */
export function createMinerApp(options: MinerAppOptions, modules: MinerAppModules): MinerApp {
  const { wires = [btauth, axon] } = options;
  const { clock = systemClock, logger = silentLogger, onRequest } = modules;
  const nonceStore = modules.nonceStore ?? createMemoryNonceStore({}, { clock });
  const answerQuestion = createQuestionDoor({ ...options, wires }, { ...modules, nonceStore });
  const app = new Hono<AuthenticatedEnv>();
  const replies = { wires, available: [QUESTION_PATH.slice(1)] };
  const onInternalError = (error: unknown, id: string) =>
    logger.error("A request failed", { id, error: errorText(error) });
  app.onError(answerErrors(replies, { onInternalError, clock }));
  app.notFound(answerNotFound(replies));
  // It reports by itself, so it stands before the one who reports all others.
  app.post(QUESTION_PATH, async (c) => {
    const { status, headers, body } = await answerQuestion(askedOf(c));
    return new PlainResponse(body, { status, headers });
  });
  if (onRequest) app.use(reportRequests({ routes: [QUESTION_PATH, FEEDBACK_PATH, "/health"] }, { onRequest, clock }));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.all("/health", onlyMethods("GET"));
  app.all(QUESTION_PATH, onlyMethods("POST"));
  return Object.assign(app, { nodeRoute: nodeRoute({ method: "POST", path: QUESTION_PATH }, answerQuestion) });
}
