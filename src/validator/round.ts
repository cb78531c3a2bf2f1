import { type Clock, errorText, type Logger, silentTracing, type Tracing } from "../core/index.ts";
import type { Client, Peer } from "../protocol/index.ts";
import type { Reply } from "../scoring/index.ts";
import type { OpenQuestion } from "./desk.ts";
import type { Gate } from "./gate.ts";
import type { HistoryStore, QuestionRecord } from "./history/port.ts";

/** What a round needs. */
export interface RoundModules {
  readonly client: Pick<Client, "ask">;
  /** Places per miner; a miner without one left is not asked, and that counts as no answer. */
  readonly gate: Gate;
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each reply as it comes. */
  readonly onReply?: ((reply: Reply) => void) | undefined;
  readonly tracing?: Tracing | undefined;
}

/** How long a round may take, and who is told how far it is. */
export interface RoundLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when the question is stored, before anybody is asked. */
  readonly onRecorded?: () => void;
  /** Called once, when half of the miners have replied (the larger half). */
  readonly onMostReplied?: () => void;
}

/**
 * One question to many miners at once. The question is recorded before it is sent, the replies together when all are in; the time
 * is the validator's own, per peer. Never rejects for a peer's sake.
 *
 * @returns a reply per hotkey, in the order asked.
 * @throws what the history throws when it cannot keep the question or the replies.
 * @example
 * const replies = await askRound(open, [peer], record, { timeoutMs: 20_000, signal }, modules);
 * replies.get(peer.hotkey)?.ok; // true
 */
export async function askRound(
  open: OpenQuestion,
  peers: readonly Peer[],
  record: Pick<QuestionRecord, "frozen" | "mode">,
  { timeoutMs, signal, onRecorded, onMostReplied }: RoundLimits,
  { client, gate, history, clock, logger, onReply, tracing = silentTracing }: RoundModules,
): Promise<ReadonlyMap<string, Reply>> {
  const round = tracing.begin("question", { fields: { question: open.number, miners: peers.length } });
  try {
    await history.recordQuestion({
      ...record,
      open,
      asked: peers.map(({ hotkey }) => hotkey),
      askedAtMs: clock.nowMs(),
    });
    onRecorded?.();
    const most = Math.ceil(peers.length / 2);
    let replied = 0;
    if (most === 0) onMostReplied?.();
    const replies = await Promise.all(
      peers.map(async (peer): Promise<[string, Reply]> => {
        const reply = await askOne(peer);
        replied += 1;
        onReply?.(reply);
        if (replied === most) onMostReplied?.();
        return [peer.hotkey, reply];
      }),
    );
    // Whom we hung up on when we were stopped has not failed.
    const byHotkey = new Map(signal.aborted ? replies.filter(([, reply]) => reply.ok) : replies);
    await history.recordReplies(open.number, byHotkey);
    return byHotkey;
  } finally {
    round.end();
  }

  async function askOne(peer: Peer): Promise<Reply> {
    if (!gate.enter(peer.hotkey)) return { ok: false, reason: "busy", latencySeconds: null };
    const span = tracing.begin("ask a miner", { parent: round, fields: { hotkey: peer.hotkey } });
    try {
      const result = await client.ask(peer, open.question, { signal, timeoutMs, traceparent: span.traceparent });
      span.end(result.ok ? undefined : result.reason);
      if (result.ok) return { ok: true, answer: result.answer, latencySeconds: result.latencySeconds };
      logger.debug("No valid answer", { hotkey: peer.hotkey, reason: result.reason, problem: result.message });
      return { ok: false, reason: result.reason, latencySeconds: result.latencySeconds };
    } catch (error) {
      span.end(error);
      logger.error("Asking a miner failed on our side", { hotkey: peer.hotkey, error: errorText(error) });
      return { ok: false, reason: "failed", latencySeconds: null };
    } finally {
      gate.leave(peer.hotkey);
    }
  }
}
