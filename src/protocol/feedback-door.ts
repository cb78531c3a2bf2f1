import type { Context, Hono } from "hono";
import type { Clock } from "../core/index.ts";
import { btauth } from "./btauth-wire.ts";
import { RequestRefusedError } from "./errors.ts";
import { FEEDBACK_PATH, type Feedback, readFeedback } from "./feedback.ts";
import { runBounded } from "./guard.ts";
import { type AuthenticatedEnv, authenticated, authorized } from "./middleware.ts";
import { createMemoryNonceStore } from "./nonce-store.ts";
import type { Authorize, Screen } from "./permission.ts";
import { onlyMethods } from "./replies.ts";
import { jsonOf } from "./texts.ts";
import type { Caller, CheckSignature } from "./wire.ts";

/** Settings of the door for feedback. */
export interface FeedbackDoorOptions {
  /** Our own SS58 address: feedback that is not bound to it is refused. */
  readonly self: string;
  /** 16 KiB by default, some five times what it takes; a larger body is 413, declared or chunked. */
  readonly bodyLimitBytes?: number;
  /** How long policy and keeping may take, each. */
  readonly timeoutMs?: number;
}

/** Live parts of the door for feedback. */
export interface FeedbackDoorModules {
  /** Keeps it; false = it was here already. Throws {@link RequestRefusedError} for what is not to be believed. */
  readonly take: (feedback: Feedback, caller: Caller) => Promise<boolean> | boolean;
  readonly authorize: Authorize;
  readonly screen?: Screen | undefined;
  readonly checkSignature?: CheckSignature | undefined;
  readonly clock: Clock;
}

/** Nonces of its own: whoever floods feedback takes no place from questions. */
const MAX_NONCES = 10_000;

/**
 * Adds `POST /Feedback` to a miner's server. In this order, cheapest first: declared length, headers, claimed hotkey, body (capped, with a
 * deadline), signature, replay, policy, fields, and then whatever `take` asks. Only btauth/1 is spoken here.
 *
 * @example
 * addFeedbackRoute(app, { self: signer.address }, { take, authorize, clock: systemClock });
 * (await app.request("/Feedback", { method: "POST" })).status; // 401
 */
export function addFeedbackRoute(
  app: Hono<AuthenticatedEnv>,
  { self, bodyLimitBytes = 16_384, timeoutMs = 5_000 }: FeedbackDoorOptions,
  { take, authorize, screen, checkSignature, clock }: FeedbackDoorModules,
): void {
  const nonceStore = createMemoryNonceStore({ maxEntries: MAX_NONCES }, { clock });
  const isProven = authenticated(
    { self, bodyLimitBytes, wires: [btauth] },
    { nonceStore, clock, screen, checkSignature },
  );
  app.post(FEEDBACK_PATH, isProven, authorized({ timeoutMs }, { authorize }), async (c: Context<AuthenticatedEnv>) => {
    const value = jsonOf(c.get("body"));
    if (value === undefined) throw new RequestRefusedError({ code: "BAD_REQUEST", problem: "the body is not JSON" });
    const read = readFeedback(value);
    if (!read.ok) throw new RequestRefusedError({ code: "BAD_REQUEST", problem: read.problem });
    const keeping = runBounded(() => take(read.feedback, c.get("caller")), { timeoutMs, what: "Keeping feedback" });
    return c.json({ accepted: true, stored: await keeping });
  });
  app.all(FEEDBACK_PATH, onlyMethods("POST"));
}
