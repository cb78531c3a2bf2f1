import fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test.each([
  ["\u001b[2J", "\\u001b[2J"],
  ["\u009b31m", "\\u009b31m"],
  ["\r\b\u0000\u007f", "\\u000d\\u0008\\u0000\\u007f"],
  ["evil\u202etxt.exe", "evil\\u202etxt.exe"],
  ["a\u200bb\u2066c\ufeff\u00ad", "a\\u200bb\\u2066c\\ufeff\\u00ad"],
  ["a\u2028b\u2029", "a\\u2028b\\u2029"],
  ["\u{e0041}", "\\udb40\\udc41"],
  ["Grüße, 你好 😀\n\tagain", "Grüße, 你好 😀\n\tagain"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("JSON stays the same JSON", () => {
  const unit = fc.constantFrom("a", '"', "\\", "\n", "\u001b", "\u009b", "\u202e", "\u2028", "\u{e0041}", "é");
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const shown = printable(JSON.stringify(units.join("")));
      expect(JSON.parse(shown)).toBe(units.join(""));
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});
