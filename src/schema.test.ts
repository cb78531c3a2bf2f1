import fc from "fast-check";
import { expect, test } from "vitest";
import {
  answerSchema,
  answerToWire,
  FEATURES,
  fromVector,
  isGoodAnswer,
  type Question,
  questionSchema,
  questionToWire,
  quickQuestion,
} from "./schema.ts";

/** Numbers at and around every limit, and what is none. */
const oddNumber = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    -1,
    0,
    -0,
    0.5,
    1,
    1.5,
    6,
    7,
    23,
    24,
    100_000,
    100_001,
    1e9,
    1e9 + 1,
    2 ** 53,
  ),
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, "1", true, [], {}, Number.MAX_SAFE_INTEGER, -1e-300),
  fc.double(),
);
const question: Question = {
  sessionId: "q",
  features: fromVector(FEATURES.map(({ max }) => Math.min(max, 1))),
  landmark: { messages: 4 },
  horizonSeconds: 1_800,
};
const change = fc.oneof(
  fc.tuple(fc.constantFrom("features"), fc.constantFrom(...FEATURES.map(({ name }) => name), "unknown"), oddNumber),
  fc.tuple(
    fc.constantFrom("features"),
    fc.constant("session_id"),
    fc.oneof(oddNumber, fc.string(), fc.constantFrom("", "x".repeat(200), "x".repeat(201))),
  ),
  fc.tuple(fc.constantFrom("landmark"), fc.constantFrom("messages", "seconds", "other"), oddNumber),
  fc.tuple(fc.constant(""), fc.constantFrom("horizon_seconds", "landmark", "features", "other"), oddNumber),
);

test("the quick door takes nothing that the schema refuses, and makes the same of what both take", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), fc.boolean(), (changes, plain) => {
      const wire: Record<string, unknown> = JSON.parse(JSON.stringify(questionToWire(question)));
      if (plain) wire.landmark = {};
      for (const [where, name, value] of changes) {
        const at = where === "" ? wire : wire[where];
        if (typeof at === "object" && at !== null) Object.assign(at, { [name]: value });
      }
      const quick = quickQuestion(wire);
      if (quick === null) return;
      taken += 1;
      expect(questionSchema.parse(wire)).toEqual(quick);
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("the quick door takes a whole question, and one of which half is unknown", () => {
  expect(quickQuestion(questionToWire(question))).toEqual(question);
  const some = { features: { session_id: "q", total_messages: 3 } };
  expect(quickQuestion(some)).toEqual(questionSchema.parse(some));
  for (const none of [null, [], "x", {}, { features: [] }, { features: null }]) expect(quickQuestion(none)).toBeNull();
});

test("an answer that is surely good is good, and an ordinary one surely is", () => {
  const odd = fc.oneof(oddNumber, fc.constantFrom<unknown>(-1, 60));
  fc.assert(
    fc.property(fc.constantFrom<unknown>(0, 1, 2, null), odd, odd, odd, (happened, time, confidence, timeIf) => {
      // What a handler in plain JavaScript could give.
      const answer = JSON.parse("{}");
      Object.assign(answer, { conversionHappened: happened, timeToConversionSeconds: time });
      Object.assign(answer, { confidence, timeIfConvertedSeconds: timeIf });
      if (isGoodAnswer(answer)) expect(answerSchema.parse(answerToWire(answer))).toEqual(answer);
    }),
    { numRuns: 2_000 },
  );
  const no = {
    conversionHappened: 0,
    timeToConversionSeconds: -1,
    confidence: 0.2,
    timeIfConvertedSeconds: null,
  } as const;
  expect([no, { ...no, conversionHappened: 1, timeToConversionSeconds: 60 } as const].map(isGoodAnswer)).toEqual([
    true,
    true,
  ]);
});
