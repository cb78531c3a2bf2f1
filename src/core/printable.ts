/** Controls but newline and tab, marks that reorder or hide text, line ends of their own. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * A text for a terminal or a log, whoever wrote it: what could move the cursor, colour or reorder it stands as `\u009b`, the
 * way JSON has it, so that JSON stays JSON.
 *
 * @example
 * printable("a\u001b[2J"); // "a\\u001b[2J"
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => character.split("").map(escapeUnit).join(""));
}
