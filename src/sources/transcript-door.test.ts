import fc from "fast-check";
import { expect, test } from "vitest";
import { transcriptSchema } from "./transcript-door.ts";

const clock = fc.option(fc.integer({ min: 0, max: 3_600 }));
const lines = fc
  .record({
    converted: fc.boolean(),
    time: clock,
    messages: fc.array(fc.record({ role: fc.constantFrom("user", "agent"), text: fc.string(), at_seconds: clock })),
    notes: fc.dictionary(fc.string(), fc.string()),
  })
  .map(({ converted, time, messages, notes }) => ({
    ...{ id: "a", source: "b", started_at: "2018-05-28T05:16:52", messages, notes },
    outcome: { converted: converted ? 1 : 0, at_seconds: converted ? time : -1 },
    messages_before_outcome: messages.length,
  }));

test("keeps every message as it is, and what tells the outcome in the outcome alone", () => {
  fc.assert(
    fc.property(lines, (line) => {
      const converted = line.outcome.converted === 1;
      expect(transcriptSchema.parse(line)).toEqual({
        id: "a",
        source: "b",
        startedAt: line.started_at,
        messages: line.messages.map(({ role, text, at_seconds }) => ({ role, text, atSeconds: at_seconds })),
        outcome: {
          converted,
          atSeconds: converted ? line.outcome.at_seconds : null,
          afterMessages: converted ? line.messages.length : null,
        },
      });
    }),
  );
});

test.each(["2020-05-13T13:34:53Z", "2020-05-13T13:34:53+02:00", "2020-05-13T13:34:53.5", null, undefined])(
  "takes %s for a start",
  (started_at) => {
    const line = { id: "a", messages: [], outcome: { converted: 0, at_seconds: null }, started_at };
    expect(transcriptSchema.parse(line)).toMatchObject({ source: "file", startedAt: started_at ?? null });
  },
);

const lineOf = (messages: readonly unknown[]) => ({ id: "a", messages, outcome: { converted: 0, at_seconds: null } });
const issuesOf = (messages: readonly unknown[]) =>
  transcriptSchema.safeParse(lineOf(messages)).error?.issues.map(({ path }) => path.join("."));
const message = (entities: readonly unknown[] = []) => ({ role: "user", text: "x", entities });

test("a line of very many bad messages, or entities, makes one complaint and not a million", () => {
  expect(issuesOf(Array(1_900_000).fill(0))).toEqual(["messages"]);
  expect(issuesOf(Array(10_000).fill(0))).toEqual(["messages.0"]);
  expect(issuesOf([message(), message(Array(1_900_000).fill(0))])).toEqual(["messages.1.entities"]);
  expect(issuesOf(Array(10_000).fill(message(Array(100).fill(0))))).toEqual(["messages.0.entities.0"]);
});

test("10,000 messages and 100 entities of one are taken, one more is not", () => {
  const entities = Array(100).fill({ type: "email", value: "a@b.c" });
  expect(issuesOf(Array(10_000).fill(message()))).toBeUndefined();
  expect(issuesOf(Array(10_001).fill(message()))).toEqual(["messages"]);
  expect(issuesOf([message(entities)])).toBeUndefined();
  expect(issuesOf([message([...entities, entities[0]])])).toEqual(["messages.0.entities"]);
});
