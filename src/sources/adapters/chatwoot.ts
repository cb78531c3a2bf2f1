/**
 * Chatwoot's account webhooks, after its documentation:
 * https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks (last updated 26 February 2026) and
 * https://github.com/chatwoot/docs, docs/product/others/webhook-events.md; the signature after the description of `secret` in its
 * API's schema of a webhook. Read on 26 November 2026.
 */
import { z } from "zod";
import type { IngestEvent } from "../ingest/events.ts";
import { type Adapter, CONVERSION, cutText, door, idOf, notKnown, seconds } from "./adapter.ts";

const reference = z.union([z.string().min(1), z.int()]);
/** `"2020-03-03 13:05:57 UTC"`, ISO 8601, or seconds since 1970: all three occur in its documentation. */
const moment = z.union([
  seconds,
  z
    .string()
    .transform((text) => Date.parse(text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/, "$1T$2Z")))
    .refine((ms) => ms >= 0, "must be a date since 1970"),
]);
const message = z.object({
  id: reference,
  content: z.string().nullish(),
  created_at: moment,
  // Words in webhooks, numbers in the messages of a conversation.
  message_type: z.union([z.string(), z.int()]),
  private: z.boolean().nullish(),
  conversation: z.object({ id: reference.nullish(), display_id: reference.nullish() }),
});
const conversation = z.object({
  id: reference,
  status: z.string(),
  labels: z.array(z.string()).nullish(),
  timestamp: moment.nullish(),
  updated_at: moment.nullish(),
});
const envelope = z.object({ event: z.string() });

/** What a contact writes is incoming; notes among agents and Chatwoot's own activity lines are no part of the conversation. */
function messageEvents(payload: unknown): IngestEvent[] {
  const {
    id,
    content,
    created_at: atMs,
    message_type: type,
    private: hidden,
    conversation: of,
  } = door(message, payload);
  const conversationId = of.id ?? of.display_id ?? null;
  if (conversationId === null) throw notKnown("conversation.id", "must be there");
  const incoming = type === "incoming" || type === 0;
  const outgoing = type === "outgoing" || type === 1 || type === "template" || type === 3;
  if (hidden === true || (!incoming && !outgoing)) return [];
  const sequence = Number(id);
  return [
    {
      type: "message",
      id: idOf("message", id),
      conversationId: idOf(conversationId),
      atMs,
      sequence: Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : null,
      role: incoming ? "user" : "agent",
      text: cutText(content ?? ""),
      entities: null,
    },
  ];
}

/** Resolved is closed; a label says that it converted. The conversion is named by the conversation alone: it happens once. */
function statusEvents(payload: unknown, label: string): IngestEvent[] {
  const { id, status, labels, timestamp, updated_at } = door(conversation, payload);
  const converted = labels?.includes(label) === true;
  if (!converted && status !== "resolved") return [];
  const atMs = updated_at ?? timestamp ?? null;
  if (atMs === null) throw notKnown("updated_at", "must be there");
  const base = { conversationId: idOf(id), atMs, sequence: null };
  return [
    ...(converted ? [{ ...base, type: "converted" as const, id: idOf("converted", id) }] : []),
    ...(status === "resolved"
      ? [{ ...base, type: "closed" as const, id: idOf("closed", id, atMs), outcome: "not_converted" as const }]
      : []),
  ];
}

/** Chatwoot's webhooks: the label `converted` is the conversion, resolved is closed. */
export const chatwoot: Adapter = {
  name: "chatwoot",
  signature: {
    header: "x-chatwoot-signature",
    timestampHeader: "x-chatwoot-timestamp",
    algorithm: "sha256",
    prefix: "sha256=",
  },
  events(payload, { conversion = CONVERSION }) {
    const { event } = door(envelope, payload);
    if (event === "message_created") return messageEvents(payload);
    if (
      event === "conversation_status_changed" ||
      event === "conversation_updated" ||
      event === "conversation_resolved"
    )
      return statusEvents(
        event === "conversation_resolved" ? { ...Object(payload), status: "resolved" } : payload,
        conversion,
      );
    return [];
  },
};
