/**
 * Rasa's events as its event broker publishes them and its tracker store keeps them, after its documentation:
 * https://rasa.com/docs/rasa/event-brokers (version 3.x) and https://www.rasa.com/docs/reference/primitives/events.md. Read on
 * 26 November 2026. A small consumer of the broker posts each event here, or a whole tracker; Rasa signs nothing, so
 * it has to hold the API key.
 */
import { z } from "zod";
import type { Entity } from "../../schema.ts";
import { EVENT_LIMITS, type IngestEvent } from "../ingest/events.ts";
import { type Adapter, CONVERSION, cutText, door, idOf, notKnown, seconds } from "./adapter.ts";

const found = z.object({
  entity: z.string(),
  value: z.unknown().optional(),
  confidence_entity: z.number().nullish(),
  confidence: z.number().nullish(),
});
const event = z.object({
  event: z.string(),
  timestamp: seconds.nullish(),
  sender_id: z.string().nullish(),
  text: z.string().nullish(),
  message_id: z.string().nullish(),
  parse_data: z.object({ entities: z.array(found).nullish() }).nullish(),
  name: z.string().nullish(),
  value: z.unknown().optional(),
});
const tracker = z.object({ sender_id: z.string(), events: z.array(z.unknown()).max(EVENT_LIMITS.batch) });
type RasaEvent = z.infer<typeof event>;

const within = (confidence: number | null | undefined) =>
  confidence === null || confidence === undefined ? {} : { confidence: Math.min(1, Math.max(0, confidence)) };
const printed = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** What its NLU found takes the place of our own finder; where it found nothing, that is what it says. */
function entitiesOf({ parse_data }: RasaEvent): Entity[] | null {
  if (!parse_data?.entities) return null;
  return parse_data.entities
    .slice(0, EVENT_LIMITS.entities)
    .map(({ entity, value, confidence_entity, confidence }) => ({
      type: entity.slice(0, EVENT_LIMITS.entityTypeLength).replace(/\p{C}/gu, "") || "entity",
      value: cutText(printed(value), EVENT_LIMITS.entityValueLength),
      ...within(confidence_entity ?? confidence),
    }));
}

/** A slot that says yes, in any of the ways in which a slot does. */
const isYes = (value: unknown) =>
  value !== null && value !== undefined && value !== false && value !== 0 && value !== "";

function eventsOf(one: RasaEvent, sender: string, slot: string): IngestEvent[] {
  const { event: kind, timestamp, text, message_id, name, value } = one;
  const wanted = kind === "user" || kind === "bot" || kind === "restart" || (kind === "slot" && name === slot);
  if (!wanted) return [];
  if (timestamp === null || timestamp === undefined) throw notKnown("timestamp", "must be there");
  const base = { conversationId: idOf(sender), atMs: timestamp, sequence: null };
  if (kind === "restart") {
    return [{ ...base, type: "closed", id: idOf("restart", sender, timestamp), outcome: "not_converted" }];
  }
  if (kind === "slot") return isYes(value) ? [{ ...base, type: "converted", id: idOf("converted", sender) }] : [];
  // A bot's picture, or a user's press of nothing, is no text.
  const said = { text: cutText(text ?? ""), entities: kind === "user" ? entitiesOf(one) : null };
  const id = idOf(kind, sender, message_id ?? timestamp);
  return [{ ...base, ...said, type: "message", id, role: kind === "user" ? "user" : "agent" }];
}

/** Events of Rasa's broker, or a whole tracker: the slot `converted` is the conversion. */
export const rasa: Adapter = {
  name: "rasa",
  signature: null,
  events(payload, { conversion = CONVERSION }) {
    const whole = typeof payload === "object" && payload !== null && "events" in payload;
    if (!whole) {
      const one = door(event, payload);
      const { sender_id: sender } = one;
      if (!sender) throw notKnown("sender_id", "must be there");
      return eventsOf(one, sender, conversion);
    }
    const { sender_id: sender, events } = door(tracker, payload);
    return events.flatMap((value, i) => eventsOf(door(event, value, `events.${i}.`), sender, conversion));
  },
};
