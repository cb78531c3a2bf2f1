import { type ConversationEvent, type Entity, type Landmarks, landmarksOf } from "../../schema.ts";
import type { ConversationState } from "./event-store.ts";
import { compareEvents, type IngestEvent } from "./events.ts";

/** What tells when a conversation is cut. */
export interface CutOptions extends Landmarks {
  /** Seconds after the first message. */
  readonly horizonSeconds: number;
  /** How long after the horizon a conversion before it may still be reported. */
  readonly outcomeDelaySeconds: number;
}

/**
 * A conversation under way. What came is held in the order of its own clock until a landmark is complete: only then can an
 * event that is late no longer be put right.
 */
export interface Held {
  state: ConversationState;
  /** Not given out yet, in order. */
  pending: IngestEvent[];
  /** Moment of the first message given out; null = none was. */
  firstMs: number | null;
  /** Messages given out. */
  messages: number;
  /** Messages that came, however late. */
  received: number;
  /** Over by its own account; a conversion may still be reported. */
  closed: boolean;
  /** When it is looked at next; the heap's entry with another moment is stale. */
  lookAtMs: number | null;
}

export function createHeld(state: ConversationState): Held {
  return { state, pending: [], firstMs: null, messages: 0, received: 0, closed: false, lookAtMs: null };
}

const isOutcome = ({ type }: IngestEvent) => type === "converted" || type === "closed";

const entityChars = ({ type, value }: Entity) => type.length + value.length;

/** How much text an event holds in memory. */
export function charsOf(event: IngestEvent): number {
  if (event.type === "entity") return entityChars(event.entity);
  if (event.type !== "message") return 0;
  return (event.entities ?? []).reduce((sum, entity) => sum + entityChars(entity), event.text.length);
}

/** Takes an event that was stored. False = it came too late to change anything, and is not kept here. */
export function hold(held: Held, event: IngestEvent): boolean {
  const { stage, boundaryMs } = held.state;
  if (event.type === "message") held.received += 1;
  if (stage === "done") return false;
  if (!isOutcome(event)) {
    if (stage !== "asking" || (boundaryMs !== null && event.atMs <= boundaryMs)) return false;
  } else if (event.type === "closed" && held.closed) return false;
  let at = held.pending.length;
  while (at > 0 && compareEvents(held.pending[at - 1] ?? event, event) > 0) at -= 1;
  held.pending.splice(at, 0, event);
  return true;
}

/** Moment of the first message, as far as is known. */
const firstMessageMs = ({ firstMs, pending }: Held): number | null =>
  firstMs ?? pending.find(({ type }) => type === "message")?.atMs ?? null;

/** After it nothing is heard of the conversation. */
export function endMs(held: Held, { horizonSeconds, outcomeDelaySeconds }: CutOptions): number {
  const start = firstMessageMs(held) ?? held.pending[0]?.atMs ?? held.state.openedAtMs;
  return start + (horizonSeconds + outcomeDelaySeconds) * 1_000;
}

/** Where a conversation is cut next, and why. */
export interface NextCut {
  readonly momentMs: number;
  readonly why: "landmark" | "outcome" | "end";
}

/** The next moment up to which the conversation is given out: a landmark, an outcome, or the end of waiting. */
export function nextCut(held: Held, options: CutOptions): NextCut | null {
  const { state, pending, messages } = held;
  if (state.stage === "done") return null;
  let best: NextCut = { momentMs: endMs(held, options), why: "end" };
  const consider = (momentMs: number, why: NextCut["why"]) => {
    if (momentMs < best.momentMs || (momentMs === best.momentMs && best.why === "end")) best = { momentMs, why };
  };
  const outcome = pending.find(isOutcome);
  if (outcome !== undefined) consider(Math.max(outcome.atMs, state.boundaryMs ?? outcome.atMs), "outcome");
  if (state.stage !== "asking") return best;
  const first = firstMessageMs(held);
  const waiting = pending.filter(({ type }) => type === "message");
  for (const landmark of landmarksOf(options, state.source)) {
    if ("messages" in landmark) {
      const last = waiting[landmark.messages - messages - 1];
      if (landmark.messages > messages && last !== undefined) consider(last.atMs, "landmark");
    } else if (first !== null && landmark.seconds < options.horizonSeconds) {
      const momentMs = first + landmark.seconds * 1_000;
      if (state.boundaryMs === null || momentMs > state.boundaryMs) consider(momentMs, "landmark");
    }
  }
  return best;
}

/** Whether a landmark is still to come; when none is, what is said is of no interest any more. */
function asksAgain(held: Held, options: CutOptions): boolean {
  const { horizonSeconds } = options;
  const { firstMs, messages, state } = held;
  return landmarksOf(options, state.source).some((landmark) => {
    if ("messages" in landmark) return landmark.messages > messages;
    if (landmark.seconds >= horizonSeconds) return false;
    return firstMs === null || state.boundaryMs === null || firstMs + landmark.seconds * 1_000 > state.boundaryMs;
  });
}

/** Takes out what belongs to the cut, in order, and moves the boundary. */
export function takeCut(held: Held, { momentMs, why }: NextCut, options: CutOptions): IngestEvent[] {
  const count = held.pending.findIndex(({ atMs }) => atMs > momentMs);
  const events = held.pending.splice(0, count === -1 ? held.pending.length : count);
  advance(held, events, Math.max(momentMs, held.state.boundaryMs ?? momentMs), options);
  if (why === "end") held.state = { ...held.state, stage: "done" };
  return events;
}

/** Moves on by events that were given out, now or before a restart. */
export function advance(held: Held, events: readonly IngestEvent[], boundaryMs: number, options: CutOptions): void {
  for (const { type, atMs } of events) {
    if (type === "closed") held.closed = true;
    if (type !== "message") continue;
    held.firstMs ??= atMs;
    held.messages += 1;
  }
  held.state = { ...held.state, boundaryMs };
  const converted = events.some(({ type }) => type === "converted");
  const over = converted || (held.closed && options.outcomeDelaySeconds === 0) || isVoid(events);
  if (over) held.state = { ...held.state, stage: "done" };
  else if (held.state.stage === "asking" && (held.closed || !asksAgain(held, options))) stopAsking(held);
}

const isVoid = (events: readonly IngestEvent[]) =>
  events.some((event) => event.type === "closed" && event.outcome === "unknown");

/** From now on only the outcome counts: nothing that was said is kept. */
export function stopAsking(held: Held): void {
  held.state = { ...held.state, stage: "waiting" };
  held.pending = held.pending.filter(isOutcome);
}

/**
 * An entity belongs to the user's last message before it. When that was given out in an earlier cut it goes to the next one of this
 * cut: what an agent learned between two landmarks counts from the second on, never at the first.
 */
function entitiesOf(events: readonly IngestEvent[]): ReadonlyMap<string, readonly Entity[]> {
  const found = new Map<string, Entity[]>();
  let homeless: Entity[] = [];
  let owner: string | null = null;
  const add = (id: string, more: readonly Entity[]) => {
    found.set(id, [...(found.get(id) ?? []), ...more]);
  };
  for (const event of events) {
    if (event.type === "message" && event.role === "user") {
      owner = event.id;
      if (homeless.length > 0) add(owner, homeless);
      homeless = [];
    }
    if (event.type !== "entity") continue;
    if (owner === null) homeless.push(event.entity);
    else add(owner, [event.entity]);
  }
  return found;
}

/** A cut in the validator's words. The clock of these events is the platforms': seconds since 1970. */
export function* conversationEvents(
  held: Pick<Held, "state" | "firstMs">,
  events: readonly IngestEvent[],
  opens: boolean,
): Generator<ConversationEvent, void, undefined> {
  const { id: conversationId, source } = held.state;
  const startMs = held.firstMs ?? events[0]?.atMs ?? held.state.openedAtMs;
  if (opens) {
    const startedAt = new Date(startMs).toISOString();
    yield { conversationId, atSeconds: startMs / 1_000, type: "opened", source, startedAt };
  }
  const given = entitiesOf(events);
  for (const event of events) {
    const { type, atMs } = event;
    const base = { conversationId, atSeconds: atMs / 1_000 };
    const sinceStart = (atMs - startMs) / 1_000;
    if (type === "message") {
      const more = given.get(event.id);
      const entities =
        event.entities === null && more === undefined ? null : [...(event.entities ?? []), ...(more ?? [])];
      const { role, text } = event;
      const message = { role, text, atSeconds: sinceStart, ...(entities !== null && { entities }) };
      yield { ...base, type: "message", message };
      continue;
    }
    const toldBy = `event ${event.id}`;
    if (type === "converted") yield { ...base, type, timeSeconds: sinceStart, toldBy };
    else if (type === "closed" && event.outcome === "unknown") {
      yield { ...base, type: "lost", reason: "closed with an unknown outcome", toldBy };
    } else if (type === "closed") yield { ...base, type, toldBy };
  }
  if (events.some(({ type }) => type === "converted")) {
    yield { conversationId, atSeconds: (events.at(-1)?.atMs ?? startMs) / 1_000, type: "closed" };
  }
}
