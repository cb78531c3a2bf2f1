/** The words of a stranger, made safe to print: one line of printable characters, 200 at most. */
export function cleanText(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, " ")
    .trim()
    .slice(0, 200);
}

/** To make one costs more than to decode a body with it; it keeps nothing from one whole text to the next. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The JSON in some bytes; undefined when there is none. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}
