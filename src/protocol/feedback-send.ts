import { z } from "zod";
import { type Clock, errorText, utf8 } from "../core/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { Peer } from "./client.ts";
import { type FailureReason, RequestFailedError } from "./errors.ts";
import { FEEDBACK_PATH, type Feedback, feedbackToWire } from "./feedback.ts";
import { signedFetch } from "./signed-fetch.ts";

/** What came of sending feedback. Whatever a peer does, it becomes one of these. */
export type FeedbackResult =
  /** `stored` is false where the miner had it already. */
  | { readonly ok: true; readonly stored: boolean }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      /** HTTP status, when the peer gave one: 404 where it takes no feedback. */
      readonly status: number | null;
      readonly message: string;
    };

const takenSchema = z.object({ accepted: z.literal(true), stored: z.boolean() });
const MAX_RESPONSE_BYTES = 4_096;

/**
 * Sends feedback to the miner whose answer it is about, signed in btauth/1 and bound to it. Never rejects for what the peer does.
 *
 * @example
 * await sendFeedback(peer, feedback, { timeoutMs: 3_000 }, { signer }); // { ok: true, stored: true }
 */
export async function sendFeedback(
  { host, port, hotkey }: Peer,
  feedback: Pick<Feedback, "question" | "explanation">,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  modules: { readonly signer: Signer; readonly clock?: Clock },
): Promise<FeedbackResult> {
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${FEEDBACK_PATH}`;
  const body = utf8(JSON.stringify(feedbackToWire(feedback)));
  const headers = { "content-type": "application/json" };
  const limits = { timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES, signal };
  try {
    const reply = await signedFetch(url, { method: "POST", body, headers, receiver: hotkey, ...limits }, modules);
    const { status } = reply;
    if (status !== 200) return { ok: false, reason: "refused", status, message: `HTTP ${status}` };
    const taken = takenSchema.safeParse(reply.json());
    if (taken.success) return { ok: true, stored: taken.data.stored };
    return { ok: false, reason: "invalid", status, message: "the reply is no receipt" };
  } catch (error) {
    const reason = error instanceof RequestFailedError ? error.reason : "invalid";
    return { ok: false, reason, status: null, message: errorText(error) };
  }
}
