import { createHash } from "node:crypto";
import { z } from "zod";
import { firstIssue } from "../../schema.ts";
import { EventRefusedError } from "../ingest/errors.ts";
import { EVENT_LIMITS, type IngestEvent } from "../ingest/events.ts";
import type { AdapterName } from "../ingest/keys.ts";
import type { SignatureScheme } from "../ingest/signatures.ts";

/** What an operator may tell an adapter. */
export interface AdapterOptions {
  /** The label (Chatwoot), tag (Intercom) or slot (Rasa) that says that a conversation has converted. Default `converted`. */
  readonly conversion?: string;
}

/** A platform's webhooks as a value. */
export interface Adapter {
  readonly name: AdapterName;
  /** How its webhooks are signed; null = they are not. */
  readonly signature: SignatureScheme | null;
  /**
   * What a payload says. Pure; what is not about conversations gives nothing.
   *
   * @throws {EventRefusedError} when it is not what the platform documents.
   */
  events(payload: unknown, options: AdapterOptions): IngestEvent[];
}

export const CONVERSION = "converted";

export const notKnown = (field: string, problem: string) =>
  new EventRefusedError({ code: "BAD_EVENT", problem: `${field}: ${problem}`, field });

/** A payload, or a part of it that stands `at` there, as the platform documents it. */
export function door<T>(schema: z.ZodType<T>, value: unknown, at = ""): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw notKnown(at + field, problem);
}

/** Seconds since 1970 as whole milliseconds: a moment between two of them has no place in the store. */
export const seconds = z
  .number()
  .min(0)
  .max(EVENT_LIMITS.latestSeconds)
  .transform((since) => Math.round(since * 1_000));

/** Platforms allow longer texts than we keep. No pair of surrogates is cut in two. */
export function cutText(text: string, length: number = EVENT_LIMITS.textLength): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** An id of ours that depends on what it names alone; long ones are hashed. */
export function idOf(...parts: readonly (string | number)[]): string {
  const plain = parts.join("-").replace(/\p{C}/gu, "");
  if (plain.length > 0 && plain.length <= EVENT_LIMITS.idLength) return plain;
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Named characters that chat editors write. */
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** The text of a little HTML: tags go, breaks and paragraphs become new lines. No text is slow. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<br\s{0,8}\/?>|<\/(?:p|div|li|h[1-6])>/gi, "\n")
    .replace(/<[^<>]{0,10000}>/g, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .trim();
}
