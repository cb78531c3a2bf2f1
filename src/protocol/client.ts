import { type Clock, systemClock, utf8 } from "../core/index.ts";
import { type Answer, answerSchema, firstIssue, type Question, questionToWire } from "../schema.ts";
import type { Signer } from "../wallet/index.ts";
import { btauth } from "./btauth-wire.ts";
import type { FailureReason } from "./errors.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { QUESTION_PATH } from "./miner-app.ts";
import { createPeerAgent } from "./peer-agent.ts";
import type { WireFormat } from "./wire.ts";

/** Whom to ask: a hotkey and where it serves, as the chain tells. */
export interface Peer {
  /** SS58 address; the request is bound to it. */
  readonly hotkey: string;
  /** An IPv4 or IPv6 address, or a name. */
  readonly host: string;
  readonly port: number;
}

/** An answer, or why there is none. Whatever a peer does, it becomes one of these. */
export type AskResult =
  | { readonly ok: true; readonly answer: Answer; readonly latencySeconds: number }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      /** HTTP status, when the peer gave one. */
      readonly status: number | null;
      readonly message: string;
      readonly latencySeconds: number;
    };

/** Asks peers; holds their connections. */
export interface Client {
  /** One question to one peer, never rejecting for what the peer does. Any number may be in flight. */
  ask(
    peer: Peer,
    question: Question,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<AskResult>;
  /** Ends what is in flight (as `"aborted"`) and drops all connections. */
  close(): void;
}

function toAskResult(received: Exchange, wire: WireFormat): AskResult {
  const { latencySeconds, status } = received;
  if (!received.ok) return { ok: false, reason: received.reason, status, message: received.message, latencySeconds };
  const reply = wire.response.read(received);
  if (!reply.ok) return { ok: false, reason: reply.reason, status, message: reply.message, latencySeconds };
  // The door also drops `response_time` and `miner_uid`: latency and identity are ours to say.
  const parsed = answerSchema.safeParse(reply.value);
  if (parsed.success) return { ok: true, answer: parsed.data, latencySeconds };
  const { field, problem } = firstIssue(parsed.error);
  return { ok: false, reason: "invalid", status, message: `${field}: ${problem}`, latencySeconds };
}

/**
 * A client that asks questions of miners.
 *
 * @param timeoutMs from asking to the last byte of the answer.
 * @example
 * const client = createClient({}, { signer });
 * const result = await client.ask({ hotkey, host: "203.0.113.7", port: 8091 }, question);
 * result.ok ? result.answer.confidence : result.reason; // 0.71, or "timeout"
 */
export function createClient(
  {
    timeoutMs: defaultTimeoutMs = 12_000,
    maxResponseBytes = 65_536,
    wire = btauth,
  }: { readonly timeoutMs?: number; readonly maxResponseBytes?: number; readonly wire?: WireFormat },
  { signer, clock = systemClock }: { readonly signer: Signer; readonly clock?: Clock },
): Client {
  const agent = createPeerAgent();
  const closed = new AbortController();
  const inFlight = new Set<AbortController>();

  async function attempt(peer: Peer, question: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Exchange> {
    const parts = { method: "POST", target: QUESTION_PATH, body: question };
    // Signed before the clock starts, and anew for each attempt: a nonce is accepted once.
    const { headers, body } = await wire.request.write(parts, { signer, receiver: peer.hotkey, clock });
    const { host, port } = peer;
    const limits = { timeoutMs, maxResponseBytes, signal };
    return exchange({ ...parts, ...limits, host, port, headers, body }, { agent, clock });
  }

  return {
    async ask(peer, question, { signal, timeoutMs = defaultTimeoutMs } = {}) {
      const controller = new AbortController();
      const abort = () => controller.abort();
      if (signal?.aborted || closed.signal.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
      inFlight.add(controller);
      try {
        const body = utf8(JSON.stringify(questionToWire(question)));
        const startMs = clock.monotonicMs();
        const first = await attempt(peer, body, timeoutMs, controller.signal);
        const leftMs = timeoutMs - (clock.monotonicMs() - startMs);
        const again = !first.ok && first.staleConnection && leftMs > 0;
        if (!again) return toAskResult(first, wire);
        const second = await attempt(peer, body, leftMs, controller.signal);
        // Charged from the first sending: whoever drops a question has seen it, and could think in the meantime.
        const chargedSeconds = second.latencySeconds + (second.startMs - first.startMs) / 1_000;
        return toAskResult({ ...second, latencySeconds: chargedSeconds }, wire);
      } finally {
        inFlight.delete(controller);
        signal?.removeEventListener("abort", abort);
      }
    },
    close() {
      closed.abort();
      for (const controller of inFlight) controller.abort();
      agent.destroy();
    },
  };
}
