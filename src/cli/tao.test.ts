import { expect, it } from "vitest";
import { tao, taoShort, taoText } from "./tao.ts";

it("TAO is read and written to the rao, never through a float", () => {
  for (const [text, rao] of [
    ["1", 1_000_000_000n],
    ["0.000000001", 1n],
    ["123456789.123456789", 123_456_789_123_456_789n],
    ["1.5", 1_500_000_000n],
  ] as const)
    expect(tao(text)).toBe(rao);
  expect([taoText(1n), taoText(1_500_000_000n), taoShort(1_999_999_999n)]).toEqual(["0.000000001", "1.500", "1.999"]);
});

it.each(["", "-1", "1e3", "1.0000000001", ".5", "1,5", "NaN"])("%j is no amount", (text) => {
  expect(() => tao(text)).toThrow("nine decimals");
});
