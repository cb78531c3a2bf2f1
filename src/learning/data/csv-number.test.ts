import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divideLong, parseNumber } from "./csv-number.ts";

/** What {@link divideLong} makes of a number of 12 to 22 digits and a point; undefined = it leaves it to others. */
function divided(digits: string, decimals: number): number | undefined {
  const head = Math.min(15, digits.length - 1);
  const value = divideLong(Number(digits.slice(0, head)), Number(digits.slice(head)), digits.length - head, decimals);
  return Number.isNaN(value) ? undefined : value;
}
const withPoint = (digits: string, decimals: number) => `${digits}e-${decimals}`;

describe("divideLong", () => {
  const digits = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{15,21}$/))
    .map(([first, rest]) => `${first}${rest}`);

  it("gives the very bits that the language reads, or leaves the number to it", () => {
    let left = 0;
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 22 }), (text, decimals) => {
        const value = divided(text, decimals);
        if (value === undefined) left += decimals < 5 ? 0 : 1;
        else expect(value).toBe(Number(withPoint(text, decimals)));
      }),
      { numRuns: 20_000 },
    );
    // With few decimals there are numbers right in the middle; with more there are next to none.
    expect(left).toBeLessThan(3);
  });

  it("does so for what programs print, and for numbers a digit away from it", () => {
    const printed = fc.double({ min: 1e-4, max: 1e9, noNaN: true }).map(String);
    fc.assert(
      fc.property(printed, fc.integer({ min: -2, max: 2 }), (text, step) => {
        const [whole = "", decimals = ""] = text.split(".");
        const digits = String(BigInt(whole + decimals) + BigInt(step));
        if (digits.length < 16 || digits.length > 22 || decimals.length > 22 || /e/.test(text)) return;
        const value = divided(digits, decimals.length);
        if (value !== undefined) expect(value).toBe(Number(withPoint(digits, decimals.length)));
      }),
      { numRuns: 20_000 },
    );
  });

  it("leaves the middle between two doubles to the language", () => {
    expect(divided("9007199254740993", 0)).toBeUndefined();
    expect(divided("90071992547409930", 1)).toBeUndefined();
    expect(divided("9007199254740992", 0)).toBe(9007199254740992);
    expect(divided("9007199254740995", 0)).toBeUndefined();
  });
});

describe("parseNumber", () => {
  it.each([
    ["", Number.NaN],
    ["  ", Number.NaN],
    [" 3 ", 3],
    ["+2.5", 2.5],
    ["-0.5e-3", -0.0005],
    ["7.", 7],
    ["abc", 'holds "abc", which is no number'],
    ["1,5", 'holds "1,5", which is no number'],
    [".5", 'holds ".5", which is no number'],
    ["NaN", "holds NaN, which is not a finite number: leave the cell blank"],
    ["-inf", "holds -inf, which is not a finite number: leave the cell blank"],
    ["Infinity", "holds Infinity, which is not a finite number: leave the cell blank"],
    ["1e999", "holds 1e999, which is not a finite number: leave the cell blank"],
  ])("%j", (text, expected) => {
    expect(parseNumber(text)).toBe(expected);
  });
});
