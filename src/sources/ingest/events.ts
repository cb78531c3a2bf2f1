import { z } from "zod";
import { type Entity, firstIssue, type Role } from "../../schema.ts";
import { EventRefusedError } from "./errors.ts";
import { quickEvent } from "./quick-event.ts";

/** How large an event may be; see {@link parseEvent}. */
export const EVENT_LIMITS = {
  /** UTF-16 code units of an event's, a conversation's or a source's name. */
  idLength: 128,
  textLength: 16_384,
  entities: 64,
  entityTypeLength: 64,
  entityValueLength: 512,
  /** Events of one request. */
  batch: 500,
  /** Since 1970: the year 5138. */
  latestSeconds: 1e11,
} as const;

/** Something that happened in a conversation, as a platform reports it. */
export type IngestEvent = {
  /** Chosen by the sender, and the same when it sends again: what makes sending twice harmless. */
  readonly id: string;
  readonly conversationId: string;
  /** When it happened, by the sender's clock: milliseconds since 1970. */
  readonly atMs: number;
  /** Tells events of the same moment apart; null = by their ids. */
  readonly sequence: number | null;
} & (
  | {
      readonly type: "message";
      readonly role: Role;
      readonly text: string;
      readonly entities: readonly Entity[] | null;
    }
  | { readonly type: "entity"; readonly entity: Entity }
  | { readonly type: "converted" }
  | { readonly type: "closed"; readonly outcome: "not_converted" | "unknown" }
);

/** Nothing that a terminal or a log would take for an order, and no half of a surrogate pair. */
const READABLE = /^[^\p{C}]+$/u;
const id = z.string().min(1).max(EVENT_LIMITS.idLength).regex(READABLE, "must not hold control characters");
const text = z.string().max(EVENT_LIMITS.textLength);
const at = z.union([z.iso.datetime({ offset: true }), z.number().min(0).max(EVENT_LIMITS.latestSeconds)], {
  error: "must be an ISO 8601 date with an offset, or seconds since 1970",
});
const entity = z.strictObject({
  type: z.string().min(1).max(EVENT_LIMITS.entityTypeLength).regex(READABLE, "must not hold control characters"),
  value: z.string().max(EVENT_LIMITS.entityValueLength),
  confidence: z.number().min(0).max(1).optional(),
});
const common = { id, conversation_id: id, at, sequence: z.int().min(0).optional() };
const wire = z.discriminatedUnion("type", [
  z.strictObject({
    ...common,
    type: z.literal("message"),
    role: z.enum(["user", "agent"]),
    text,
    entities: z.array(entity).max(EVENT_LIMITS.entities).optional(),
  }),
  z.strictObject({ ...common, type: z.literal("entity"), entity }),
  z.strictObject({ ...common, type: z.literal("converted") }),
  z.strictObject({ ...common, type: z.literal("closed"), outcome: z.enum(["not_converted", "unknown"]).optional() }),
]);
type Wire = z.infer<typeof wire>;

const msOf = (when: string | number) => (typeof when === "string" ? Date.parse(when) : Math.round(when * 1_000));

function fromWire(event: Wire): IngestEvent {
  const base = {
    id: event.id,
    conversationId: event.conversation_id,
    atMs: msOf(event.at),
    sequence: event.sequence ?? null,
  };
  switch (event.type) {
    case "message":
      return { ...base, type: "message", role: event.role, text: event.text, entities: event.entities ?? null };
    case "entity":
      return { ...base, type: "entity", entity: event.entity };
    case "closed":
      return { ...base, type: "closed", outcome: event.outcome ?? "not_converted" };
    default:
      return { ...base, type: "converted" };
  }
}

/**
 * The door for an event: one JSON object, with no field that is not known.
 *
 * @throws {EventRefusedError} naming the field.
 * @example
 * parseEvent({ id: "e1", type: "converted", conversation_id: "c1", at: "2026-11-26T10:00:00Z" }).atMs; // 1795687200000
 */
export function parseEvent(value: unknown): IngestEvent {
  return quickEvent(value) ?? parseSlowly(value);
}

/** The same by the schema alone. */
export function parseSlowly(value: unknown): IngestEvent {
  const event = wire.safeParse(value);
  if (event.success) return fromWire(event.data);
  const { field, problem } = firstIssue(event.error);
  throw new EventRefusedError({ code: "BAD_EVENT", problem: `${field}: ${problem}`, field });
}

/**
 * What is kept of an event, and sent from process to process: the same content gives the same text, however its JSON was written.
 *
 * @example
 * bodyOf({ id: "e1", conversationId: "c1", atMs: 0, sequence: null, type: "converted" }).length; // 77
 */
export function bodyOf(event: IngestEvent): string {
  const { id: eventId, conversationId, atMs, sequence, type } = event;
  if (event.type === "message") {
    const { role, text: said, entities: list } = event;
    const entities = list === null ? null : list.map(inOrder);
    // The one that is many: written out, it costs half of what a spread does.
    return JSON.stringify({ id: eventId, conversationId, atMs, sequence, type, role, text: said, entities });
  }
  const base = { id: eventId, conversationId, atMs, sequence, type };
  switch (event.type) {
    case "entity":
      return JSON.stringify({ ...base, entity: inOrder(event.entity) });
    case "closed":
      return JSON.stringify({ ...base, outcome: event.outcome });
    default:
      return JSON.stringify(base);
  }
}
const inOrder = ({ type, value, confidence }: Entity) => ({ type, value, confidence });

/**
 * The reverse of {@link bodyOf}: our own words, written by a version that may have been an earlier one.
 *
 * @throws {SyntaxError} for what is no JSON; zod's error for what is no event.
 * @example
 * eventOfBody(bodyOf(event)); // the event
 */
export function eventOfBody(body: string): IngestEvent {
  return storedEvent.parse(JSON.parse(body));
}
const storedBase = { id: z.string(), conversationId: z.string(), atMs: z.number(), sequence: z.number().nullable() };
const storedEntity = z.object({ type: z.string(), value: z.string(), confidence: z.number().optional() });
const storedEvent = z.discriminatedUnion("type", [
  z.object({
    ...storedBase,
    type: z.literal("message"),
    role: z.enum(["user", "agent"]),
    text: z.string(),
    entities: z.array(storedEntity).nullable(),
  }),
  z.object({ ...storedBase, type: z.literal("entity"), entity: storedEntity }),
  z.object({ ...storedBase, type: z.literal("converted") }),
  z.object({ ...storedBase, type: z.literal("closed"), outcome: z.enum(["not_converted", "unknown"]) }),
]);

const RANK = { message: 0, entity: 1, converted: 2, closed: 3 } as const;

/** Event time; what was said before what came of it; the sender's own numbers; ids. The order of arrival has no part in it. */
export function compareEvents(a: IngestEvent, b: IngestEvent): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.type !== b.type) return RANK[a.type] - RANK[b.type];
  if (a.sequence !== b.sequence) return (a.sequence ?? -1) - (b.sequence ?? -1);
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
