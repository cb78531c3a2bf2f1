import type { Entity } from "../schema.ts";

/** Kinds that the built-in finder knows. */
export const ENTITY_TYPES = ["email", "url", "money", "date", "time", "phone", "number"] as const;
/** What a named thing in a message is; a value of `ENTITY_TYPES`. */
export type EntityType = (typeof ENTITY_TYPES)[number];

/** Longer texts are searched up to here only: a stranger wrote them. */
const MAX_SEARCHED_CHARS = 4_000;

const MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\\.?";
const AMOUNT = "\\d{1,12}(?:,\\d{3}){0,4}(?:\\.\\d{1,4})?";
/** A pattern is tried only where its need is met: most texts hold no digit, no "@" and no address. */
type Need = "digit" | "at" | "address";
const DIGIT = /[0-9]/;
const ADDRESS = /:\/\/|www\./i;

/** Tried in this order; what one kind has claimed is not seen by the next. Every repetition is bounded: no text is slow. */
const PATTERNS: readonly { type: EntityType; needs: Need; pattern: RegExp }[] = [
  { type: "email", needs: "at", pattern: /[a-z0-9._%+-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z]{2,24}/gi },
  { type: "url", needs: "address", pattern: /(?:https?:\/\/|\bwww\.)[^\s<>"']{1,2000}/gi },
  {
    type: "money",
    needs: "digit",
    pattern: new RegExp(
      `[$€£¥]\\s?${AMOUNT}[km]?\\b|\\b${AMOUNT}\\s?(?:[$€£¥]|(?:dollars?|bucks|euros?|pounds?|usd|eur|gbp|tao)\\b)`,
      "gi",
    ),
  },
  {
    type: "date",
    needs: "digit",
    pattern: new RegExp(
      [
        "\\b\\d{4}-\\d{1,2}-\\d{1,2}\\b",
        "\\b\\d{1,2}[/.]\\d{1,2}[/.]\\d{2,4}\\b",
        "\\b\\d{1,2}/\\d{1,2}\\b",
        `\\b${MONTH}\\s\\d{1,2}(?:st|nd|rd|th)?(?:,?\\s\\d{4})?\\b`,
        `\\b\\d{1,2}(?:st|nd|rd|th)?\\s(?:of\\s)?${MONTH}(?:,?\\s\\d{4})?\\b`,
      ].join("|"),
      "gi",
    ),
  },
  {
    type: "time",
    needs: "digit",
    pattern: /\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]\.?m\b\.?/gi,
  },
  {
    type: "phone",
    needs: "digit",
    pattern:
      /(?<![\w.,])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){1,5}(?![\w])|(?<![\w.,])\+?\d{10,15}(?!\w)/g,
  },
  { type: "number", needs: "digit", pattern: /\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,10})?/g },
];

const TRAILING = /[.,;:!?)\]]+$/;

/**
 * The form in which two sayings of one value compare equal: a phone number's digits, a number without its commas, else
 * lower case with spaces folded.
 *
 * @example
 * normaliseEntity("phone", "+1 (555) 010-0199"); // "15550100199"
 */
export function normaliseEntity(type: string, value: string): string {
  const folded = value.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  if (type === "phone") return folded.replace(/\D/g, "") || folded;
  if (type === "url") return folded.replace(TRAILING, "").replace(/\/$/, "");
  if (type === "number" || type === "money") return folded.replace(/[,\s]/g, "");
  return folded;
}

/**
 * E-mail addresses, URLs, sums of money, dates, times, phone numbers (7 to 15 digits) and other numbers of a text, none
 * twice, with values normalised. No confidence: the finder has none to give.
 *
 * @example
 * findEntities("mail ann@example.com at 8pm"); // [{ type: "email", value: "ann@example.com" }, { type: "time", value: "8pm" }]
 */
export function findEntities(text: string): Entity[] {
  const met: Readonly<Record<Need, boolean>> = {
    digit: DIGIT.test(text),
    at: text.includes("@"),
    address: ADDRESS.test(text),
  };
  if (!met.digit && !met.at && !met.address) return [];
  const found: Entity[] = [];
  let rest = text.length > MAX_SEARCHED_CHARS ? text.slice(0, MAX_SEARCHED_CHARS) : text;
  for (const { type, needs, pattern } of PATTERNS) {
    if (!met[needs]) continue;
    rest = rest.replace(pattern, (match) => {
      const value = normaliseEntity(type, match);
      if (type === "phone" && (value.length < 7 || value.length > 15)) return match;
      found.push({ type, value });
      return " ";
    });
  }
  return found;
}
