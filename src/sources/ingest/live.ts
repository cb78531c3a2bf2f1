import {
  type Clock,
  createHeap,
  errorText,
  type Logger,
  type Metrics,
  sleep as realSleep,
  SubnetError,
  silentMetrics,
} from "../../core/index.ts";
import type { ConversationEvent } from "../../schema.ts";
import type { Source } from "../source.ts";
import { createComing } from "./coming.ts";
import { EventRefusedError } from "./errors.ts";
import type { ConversationState, CutRecord, EventStore } from "./event-store.ts";
import type { IngestEvent } from "./events.ts";
import { charsOf, conversationEvents, createHeld, type Held, hold, nextCut, stopAsking, takeCut } from "./held.ts";
import { assertLiveOptions, LIVE_DEFAULTS, type LiveOptions } from "./live-options.ts";
import { followLive } from "./metrics.ts";
import { restore } from "./resume.ts";

/** Live things of live conversations. */
export interface LiveModules {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly sleep?: typeof realSleep;
}

/** What became of one event. */
export type EventResult =
  | { readonly status: "accepted" | "duplicate" }
  | { readonly status: "refused"; readonly error: EventRefusedError };

/** What live conversations say of themselves. */
export interface LiveStatus {
  readonly open: number;
  readonly heldChars: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Stored, and too late to change a question. */
  readonly late: number;
  /** Landmarks that were heard of too late to be asked about. */
  readonly stale: number;
  /** Of conversations that were forgotten: taken, and not kept. */
  readonly forgotten: number;
}

/** Events in, conversations out; see {@link openLive}. */
export interface Live {
  /** Settles after the COMMIT. One result an event, in their order. */
  accept(source: string, events: readonly IngestEvent[]): Promise<EventResult[]>;
  /** For one validator: a second iteration at the same time is refused. */
  readonly source: Source;
  status(): LiveStatus;
}

interface Look {
  readonly atMs: number;
  readonly held: Held;
}

/** Nobody's conversation: its event moves the desk's clock and nothing else. */
const CLOCK_ID = "(clock)";
const TICK_MS = 1_000;
const ALIVE_MS = 10_000;
const CUTS_AT_ONCE = 256;
/** Conversations remembered after they were let go: an event of theirs may have been on its way into the store. */
const MAX_GONE = 10_000;

/**
 * Live conversations: events are stored, put into the order of their own clock, held until the next landmark is complete, and then
 * given out. What arrives after that is recorded and changes no question. After a restart all that was given out of conversations
 * that are still open is given out again, the same, and then it goes on.
 *
 * The validator's clock moves with the machine's, `latenessSeconds` behind; no sender can move it.
 *
 * @throws {InvalidArgumentError} naming the option.
 * @example
 * const live = openLive({ landmarks: [{ messages: 4 }] }, { store: createEventStore({ store, clock, random }), clock, logger });
 * await live.accept("shop", [event]); // [{ status: "accepted" }]
 * for await (const event of live.source.events(signal)) event.type; // "opened"
 */
export function openLive(
  options: LiveOptions,
  { store, clock, logger, metrics = silentMetrics, sleep = realSleep }: LiveModules,
): Live {
  const all = { ...LIVE_DEFAULTS, ...options };
  assertLiveOptions(all);
  const counts = { accepted: 0, duplicates: 0, refused: 0, late: 0, stale: 0, forgotten: 0 };
  const lag = followLive(metrics, () => ({ ...counts, open: open.size, heldChars }));
  const looks = createHeap<Look>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.held.state.id < b.held.state.id));
  const resumed = restore(store, { ...all, nowMs: clock.nowMs() });
  const { held: open } = resumed;
  if (resumed.awaySeconds !== null) {
    logger.warn("This validator was away; conversations that were open then are void unless their outcome comes", {
      seconds: Math.round(resumed.awaySeconds),
      open: open.size,
    });
  }
  const gone = new Set<string>();
  let heldChars = 0;
  /** Conversations that are being stored: they count before they are there. */
  let arriving = 0;
  const coming = createComing();
  let lastCut = resumed.lastCut;
  let watermarkMs = Number.NEGATIVE_INFINITY;
  let replaying = false;
  let following = false;

  const charsIn = (held: Held) => held.pending.reduce((sum, event) => sum + charsOf(event), 0);
  const look = (held: Held) => {
    const next = nextCut(held, all);
    if (next === null || (held.lookAtMs !== null && held.lookAtMs <= next.momentMs)) return;
    held.lookAtMs = next.momentMs;
    looks.push({ atMs: next.momentMs, held });
  };
  for (const held of open.values()) {
    heldChars += charsIn(held);
    look(held);
  }

  const refuse = (code: EventRefusedError["code"], problem: string, field: string | null, wait: number | null = null) =>
    new EventRefusedError({ code, problem, field, retryAfterSeconds: wait });
  const outOfTime = ({ atMs }: IngestEvent): EventRefusedError | null => {
    const aheadSeconds = (atMs - clock.nowMs()) / 1_000;
    if (aheadSeconds > all.maxFutureSeconds) {
      return refuse("EVENT_OUT_OF_TIME", `at: is more than ${all.maxFutureSeconds} s ahead of this clock`, "at");
    }
    if (-aheadSeconds <= all.maxAgeSeconds) return null;
    return refuse("EVENT_OUT_OF_TIME", `at: is more than ${all.maxAgeSeconds} s old`, "at");
  };
  /** Asked inside of the transaction, of events that are new. */
  const judge = (id: string, event: IngestEvent, conversation: ConversationState | null): EventRefusedError | null => {
    const full = (what: string) => refuse("CONVERSATION_FULL", `it has ${what} already`, "conversation_id");
    const held = open.get(id);
    if (event.type === "message") {
      if ((held?.received ?? 0) + coming.messages(id) >= all.maxMessages) return full(`${all.maxMessages} messages`);
    } else {
      // Other events are held as well; so many of them that an outcome has its place beside all messages and entities.
      const most = all.maxMessages * (event.type === "entity" ? 2 : 4);
      const waiting = (held?.pending.length ?? 0) + coming.all(id);
      if (waiting >= most) return full(`${most} events that wait`);
    }
    if (conversation === null) {
      if (open.size + arriving >= all.maxOpen) {
        return refuse("TOO_MANY_CONVERSATIONS", "too many conversations are open", "conversation_id", 60);
      }
      arriving += 1;
      return null;
    }
    return null;
  };
  /** Where it is held now; null = it came too late. */
  const takeIn = (event: IngestEvent, conversation: ConversationState): Held | null => {
    counts.accepted += 1;
    lag((clock.nowMs() - event.atMs) / 1_000);
    let held = open.get(conversation.id);
    if (held === undefined && conversation.stage !== "done" && !gone.has(conversation.id)) {
      held = createHeld(conversation);
      open.set(conversation.id, held);
    }
    if (held === undefined || !hold(held, event)) {
      counts.late += 1;
      return null;
    }
    heldChars += charsOf(event);
    return held;
  };

  /** Of a conversation that was forgotten. It is let go with its next cut. */
  const dropTexts = (held: Held | undefined) => {
    if (held === undefined) return;
    heldChars -= charsIn(held);
    held.pending = [];
  };

  const accept = async (source: string, events: readonly IngestEvent[]): Promise<EventResult[]> => {
    if (store.waiting >= all.maxWaiting || heldChars >= all.maxHeldChars) {
      throw refuse("OVERLOADED", "too much is waiting here", null, 1);
    }
    const errors = events.map(outOfTime);
    const good = events.filter((_, i) => errors[i] === null);
    let reserved = 0;
    const brought = coming.begin();
    const added = await store
      .add(source, good, {
        known: (id) => open.get(id)?.state,
        refusal(event, conversation) {
          const before = arriving;
          const error = judge(`${source}/${event.conversationId}`, event, conversation);
          reserved += arriving - before;
          return error;
        },
        written: (event, id) => brought.add(id, event),
      })
      .finally(() => {
        arriving -= reserved;
        brought.end();
      });
    const stored = added.values();
    const changed = new Set<Held>();
    const results = events.map((event, i): EventResult => {
      const one = errors[i] ? { type: "refused" as const, error: errors[i] } : stored.next().value;
      if (one?.type === "new") {
        const held = takeIn(event, one.conversation);
        if (held !== null) changed.add(held);
        return { status: "accepted" };
      }
      if (one?.type === "forgotten") {
        counts.forgotten += 1;
        dropTexts(open.get(one.conversation));
        return { status: "accepted" };
      }
      if (one?.type === "known") {
        counts.duplicates += 1;
        return { status: "duplicate" };
      }
      counts.refused += 1;
      if (one?.type === "refused") return { status: "refused", error: one.error };
      return { status: "refused", error: refuse("EVENT_CONFLICT", "id: was used for another event", "id") };
    });
    // Once for each, not for each event: a look goes through all that is held.
    for (const held of changed) look(held);
    return results;
  };

  interface Due extends CutRecord {
    readonly held: Held;
    readonly opens: boolean;
    readonly why: "landmark" | "outcome" | "end";
    readonly momentMs: number;
  }
  /** Cuts that are complete by now, the earliest first. */
  const takeDue = (): Due[] => {
    const due: Due[] = [];
    for (
      let first = looks.peek();
      first && first.atMs <= watermarkMs && due.length < CUTS_AT_ONCE;
      first = looks.peek()
    ) {
      looks.pop();
      const { held } = first;
      if (held.lookAtMs !== first.atMs) continue;
      held.lookAtMs = null;
      const next = nextCut(held, all);
      if (next !== null && next.momentMs <= watermarkMs) {
        const before = charsIn(held);
        if (next.why === "landmark" && watermarkMs - next.momentMs > all.staleSeconds * 1_000) {
          counts.stale += 1;
          stopAsking(held);
          if (held.firstMs === null) held.state = { ...held.state, stage: "done" };
          due.push({ ...next, held, opens: false, cut: 0, state: held.state, events: [] });
        } else {
          const opens = held.state.boundaryMs === null;
          const events = takeCut(held, next, all);
          lastCut += 1;
          due.push({ ...next, held, opens, cut: lastCut, state: held.state, events });
        }
        heldChars += charsIn(held) - before;
      }
      look(held);
    }
    return due;
  };

  const tick = (atMs: number): ConversationEvent => ({
    conversationId: CLOCK_ID,
    atSeconds: atMs / 1_000,
    type: "closed",
  });
  function* eventsOf({
    held,
    state,
    events,
    opens,
    why,
    momentMs,
  }: Due): Generator<ConversationEvent, void, undefined> {
    if (why !== "end") {
      if (events.length > 0) yield* conversationEvents({ ...held, state }, events, opens);
      return;
    }
    const atSeconds = momentMs / 1_000;
    if (state.away) yield { conversationId: state.id, atSeconds, type: "lost", reason: "the validator was away" };
    // The desk lets go of what is due strictly before an event.
    else yield tick(momentMs + 1);
  }

  /** In the place of its events: what was asked about it is void, and nothing more is. */
  function* forgottenEvents({ held, momentMs }: Due): Generator<ConversationEvent, void, undefined> {
    dropTexts(held);
    held.state = { ...held.state, stage: "done" };
    const reason = "the conversation was forgotten";
    yield { conversationId: held.state.id, atSeconds: momentMs / 1_000, type: "lost", reason };
  }

  /** The last of them was taken: they are let go. */
  const finish = async (states: readonly ConversationState[]) => {
    const over = states.filter(({ stage }) => stage === "done").map(({ id }) => id);
    if (over.length === 0) return;
    await store.finish(over);
    for (const id of over) {
      open.delete(id);
      gone.add(id);
      if (gone.size > MAX_GONE) gone.delete(gone.values().next().value ?? "");
    }
  };

  async function* follow(signal: AbortSignal): AsyncGenerator<ConversationEvent, void, undefined> {
    replaying = true;
    for (const event of resumed.events()) {
      yield event;
      if (signal.aborted) return;
    }
    replaying = false;
    await finish([...open.values()].map(({ state }) => state));
    let tickedMs = Number.NEGATIVE_INFINITY;
    let aliveMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      // It never goes back, whatever the machine's clock does.
      watermarkMs = Math.max(watermarkMs, clock.nowMs() - all.latenessSeconds * 1_000);
      if (clock.monotonicMs() - aliveMs >= ALIVE_MS) {
        aliveMs = clock.monotonicMs();
        await store.alive(clock.nowMs());
      }
      const due = takeDue();
      if (due.length > 0) {
        // First written down, then given out: after a kill in between the same is given out again.
        const forgotten = await store.recordCuts(due);
        for (const one of due) {
          for (const event of forgotten.has(one.state.id) ? forgottenEvents(one) : eventsOf(one)) {
            yield event;
            if (signal.aborted) return;
          }
        }
        await finish(due.map(({ state, held }) => (forgotten.has(state.id) ? held.state : state)));
        if (due.length === CUTS_AT_ONCE) continue;
      }
      if (watermarkMs - tickedMs >= TICK_MS) {
        tickedMs = watermarkMs;
        yield tick(watermarkMs);
      }
      await sleep(all.pollMs, { signal }).catch(() => undefined);
    }
  }

  const source: Source = {
    name: all.name,
    get replaying() {
      return replaying;
    },
    async *events(signal) {
      if (following) throw new SubnetError("These conversations are followed already.", { code: "ALREADY_FOLLOWED" });
      following = true;
      try {
        yield* follow(signal);
      } catch (error) {
        logger.error("Live conversations broke off", { error: errorText(error) });
        throw error;
      } finally {
        following = false;
      }
    },
  };
  return {
    accept,
    source,
    status: () => ({ open: open.size, heldChars, ...counts }),
  };
}
