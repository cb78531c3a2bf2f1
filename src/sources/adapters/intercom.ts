/**
 * Intercom's webhook notifications, after its documentation: https://developers.intercom.com/docs/webhooks/webhook-notifications,
 * https://developers.intercom.com/docs/references/webhooks/webhook-models (topics and objects),
 * https://developers.intercom.com/docs/references/2.17/rest-api/api.intercom.io/models/conversation_part, and for the signature
 * https://developers.intercom.com/intercom-api-reference/v1.0/reference/signed-notifications. Read on 26 November 2026.
 */
import { z } from "zod";
import type { IngestEvent } from "../ingest/events.ts";
import { type Adapter, CONVERSION, cutText, door, idOf, notKnown, seconds, textOfHtml } from "./adapter.ts";

const reference = z.union([z.string().min(1), z.int()]);
const author = z.object({ type: z.string() });
const part = z.object({
  id: reference,
  part_type: z.string(),
  body: z.string().nullish(),
  created_at: seconds,
  author: author.nullish(),
});
const item = z.object({
  id: reference,
  created_at: seconds.nullish(),
  /** The first message, by its name since API 2.0 and before. */
  source: z.object({ id: reference.nullish(), body: z.string().nullish(), author: author.nullish() }).nullish(),
  conversation_message: z
    .object({ id: reference.nullish(), body: z.string().nullish(), author: author.nullish() })
    .nullish(),
  conversation_parts: z.object({ conversation_parts: z.array(part) }).nullish(),
  tags: z.object({ tags: z.array(z.object({ name: z.string() })) }).nullish(),
  tags_added: z.object({ tags: z.array(z.object({ name: z.string() })) }).nullish(),
});
const notification = z.object({
  type: z.literal("notification_event"),
  topic: z.string(),
  created_at: seconds.nullish(),
  data: z.object({ item: z.unknown().optional() }).nullish(),
});

type Item = z.infer<typeof item>;

const roleOf = (type: string | undefined) =>
  type === "user" || type === "lead" || type === "contact" ? "user" : "agent";
const numberOf = (id: string | number) => {
  const number = Number(id);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
};
/** Parts that somebody said; others say that it was assigned, snoozed, tagged. A comment may close a conversation by the way. */
const SAID: ReadonlySet<string> = new Set(["comment", "open", "close"]);

function messageEvents({ id, created_at, source, conversation_message, conversation_parts }: Item, opening: boolean) {
  const conversationId = idOf(id);
  const first = source ?? conversation_message;
  const events: IngestEvent[] = [];
  // It stands in every notification; only the one of the beginning tells that it is new.
  if (opening && first) {
    if (created_at === undefined || created_at === null) throw notKnown("data.item.created_at", "must be there");
    const text = cutText(textOfHtml(first.body ?? ""));
    const role = roleOf(first.author?.type);
    const base = { conversationId, atMs: created_at, sequence: 0, entities: null };
    events.push({ ...base, type: "message", id: idOf("source", id), role, text });
  }
  for (const { id: partId, part_type, body, created_at: at, author: by } of conversation_parts?.conversation_parts ??
    []) {
    const text = cutText(textOfHtml(body ?? ""));
    if (!SAID.has(part_type) || text === "") continue;
    const base = { conversationId, atMs: at, sequence: numberOf(partId), entities: null };
    events.push({ ...base, type: "message", id: idOf("part", partId), role: roleOf(by?.type), text });
  }
  return events;
}

const OPENING: ReadonlySet<string> = new Set(["conversation.user.created", "conversation.admin.single.created"]);
const REPLIES: ReadonlySet<string> = new Set([
  "conversation.user.replied",
  "conversation.admin.replied",
  "conversation.operator.replied",
]);
const TAGGED: ReadonlySet<string> = new Set(["conversation_part.tag.created", "conversation.contact.tag.created"]);

/** Intercom's notifications: the tag `converted` is the conversion. */
export const intercom: Adapter = {
  name: "intercom",
  // SHA-1 under a secret key still tells who signed; it signs no time, so a copy is known by the ids in it alone.
  signature: { header: "x-hub-signature", timestampHeader: null, algorithm: "sha1", prefix: "sha1=" },
  events(payload, { conversion = CONVERSION }) {
    const { topic, created_at, data } = door(notification, payload);
    const closing = topic === "conversation.admin.closed";
    const tagged = TAGGED.has(topic);
    if (!OPENING.has(topic) && !REPLIES.has(topic) && !closing && !tagged) return [];
    const of = door(item, data?.item, "data.item.");
    const events = tagged ? [] : messageEvents(of, OPENING.has(topic));
    if (!closing && !tagged) return events;
    const lastPart = of.conversation_parts?.conversation_parts.at(-1)?.created_at;
    const at = lastPart ?? created_at ?? null;
    if (at === null) throw notKnown("created_at", "must be there");
    const base = { conversationId: idOf(of.id), atMs: at, sequence: null };
    if (closing) events.push({ ...base, type: "closed", id: idOf("closed", of.id, at), outcome: "not_converted" });
    const names = [...(of.tags_added?.tags ?? []), ...(of.tags?.tags ?? [])].map(({ name }) => name);
    if (tagged && names.includes(conversion)) events.push({ ...base, type: "converted", id: idOf("converted", of.id) });
    return events;
  },
};
