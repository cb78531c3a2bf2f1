import { eventFromText, type IngestEvent } from "../../sources/index.ts";

/** An entry of a stream as Redis gives it. */
export interface Entry {
  readonly id: string;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
}
/** An entry that holds an event. */
export interface Letter {
  readonly id: string;
  readonly source: string;
  readonly event: IngestEvent;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** The list `[id, [name, value, ...]]` as it is in every reply about entries; what is deleted has no fields. */
export function entriesIn(reply: unknown): Entry[] {
  if (!isList(reply)) return [];
  return reply.flatMap((one): Entry[] => {
    if (!isList(one) || typeof one[0] !== "string") return [];
    return [{ id: one[0], fields: isList(one[1]) ? one[1].map(String) : [] }];
  });
}

/** What `XREADGROUP` of one stream answers: null when there is nothing, else a map (RESP3) or a list of pairs (RESP2) with one name in it. */
export function entriesRead(reply: unknown): Entry[] {
  if (!isList(reply)) return [];
  return entriesIn(isList(reply[0]) ? reply[0][1] : reply[1]);
}

/** What `XAUTOCLAIM` answers: where to go on ("0-0" = that was all), and what is ours now. */
export function entriesClaimed(reply: unknown): { readonly next: string; readonly entries: Entry[] } {
  const [next, entries] = isList(reply) ? reply : [];
  return { next: typeof next === "string" ? next : "0-0", entries: entriesIn(entries) };
}

/** One field of an entry. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

const SOURCE = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

/** The event in an entry, or why there is none: in words that repeat nothing of it. */
export function letterOf({ id, fields }: Entry): Letter | { readonly id: string; readonly reason: string } {
  const source = fieldOf(fields, "s");
  const text = fieldOf(fields, "e");
  if (source === undefined || text === undefined) return { id, reason: "BAD_ENTRY: it has no source and no event" };
  if (!SOURCE.test(source)) return { id, reason: "BAD_ENTRY: its source is no name" };
  try {
    return { id, source, event: eventFromText(text) };
  } catch (error) {
    return { id, reason: `BAD_ENTRY: it is ${error instanceof SyntaxError ? "no JSON" : "no event"}` };
  }
}
