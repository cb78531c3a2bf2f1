import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FEATURES, questionSchema, questionToWire } from "../schema.ts";
import { nearestDouble } from "./nearest-double.ts";
import { quickRead } from "./quick-read.ts";
import { jsonOf } from "./texts.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "utf8"));
const number = fc.oneof(
  fc.constantFrom(0, 1, 6, 23, 24, -1, 0.5, 1e9, 1e9 + 1, 1e15, 2 ** 53, 1e21, 1e-7, 5e-324),
  fc.nat(30),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.oneof({ weight: 20, arbitrary: number }, fc.constantFrom(null, "1", true, [], {}));
const fields = Object.fromEntries(
  FEATURES.map(({ name }) => [name, fc.oneof({ weight: 30, arbitrary: fc.nat(1) }, value)]),
);
const wire = fc.record(
  {
    features: fc.record({ session_id: fc.string({ maxLength: 6 }), ...fields }, { requiredKeys: [] }),
    landmark: fc.oneof(fc.record({ messages: value }), fc.record({ seconds: value }), value),
    horizon_seconds: value,
  },
  { requiredKeys: ["features"] },
);
/** 16 or 17 digits, and no exponent. */
const long = (max: number) =>
  fc.maxSafeNat().map((n) => (n / 2 ** 53) * Math.min(max, 100) + 0.001 * (max > 1 ? 1 : 0));
const good = fc.record({
  session_id: fc.stringMatching(/^[-a-z0-9 ]{1,200}$/),
  ...Object.fromEntries(
    FEATURES.map(({ name, integer, max }) => [
      name,
      fc.option(integer ? fc.nat(Math.min(max, 2 ** 31 - 1)) : long(max)),
    ]),
  ),
});

function assertSame(text: string): boolean {
  const body = bytes(text);
  const quick = quickRead(body);
  if (quick === null) return false;
  const parsed = questionSchema.parse(jsonOf(body));
  // Strict: -0 is no 0.
  expect(quick).toStrictEqual(parsed);
  return true;
}

describe("quickRead", () => {
  it("makes the same of a body as JSON and the schema, and takes none that they refuse", () => {
    const outcomes: boolean[] = [];
    const play = (given: object) => void outcomes.push(assertSame(JSON.stringify(given)));
    fc.assert(fc.property(wire, play), { numRuns: 500 });
    fc.assert(fc.property(good, (features) => play({ features })));
    expect(outcomes.filter(Boolean).length).toBeGreaterThan(30);
  });

  it("makes the same of every body that is one byte off", () => {
    const features = { session_id: "q-1", hour_of_day: 3, message_ratio: 13.456193509770376, has_target_entity: 0 };
    const text = JSON.stringify({ features, landmark: { messages: 4 }, horizon_seconds: 1_800 });
    expect(assertSame(text)).toBe(true);
    const edit = fc.tuple(
      fc.nat(text.length),
      fc.constantFrom(0, 1),
      fc.constantFrom(...'0123456789.eE+-"\\{}[],: nul\n\x01é'),
    );
    fc.assert(
      fc.property(edit, ([at, cut, put]) => void assertSame(text.slice(0, at) + put + text.slice(at + cut))),
      { numRuns: 1_000 },
    );
    for (let end = 0; end < text.length; end++) expect(quickRead(bytes(text.slice(0, end)))).toBeNull();
    expect(quickRead(bytes(`${text} `))).toBeNull();
  });

  it("takes what our validators send", () => {
    const features = questionSchema.parse({ features: { session_id: "q" } }).features;
    for (const landmark of [null, { messages: 4 }, { seconds: 2.5 }]) {
      const question = { sessionId: "q-7f3a", features: { ...features, hour_of_day: 3 }, landmark, horizonSeconds: 90 };
      expect(quickRead(bytes(JSON.stringify(questionToWire(question))))).toEqual(question);
    }
  });
});

describe("nearestDouble", () => {
  it("gives the double that JSON gives, or says that it cannot tell", () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{0,18}$/);
    let told = 0;
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 22 }), (text, scale) => {
        const tail = text.slice(15);
        const near = nearestDouble(Number(text.slice(0, 15)), Number(tail), tail.length, scale);
        if (Number.isNaN(near)) return;
        told += 1;
        if (near !== JSON.parse(`${text}e-${scale}`)) throw new Error(`${text}e-${scale}: ${near}`);
      }),
      { numRuns: 5_000 },
    );
    expect(told).toBeGreaterThan(4_700);
  });

  it("does not guess between two that are equally near", () => {
    // 2^53 + 1 lies in the middle between two doubles.
    expect(nearestDouble(900_719_925_474_099, 3, 1, 0)).toBeNaN();
    expect(nearestDouble(900_719_925_474_099, 2, 1, 0)).toBe(2 ** 53);
  });
});
