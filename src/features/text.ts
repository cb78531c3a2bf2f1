// Searches of one character run in the engine's native code, and a text of one byte a character has no surrogates and no other
// script's question marks: the engine answers those without looking. A loop in our own code costs several times as much.

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Unicode code points of a text.
 *
 * @example
 * countCodePoints("a😀"); // 2
 */
export function countCodePoints(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let low = 0;
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xdc00 || code > 0xdfff) continue;
    const before = text.charCodeAt(i - 1);
    if (before >= 0xd800 && before <= 0xdbff) low += 1;
  }
  return text.length - low;
}

/**
 * Whether a text holds a question mark: the common one, the full-width or the Arabic.
 *
 * @example
 * holdsQuestion("本当？"); // true
 */
export function holdsQuestion(text: string): boolean {
  return text.includes("?") || text.includes("\uff1f") || text.includes("\u061f");
}

/** Which ASCII characters belong to a word, and their lower case; 0 = none of it. */
const WORD = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[a-z0-9]/i.test(character)) WORD[code] = character.toLowerCase().charCodeAt(0);
}

/**
 * A text with case, spaces and punctuation folded, so that two askings of one question compare equal.
 *
 * @example
 * foldText("What's  your NAME?!"); // "what s your name"
 */
export function foldText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Z}\p{C}]+/gu, " ")
    .trim();
}

/** A 32-bit hash of the folded text (FNV-1a): equal texts have equal hashes. ASCII is hashed without folding it first. */
function foldedHash(text: string): number {
  let hash = 0x811c9dc5;
  let gap = false;
  let begun = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return foldedHash(escapeFolded(text));
    const lower = Number(WORD[code]);
    if (lower === 0) {
      gap = begun;
      continue;
    }
    if (gap) hash = Math.imul(hash ^ 0x20, 0x01000193);
    gap = false;
    begun = true;
    hash = Math.imul(hash ^ lower, 0x01000193);
  }
  return hash;
}

/** The folded text in ASCII letters and digits: other scripts by their code points. */
function escapeFolded(text: string): string {
  return Array.from(foldText(text), (character) =>
    character < "\x80" ? character : `u${character.codePointAt(0)}`,
  ).join("");
}

/** Which questions were asked before, up to case, spaces and punctuation. */
export interface QuestionMemory {
  /** Whether the same was asked before; if not, it is remembered. */
  repeats(text: string): boolean;
}

/** Remembers each question once. Texts are folded only when their hashes meet, so a new question costs one pass. */
export function createQuestionMemory(): QuestionMemory {
  const byHash = new Map<number, string[]>();
  return {
    repeats(text) {
      const hash = foldedHash(text);
      const known = byHash.get(hash);
      if (known === undefined) {
        byHash.set(hash, [text]);
        return false;
      }
      const folded = foldText(text);
      if (known.some((other) => other === text || foldText(other) === folded)) return true;
      known.push(text);
      return false;
    },
  };
}
