import { type Clock, InvalidArgumentError, systemClock, utf8 } from "../core/index.ts";
import { type Answer, answerSchema, firstIssue, type Question, questionToWire } from "../schema.ts";
import type { Signer } from "../wallet/index.ts";
import { axon } from "./axon/wire.ts";
import { btauth } from "./btauth-wire.ts";
import type { FailureReason } from "./errors.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { createPeerAgent } from "./peer-agent.ts";
import { QUESTION_PATH } from "./question-door.ts";
import { createSessions } from "./sessions.ts";
import type { WireFormat, WireFormats } from "./wire.ts";
import { createWireMemory, isForeign } from "./wire-memory.ts";

/** Whom to ask: a hotkey and where it serves, as the chain tells. */
export interface Peer {
  /** SS58 address; the request is bound to it. */
  readonly hotkey: string;
  /** An IPv4 or IPv6 address, or a name. */
  readonly host: string;
  readonly port: number;
  /** The version integer it announces: a hint which format it speaks. Without one both are tried, btauth/1 first. */
  readonly version?: number | undefined;
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
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly timeoutMs?: number | undefined;
      /** The trace that this is a part of; it is not signed. */
      readonly traceparent?: string | null | undefined;
    },
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

interface Asking {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly traceparent?: string | null | undefined;
}

const traced = <T extends { readonly headers: Readonly<Record<string, string>> }>(
  signed: T,
  traceparent: string | null | undefined,
): T => (traceparent ? { ...signed, headers: { ...signed.headers, traceparent } } : signed);

function usable(wires: WireFormats, { scheme }: Signer): WireFormats {
  const [first, ...others] = wires.filter(({ schemes }) => schemes.includes(scheme));
  if (first !== undefined) return [first, ...others];
  throw new InvalidArgumentError({ argument: "wires", problem: `none of them can be signed with an ${scheme} key` });
}

/**
 * A client that asks questions of miners. Which format a miner speaks it learns by asking: a refusal in the words of no format, or of
 * another one, is answered with one more try in the next within the same deadline.
 *
 * @param timeoutMs from asking to the last byte of the answer.
 * @param wires formats spoken, the preferred first; those that the signer's kind of key cannot sign are left out.
 * @throws {InvalidArgumentError} when none is left.
 * @example
 * const client = createClient({}, { signer });
 * const result = await client.ask({ hotkey, host: "203.0.113.7", port: 8091 }, question);
 * result.ok ? result.answer.confidence : result.reason; // 0.71, or "timeout"
 */
export function createClient(
  {
    timeoutMs: defaultTimeoutMs = 12_000,
    maxResponseBytes = 65_536,
    wires = [btauth, axon],
  }: { readonly timeoutMs?: number; readonly maxResponseBytes?: number; readonly wires?: WireFormats },
  { signer, clock = systemClock }: { readonly signer: Signer; readonly clock?: Clock },
): Client {
  const agent = createPeerAgent();
  const closed = new AbortController();
  const inFlight = new Set<AbortController>();
  const memory = createWireMemory({ wires: usable(wires, signer) });
  const sessions = createSessions();

  /** Sends a question, in one format or several, all under one deadline and charged from the first sending. */
  function createSending(peer: Peer, body: Uint8Array, { timeoutMs, signal, traceparent }: Asking) {
    const parts = { method: "POST", target: QUESTION_PATH, body };
    const { host, port, hotkey } = peer;
    const begunMs = clock.monotonicMs();
    let sentMs: number | null = null;
    const leftMs = () => timeoutMs - (clock.monotonicMs() - begunMs);

    async function attempt(wire: WireFormat, session: string): Promise<Exchange> {
      // Signed before the clock starts, and anew for each attempt: a nonce is accepted once.
      const context = { signer, receiver: hotkey, clock, to: { host, port }, timeoutMs, session };
      const signed = await wire.request.write(parts, context);
      const limits = { timeoutMs: sentMs === null ? timeoutMs : leftMs(), maxResponseBytes, signal };
      const received = await exchange(
        { ...parts, ...limits, host, port, ...traced(signed, traceparent) },
        { agent, clock },
      );
      sentMs ??= received.startMs;
      // Whoever drops or refuses a question has seen it, and could think in the meantime.
      return { ...received, latencySeconds: received.latencySeconds + (received.startMs - sentMs) / 1_000 };
    }
    return {
      leftMs,
      async send(wire: WireFormat): Promise<Exchange> {
        const session = sessions.enter(`${hotkey} ${host} ${port}`);
        try {
          const first = await attempt(wire, session.id);
          const again = !first.ok && first.staleConnection && leftMs() > 0;
          return again ? await attempt(wire, session.id) : first;
        } finally {
          session.leave();
        }
      },
    };
  }

  async function askIn(peer: Peer, question: Question, asking: Asking): Promise<AskResult> {
    const sending = createSending(peer, utf8(JSON.stringify(questionToWire(question))), asking);
    const refusals: AskResult[] = [];
    const formats = memory.choose(peer);
    for (const wire of formats) {
      if (refusals.length > 0 && sending.leftMs() <= 0) break;
      const received = await sending.send(wire);
      const result = toAskResult(received, wire);
      if (!received.ok) return result;
      if (!isForeign(received, wire)) {
        if (received.status === 200 || wire.response.recognises(received)) memory.learned(peer, wire);
        return result;
      }
      refusals.push(result);
    }
    if (formats.length > 1) memory.missed(peer);
    const [first] = refusals;
    const latencySeconds = refusals.at(-1)?.latencySeconds ?? 0;
    return first === undefined
      ? { ok: false, reason: "timeout", status: null, message: "no time was left", latencySeconds }
      : { ...first, latencySeconds };
  }

  return {
    async ask(peer, question, { signal, timeoutMs = defaultTimeoutMs, traceparent } = {}) {
      const controller = new AbortController();
      const abort = () => controller.abort();
      if (signal?.aborted || closed.signal.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
      inFlight.add(controller);
      try {
        return await askIn(peer, question, { timeoutMs, signal: controller.signal, traceparent });
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
