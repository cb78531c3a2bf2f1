import { z } from "zod";
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
  /** Not tried: the miner takes none, could not be reached of late, or is not known. */
  readonly skipped: number;
  /** Not tried: too many were waiting. */
  readonly dropped: number;
  /** Kept for the next run when this one was stopped. */
  readonly kept: number;
  readonly waiting: number;
}

/** Tells miners what became of their answers, best-effort; see {@link createFeedbackSender}. */
export interface FeedbackSender {
  /** A client that does what the given one does, and notes where miners are. */
  following(client: Client): Client;
  /** A question was scored: at once, without waiting for anything. */
  settled(settled: { readonly open: Pick<OpenQuestion, "number">; readonly scores: ReadonlyMap<string, Score> }): void;
  /** Takes up what waited when the last run was stopped: it is sent as if it had been scored now. */
  resume(): Promise<void>;
  counts(): FeedbackSenderCounts;
  /** Ends what is under way; that and what is waiting is kept for the next run, in the history. */
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
  /** Messages that may wait, in all and for one miner once they are due; further ones are dropped. */
  readonly maxWaiting?: number;
  readonly maxWaitingPerMiner?: number;
  /** On the way at once, to all miners and to one. */
  readonly maxInFlight?: number;
  readonly maxInFlightPerMiner?: number;
}

/** How long a miner is left alone that takes no feedback, and one that could not be reached. */
const NO_DOOR_MS = 600_000;
const UNREACHABLE_MS = 60_000;
const MAX_PEERS = 4_096;
/** Where what waits is kept, in the history. */
const KEPT = "feedback that waits";
const keptDoor = z.array(z.tuple([z.int(), z.array(z.string())]));
/** Questions whose record is at hand: a question's miners are told one after another. */
const MAX_RECORDS = 32;

/** Places, given in the order of asking. */
function createPlaces(count: number) {
  let free = count;
  const asking: (() => void)[] = [];
  return {
    enter: () =>
      new Promise<void>((resolve) => {
        if (free === 0) asking.push(resolve);
        else {
          free -= 1;
          resolve();
        }
      }),
    leave() {
      const next = asking.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}

/** The messages for one miner: a slow one holds up only its own. */
interface Lane {
  readonly numbers: number[];
  running: number;
}

/**
 * Sends feedback after scoring, apart from it: scoring only puts a number into a line. One message a scored answer, signed, once, with a
 * deadline and no second try; a miner that does not want it or cannot take it costs one attempt in a while.
 *
 * @example
 * const sender = createFeedbackSender({ delayMs: 13_000 }, { history, signer, clock: systemClock, logger });
 * sender.counts().sent; // 0
 */
export function createFeedbackSender(
  {
    delayMs,
    timeoutMs = 3_000,
    maxWaiting = 10_000,
    maxWaitingPerMiner = 256,
    maxInFlight = 64,
    maxInFlightPerMiner = 4,
  }: FeedbackSenderOptions,
  {
    history,
    signer,
    clock,
    logger,
    send = sendFeedback,
  }: {
    readonly history: Pick<HistoryStore, "question" | "value" | "setValue">;
    readonly signer: Signer;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly send?: typeof sendFeedback;
  },
): FeedbackSender {
  const counts = { sent: 0, known: 0, failed: 0, skipped: 0, dropped: 0, kept: 0, waiting: 0 };
  const controller = createAbortController();
  const { signal } = controller;
  const peers = new Map<string, Peer>();
  const quietUntilMs = new Map<string, number>();
  const lanes = new Map<string, Lane>();
  const places = createPlaces(maxInFlight);
  const records = new Map<number, Promise<ReturnType<typeof feedbackOf>>>();
  const running = new Set<Promise<void>>();
  let line: { readonly number: number; readonly hotkeys: readonly string[]; readonly dueMs: number }[] = [];
  let first = 0;
  let isPumping = false;
  let pumping: Promise<void> = Promise.resolve();

  /** What was not told when we were stopped, by question. */
  const untold = new Map<number, string[]>();
  const keep = (number: number, ...hotkeys: string[]) =>
    void untold.set(number, [...(untold.get(number) ?? []), ...hotkeys]);

  const note = (hotkey: string, number: number, result: FeedbackResult) => {
    if (result.ok) {
      counts.sent += 1;
      if (!result.stored) counts.known += 1;
      return;
    }
    if (result.reason === "aborted") return keep(number, hotkey);
    counts.failed += 1;
    const { reason, status, message } = result;
    const noDoor = status === 404 || status === 405;
    if (noDoor || reason !== "refused")
      quietUntilMs.set(hotkey, clock.monotonicMs() + (noDoor ? NO_DOOR_MS : UNREACHABLE_MS));
    logger.debug("Feedback was not taken", { hotkey, reason, status, problem: message });
  };

  /** What one question's miners are told; read once for all of them. */
  const messagesOf = (number: number): Promise<ReturnType<typeof feedbackOf>> => {
    const found = records.get(number);
    if (found !== undefined) return found;
    const reading = history.question(number).then((record) => (record === undefined ? () => null : feedbackOf(record)));
    records.set(number, reading);
    for (const oldest of records.keys()) if (records.size > MAX_RECORDS) records.delete(oldest);
    return reading;
  };
  const mayBeTold = (hotkey: string): Peer | undefined => {
    const quiet = (quietUntilMs.get(hotkey) ?? Number.NEGATIVE_INFINITY) > clock.monotonicMs();
    return quiet ? undefined : peers.get(hotkey);
  };
  const sendOne = async (peer: Peer, number: number) => {
    const message = (await messagesOf(number))(peer.hotkey);
    if (message === null) counts.skipped += 1;
    else note(peer.hotkey, number, await send(peer, message, { timeoutMs, signal }, { signer, clock }));
  };

  const runLane = async (hotkey: string, lane: Lane) => {
    for (let number = lane.numbers.shift(); number !== undefined; number = lane.numbers.shift()) {
      await places.enter();
      counts.waiting -= 1;
      try {
        const peer = mayBeTold(hotkey);
        if (signal.aborted) keep(number, hotkey);
        else if (peer === undefined) counts.skipped += 1;
        else await sendOne(peer, number);
      } catch (error) {
        counts.failed += 1;
        records.delete(number);
        logger.error("Feedback failed on our side", { hotkey, question: number, error: errorText(error) });
      } finally {
        places.leave();
      }
    }
    lane.running -= 1;
    if (lane.running === 0) lanes.delete(hotkey);
  };
  /** A message is due: it joins its miner's lane. */
  const enqueue = (number: number, hotkey: string) => {
    const lane = lanes.get(hotkey) ?? { numbers: [], running: 0 };
    if (lane.numbers.length >= maxWaitingPerMiner) {
      counts.waiting -= 1;
      counts.dropped += 1;
      return;
    }
    lanes.set(hotkey, lane);
    lane.numbers.push(number);
    if (lane.running >= maxInFlightPerMiner) return;
    lane.running += 1;
    const run: Promise<void> = runLane(hotkey, lane).finally(() => running.delete(run));
    running.add(run);
  };

  const pump = async () => {
    isPumping = true;
    for (let next = line[first]; next !== undefined && !signal.aborted; next = line[first]) {
      const waitMs = next.dueMs - clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      first += 1;
      for (const hotkey of next.hotkeys) enqueue(next.number, hotkey);
    }
    [line, first, isPumping] = [line.slice(first), 0, false];
  };

  const put = (number: number, hotkeys: readonly string[]) => {
    if (counts.waiting + hotkeys.length > maxWaiting) {
      counts.dropped += hotkeys.length;
      return;
    }
    counts.waiting += hotkeys.length;
    line.push({ number, hotkeys, dueMs: clock.monotonicMs() + delayMs });
    // What was taken from the front is let go now and then, not each time: that would move all the others.
    if (first > 1_024 && first * 2 > line.length) [line, first] = [line.slice(first), 0];
    if (!isPumping) pumping = pump();
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
      if (hotkeys.length > 0) put(open.number, hotkeys);
    },
    async resume() {
      const text = await history.value(KEPT);
      if (text === null) return;
      await history.setValue(KEPT, null);
      for (const [number, hotkeys] of keptDoor.parse(JSON.parse(text))) put(number, hotkeys);
    },
    counts: () => ({ ...counts }),
    async stop() {
      controller.abort(new Error("The validator was stopped."));
      await pumping;
      await Promise.all(running);
      for (const { number, hotkeys } of line.splice(0)) keep(number, ...hotkeys);
      const all = [...untold].reduce((sum, [, hotkeys]) => sum + hotkeys.length, 0);
      counts.waiting = 0;
      if (all === 0) return;
      try {
        await history.setValue(KEPT, JSON.stringify([...untold]));
        counts.kept += all;
      } catch (error) {
        counts.dropped += all;
        logger.error("Feedback that waits could not be kept", { messages: all, error: errorText(error) });
      }
      untold.clear();
    },
  };
}
