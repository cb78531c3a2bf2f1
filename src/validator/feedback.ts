import { type Clock, createAbortController, errorText, type Logger, sleep } from "../core/index.ts";
import { type Client, type FeedbackResult, type Peer, sendFeedback } from "../protocol/index.ts";
import type { Score } from "../scoring/index.ts";
import type { Signer } from "../wallet/index.ts";
import type { OpenQuestion } from "./desk.ts";
import { feedbackOf } from "./feedback-message.ts";
import type { HistoryStore } from "./history/port.ts";

/** What came of sending so far. */
export interface FeedbackSenderCounts {
  /** Messages that a miner took. */
  readonly sent: number;
  /** Of those, ones that it had already. */
  readonly known: number;
  /** Refused, late or unreachable. */
  readonly failed: number;
  /** Not tried: the miner takes none, could not be reached of late, or is still busy with earlier ones. */
  readonly skipped: number;
  /** Not tried: too many were waiting. */
  readonly dropped: number;
  readonly waiting: number;
}

/** Tells miners what became of their answers, best-effort; see {@link createFeedbackSender}. */
export interface FeedbackSender {
  /** A client that does what the given one does, and notes where miners are. */
  following(client: Client): Client;
  /** A question was scored: at once, without waiting for anything. */
  settled(settled: { readonly open: Pick<OpenQuestion, "number">; readonly scores: ReadonlyMap<string, Score> }): void;
  counts(): FeedbackSenderCounts;
  /** Drops what is waiting and ends what is under way. */
  stop(): Promise<void>;
}

/** How feedback is sent. */
export interface FeedbackSenderOptions {
  /**
   * How long after scoring. Never shorter than an answer's deadline: a conversation's questions settle together, and whoever still owes an
   * answer to a later one would learn the truth from the feedback to an earlier one.
   */
  readonly delayMs: number;
  /** Deadline of one message. */
  readonly timeoutMs?: number;
  /** Messages that may wait; further ones are dropped. */
  readonly maxWaiting?: number;
  /** On the way at once, to all miners and to one. */
  readonly maxInFlight?: number;
  readonly maxInFlightPerMiner?: number;
}

/** How long a miner is left alone that takes no feedback, and one that could not be reached. */
const NO_DOOR_MS = 600_000;
const UNREACHABLE_MS = 60_000;
const MAX_PEERS = 4_096;

/**
 * Sends feedback after scoring, apart from it: scoring only puts a number into a line. One message a scored answer, signed, once, with a
 * deadline and no second try; a miner that does not want it or cannot take it costs one attempt in a while.
 *
 * @example
 * const sender = createFeedbackSender({ delayMs: 13_000 }, { history, signer, clock: systemClock, logger });
 * sender.counts().sent; // 0
 */
export function createFeedbackSender(
  { delayMs, timeoutMs = 3_000, maxWaiting = 10_000, maxInFlight = 8, maxInFlightPerMiner = 2 }: FeedbackSenderOptions,
  {
    history,
    signer,
    clock,
    logger,
    send = sendFeedback,
  }: {
    readonly history: Pick<HistoryStore, "question">;
    readonly signer: Signer;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly send?: typeof sendFeedback;
  },
): FeedbackSender {
  const counts = { sent: 0, known: 0, failed: 0, skipped: 0, dropped: 0, waiting: 0 };
  const controller = createAbortController();
  const { signal } = controller;
  const peers = new Map<string, Peer>();
  const quietUntilMs = new Map<string, number>();
  const busy = new Map<string, number>();
  const inFlight = new Set<Promise<void>>();
  let line: { readonly number: number; readonly hotkeys: readonly string[]; readonly dueMs: number }[] = [];
  let first = 0;
  let pumping: Promise<void> | null = null;

  const note = (hotkey: string, result: FeedbackResult) => {
    if (result.ok) {
      counts.sent += 1;
      if (!result.stored) counts.known += 1;
      return;
    }
    if (result.reason === "aborted") return;
    counts.failed += 1;
    const { reason, status, message } = result;
    const noDoor = status === 404 || status === 405;
    if (noDoor || reason !== "refused")
      quietUntilMs.set(hotkey, clock.monotonicMs() + (noDoor ? NO_DOOR_MS : UNREACHABLE_MS));
    logger.debug("Feedback was not taken", { hotkey, reason, status, problem: message });
  };

  const sendOne = async (peer: Peer, message: NonNullable<ReturnType<ReturnType<typeof feedbackOf>>>) => {
    const { hotkey } = peer;
    busy.set(hotkey, (busy.get(hotkey) ?? 0) + 1);
    try {
      note(hotkey, await send(peer, message, { timeoutMs, signal }, { signer, clock }));
    } catch (error) {
      counts.failed += 1;
      logger.error("Sending feedback failed on our side", { hotkey, error: errorText(error) });
    } finally {
      const left = (busy.get(hotkey) ?? 1) - 1;
      if (left === 0) busy.delete(hotkey);
      else busy.set(hotkey, left);
    }
  };

  const mayBeTold = (hotkey: string): Peer | undefined => {
    const quiet = (quietUntilMs.get(hotkey) ?? Number.NEGATIVE_INFINITY) > clock.monotonicMs();
    return quiet || (busy.get(hotkey) ?? 0) >= maxInFlightPerMiner ? undefined : peers.get(hotkey);
  };

  const tell = async (number: number, hotkeys: readonly string[]) => {
    if (!hotkeys.some((hotkey) => mayBeTold(hotkey) !== undefined)) {
      counts.skipped += hotkeys.length;
      return;
    }
    const record = await history.question(number);
    const messageFor = record === undefined ? () => null : feedbackOf(record);
    for (const hotkey of hotkeys) {
      while (inFlight.size >= maxInFlight) await Promise.race(inFlight);
      if (signal.aborted) return;
      const peer = mayBeTold(hotkey);
      const message = peer === undefined ? null : messageFor(hotkey);
      if (peer === undefined || message === null) {
        counts.skipped += 1;
        continue;
      }
      const sending: Promise<void> = sendOne(peer, message).finally(() => inFlight.delete(sending));
      inFlight.add(sending);
    }
  };

  const pump = async () => {
    for (let next = line[first]; next !== undefined && !signal.aborted; next = line[first]) {
      const waitMs = next.dueMs - clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      first += 1;
      counts.waiting -= next.hotkeys.length;
      try {
        await tell(next.number, next.hotkeys);
      } catch (error) {
        logger.error("Feedback about a question failed", { question: next.number, error: errorText(error) });
      }
    }
    [line, first, pumping] = [line.slice(first), 0, null];
  };

  return {
    following: (client) => ({
      ask(peer, ...rest) {
        peers.delete(peer.hotkey);
        peers.set(peer.hotkey, peer);
        if (peers.size > MAX_PEERS) {
          for (const oldest of peers.keys()) {
            peers.delete(oldest);
            quietUntilMs.delete(oldest);
            break;
          }
        }
        return client.ask(peer, ...rest);
      },
      close: () => client.close(),
    }),
    settled({ open, scores }) {
      if (signal.aborted) return;
      const hotkeys = [...scores].flatMap(([hotkey, { invalid }]) => (invalid === null ? [hotkey] : []));
      if (hotkeys.length === 0) return;
      if (counts.waiting + hotkeys.length > maxWaiting) {
        counts.dropped += hotkeys.length;
        return;
      }
      counts.waiting += hotkeys.length;
      line.push({ number: open.number, hotkeys, dueMs: clock.monotonicMs() + delayMs });
      // What was taken from the front is let go now and then, not each time: that would move all the others.
      if (first > 1_024 && first * 2 > line.length) [line, first] = [line.slice(first), 0];
      pumping ??= pump();
    },
    counts: () => ({ ...counts }),
    async stop() {
      controller.abort(new Error("The validator was stopped."));
      await pumping;
      await Promise.all(inFlight);
      counts.dropped += counts.waiting;
      counts.waiting = 0;
    },
  };
}
