import { EVENT_LIMITS, type IngestEvent } from "./events.ts";

type Entries = Readonly<Record<string, unknown>>;

const PLAIN = /^[\x21-\x7e]+$/;
/** Days that every month has: the schema judges the others. */
const DATE =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:[0-5]\d)$/;
const KNOWN: ReadonlySet<string> = new Set(["id", "type", "conversation_id", "at", "sequence", "role", "text"]);
/** Their fields beside those of every event. */
const OWN = { message: 2, converted: 0 } as const;

const isId = (value: unknown): value is string =>
  typeof value === "string" && value.length <= EVENT_LIMITS.idLength && PLAIN.test(value);

function msOf(at: unknown): number | null {
  if (typeof at === "number") return at >= 0 && at <= EVENT_LIMITS.latestSeconds ? Math.round(at * 1_000) : null;
  return typeof at === "string" && at.length <= 40 && DATE.test(at) ? Date.parse(at) : null;
}

/**
 * What the schema makes of a plain message or conversion, without it and faster. Null says nothing: the schema decides then,
 * and finds the words.
 */
export function quickEvent(value: unknown): IngestEvent | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  let fields = 0;
  for (const name in value) {
    if (!KNOWN.has(name)) return null;
    fields += 1;
  }
  const { id, type, conversation_id: conversationId, at, sequence = null, role, text } = value as Entries;
  if ((type !== "message" && type !== "converted") || !isId(id) || !isId(conversationId)) return null;
  if (sequence !== null && !(Number.isSafeInteger(sequence) && Number(sequence) >= 0)) return null;
  if (fields !== 4 + OWN[type] + ("sequence" in value ? 1 : 0) || (sequence === null && "sequence" in value))
    return null;
  const atMs = msOf(at);
  if (atMs === null) return null;
  const base = { id, conversationId, atMs, sequence: sequence === null ? null : Number(sequence) };
  if (type === "converted") return { ...base, type };
  if ((role !== "user" && role !== "agent") || typeof text !== "string" || text.length > EVENT_LIMITS.textLength)
    return null;
  return { ...base, type, role, text, entities: null };
}
