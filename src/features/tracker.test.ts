import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Conversation, FeatureName, Features, Message, Role } from "../schema.ts";
import { FEATURE_NAMES, FEATURES } from "../schema.ts";
import { createFeatureTracker, featuresAsOf, findEntities, foldText, normaliseEntity } from "./index.ts";

const at = (messages: readonly Message[], startedAt: string | null = null): Conversation => ({
  id: "c",
  source: "s",
  startedAt,
  messages,
});
const of = (conversation: Conversation): Features => featuresAsOf(conversation) as Features;

/** The table of the format, written down a second time, as plainly as possible and without looking at the tracker. */
function byDefinition({ messages, startedAt }: Conversation): Features {
  const roles = (role: Role) => messages.filter((m) => m.role === role);
  const [user, agent] = [roles("user"), roles("agent")];
  const timed = messages.length > 0 && messages.every((m) => m.atSeconds !== null);
  const clock = messages.map((m) => m.atSeconds ?? 0);
  const pairs = messages
    .slice(1)
    .map((m, i) => ({ m, before: messages[i] as Message, gap: Math.max(0, (clock[i + 1] ?? 0) - (clock[i] ?? 0)) }));
  const gaps = pairs.map((p) => p.gap);
  const mean = (xs: number[]) => (xs.length === 0 ? null : xs.reduce((a, b) => a + b, 0) / xs.length);
  const lengths = (list: Message[]) => list.map((m) => [...m.text].length);
  const most = (xs: number[]) => (xs.length === 0 ? null : Math.max(...xs));
  const least = (xs: number[]) => (xs.length === 0 ? null : Math.min(...xs));
  const sum = (xs: number[]) => xs.reduce((a, b) => a + b, 0);
  const asks = (list: Message[]) => list.filter((m) => /[?？؟]/u.test(m.text));
  const run = (role: Role) =>
    Math.max(
      0,
      ...messages.map((m, i) => {
        let n = 0;
        while (m.role === role && messages[i + n]?.role === role) n += 1;
        return n;
      }),
    );
  const replies = (role: Role) => pairs.filter((p) => p.m.role === role && p.before.role !== role).map((p) => p.gap);
  const duration = timed ? Math.max(0, (clock.at(-1) ?? 0) - (clock[0] ?? 0)) : null;
  const said = user.flatMap((m) => m.entities ?? findEntities(m.text));
  const distinct = new Set(said.map((e) => `${e.type} ${normaliseEntity(e.type, e.value)}`)).size;
  const sure = said.flatMap((e) => (e.confidence === undefined ? [] : [e.confidence]));
  const questions = asks(agent).map((m) => foldText(m.text));
  const firstUser = messages.findIndex((m) => m.role === "user");
  const firstReply = firstUser < 0 ? -1 : messages.findIndex((m, i) => i > firstUser && m.role === "agent");
  const wall =
    startedAt === null || messages.length === 0
      ? null
      : new Date(Date.parse(startedAt) + (messages[0]?.atSeconds ?? 0) * 1000);
  const average = mean(gaps);
  const spread = average === null ? null : Math.sqrt(mean(gaps.map((g) => (g - average) ** 2)) ?? 0);
  const ifTimed = (value: number | null) => (timed ? value : null);
  const values: Record<FeatureName, number | null> = {
    conversation_duration_seconds: duration,
    conversation_duration_minutes: duration === null ? null : duration / 60,
    hour_of_day: wall?.getUTCHours() ?? null,
    day_of_week: wall?.getUTCDay() ?? null,
    is_business_hours: wall ? Number(wall.getUTCHours() >= 9 && wall.getUTCHours() <= 17) : null,
    is_weekend: wall ? Number([0, 6].includes(wall.getUTCDay())) : null,
    time_to_first_response_seconds: ifTimed(
      firstReply < 0 ? null : Math.max(0, (clock[firstReply] ?? 0) - (clock[firstUser] ?? 0)),
    ),
    avg_response_time_seconds: ifTimed(average),
    max_response_time_seconds: ifTimed(most(gaps)),
    min_response_time_seconds: ifTimed(least(gaps)),
    avg_agent_response_time_seconds: ifTimed(mean(replies("agent"))),
    avg_user_response_time_seconds: ifTimed(mean(replies("user"))),
    response_time_stddev: ifTimed(spread),
    response_gap_max: ifTimed(most(gaps)),
    messages_per_minute: duration === null ? null : messages.length / Math.max(duration / 60, 1 / 60),
    total_messages: messages.length,
    user_messages_count: user.length,
    agent_messages_count: agent.length,
    message_ratio: agent.length === 0 ? null : user.length / agent.length,
    avg_message_length_user: mean(lengths(user)),
    max_message_length_user: most(lengths(user)),
    min_message_length_user: least(lengths(user)),
    total_chars_from_user: sum(lengths(user)),
    avg_message_length_agent: mean(lengths(agent)),
    max_message_length_agent: most(lengths(agent)),
    min_message_length_agent: least(lengths(agent)),
    total_chars_from_agent: sum(lengths(agent)),
    question_count_agent: asks(agent).length,
    questions_per_agent_message: agent.length === 0 ? null : asks(agent).length / agent.length,
    question_count_user: asks(user).length,
    questions_per_user_message: user.length === 0 ? null : asks(user).length / user.length,
    sequential_user_messages: run("user"),
    sequential_agent_messages: run("agent"),
    entities_collected_count: distinct,
    has_target_entity: Number(said.some((e) => ["email", "phone"].includes(e.type))),
    avg_entity_confidence: mean(sure),
    min_entity_confidence: least(sure),
    entity_collection_rate: user.length === 0 ? null : distinct / user.length,
    repeated_questions: questions.filter((q, i) => questions.indexOf(q) < i).length,
    message_alternation_rate:
      pairs.length === 0 ? null : pairs.filter((p) => p.m.role !== p.before.role).length / pairs.length,
  };
  return values;
}

const words = fc.constantFrom(
  "hello",
  "what is your name?",
  "What is  your NAME ?",
  "ann@example.com",
  "call 555-010-0199",
  "8pm",
  "£20",
  "😀😀",
  "？",
  "",
  "31 guests",
  "www.example.com/a",
);
const entity = fc.record(
  { type: fc.constantFrom("email", "phone", "name"), value: fc.constantFrom("A@b.c", "a@b.c", "555 010 0199") },
  { requiredKeys: ["type", "value"] },
);
const confident = fc
  .tuple(entity, fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }))
  .map(([e, confidence]) => ({ ...e, confidence }));
const message = fc.record({
  role: fc.constantFrom<Role>("user", "agent"),
  text: fc.oneof(words, fc.string({ unit: "grapheme", maxLength: 30 })),
  step: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.constant(-5)),
  clockless: fc.boolean(),
  entities: fc.option(fc.array(confident, { maxLength: 3 }), { nil: undefined }),
});
const conversation = fc
  .record({
    startedAt: fc.option(fc.constant("2026-03-07T16:59:00Z"), { nil: null }),
    clocks: fc.constantFrom("all", "all", "some", "none"),
    list: fc.array(message, { maxLength: 25 }),
  })
  .map(({ startedAt, clocks, list }) => {
    let now = 0;
    const messages = list.map(({ role, text, step, clockless, entities }) => {
      now += step;
      const missing = clocks === "none" || (clocks === "some" && clockless);
      return { role, text, atSeconds: missing ? null : now, ...(entities === undefined ? {} : { entities }) };
    });
    return at(messages, startedAt);
  });

function expectSame(actual: Features, expected: Features): void {
  for (const name of FEATURE_NAMES) {
    const [a, e] = [actual[name], expected[name]];
    if (e === null || a === null) expect(a, name).toBe(e);
    else expect(Math.abs(a - e), name).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(e)));
  }
}

describe("the feature tracker", () => {
  it("gives after every message what the table's definitions give for the messages so far, on random conversations, ties and missing clocks included", () => {
    fc.assert(
      fc.property(conversation, (whole) => {
        const tracker = createFeatureTracker(whole.startedAt);
        expectSame(tracker.features(), byDefinition({ ...whole, messages: [] }));
        whole.messages.forEach((next, i) => {
          tracker.add(next);
          const seen = { ...whole, messages: whole.messages.slice(0, i + 1) };
          expectSame(tracker.features(), byDefinition(seen));
          expect(featuresAsOf(whole, { messages: i + 1 })).toEqual(tracker.features());
        });
      }),
      { numRuns: 300 },
    );
  });

  it("keeps every feature whole, in range and finite where the table says so", () => {
    fc.assert(
      fc.property(conversation, (whole) => {
        const features = of(whole);
        for (const row of FEATURES) {
          const value = features[row.name];
          if (value === null) continue;
          expect(Number.isFinite(value) && value >= row.min && value <= row.max, row.name).toBe(true);
          if (row.integer) expect(Number.isInteger(value), row.name).toBe(true);
        }
      }),
    );
  });

  it("reproduces the format's example row", () => {
    // Roles U A U U A U A U A over 92 s; one set of gaps that fits every published figure, the same-role one being 10 s.
    const roles: Role[] = ["user", "agent", "user", "user", "agent", "user", "agent", "user", "agent"];
    const gaps = [7, 15, 10, 15, 10, 15, 10, 10];
    let now = 0;
    const clock = [0, ...gaps.map((gap) => (now += gap))];
    const texts = ["hi", "What may I call you?", "a", "b", "Which city?", "c", "Which day?", "d", "Thank you."];
    const features = of(at(roles.map((role, i) => ({ role, text: texts[i] ?? "", atSeconds: clock[i] ?? 0 }))));
    const expected: Partial<Record<FeatureName, number>> = {
      conversation_duration_seconds: 92,
      conversation_duration_minutes: 1.5333,
      time_to_first_response_seconds: 7,
      avg_response_time_seconds: 11.5,
      max_response_time_seconds: 15,
      response_gap_max: 15,
      response_time_stddev: 2.8723,
      min_response_time_seconds: 7,
      avg_agent_response_time_seconds: 11.75,
      avg_user_response_time_seconds: 11.6667,
      messages_per_minute: 5.8696,
      total_messages: 9,
      user_messages_count: 5,
      agent_messages_count: 4,
      message_ratio: 1.25,
      questions_per_agent_message: 0.75,
      message_alternation_rate: 0.875,
    };
    for (const [name, value] of Object.entries(expected))
      expect(features[name as FeatureName], name).toBeCloseTo(value, 4);
  });

  it("takes the wall clock from the first message in the configured zone", () => {
    const sunday = at([{ role: "user", text: "hi", atSeconds: 7200 }], "2026-03-07T23:30:00Z");
    expect(of(sunday)).toMatchObject({ hour_of_day: 1, day_of_week: 0, is_weekend: 1, is_business_hours: 0 });
    const tokyo = featuresAsOf(sunday, undefined, { timeZone: "Asia/Tokyo" });
    expect(tokyo).toMatchObject({ hour_of_day: 10, day_of_week: 0, is_business_hours: 1 });
    expect(of({ ...sunday, startedAt: "2026-03-07T23:30:00" }).hour_of_day).toBe(1);
    expect(of({ ...sunday, startedAt: "2026-03-09" }).day_of_week).toBe(1);
  });

  it("refuses by name what is no date, no zone, no number", () => {
    const one = at([{ role: "user", text: "hi", atSeconds: 0 }], "2026-03-07T23:30:00Z");
    expect(() => of({ ...one, startedAt: "yesterday" })).toThrow("startedAt is not an ISO 8601 date");
    expect(() => featuresAsOf(one, undefined, { timeZone: "Mars/Olympus" })).toThrow(
      "timeZone is not a known time zone",
    );
    expect(() => of(at([{ role: "user", text: "", atSeconds: Number.NaN }]))).toThrow(
      "message.atSeconds must be finite",
    );
    expect(() =>
      of(at([{ role: "user", text: "", atSeconds: 0, entities: [{ type: "a", value: "b", confidence: 2 }] }])),
    ).toThrow("entity.confidence must be in [0, 1]");
  });

  it("looks at no entities when told so, and at the reader's own when given", () => {
    const said = at([{ role: "user", text: "ann@example.com", atSeconds: 0 }]);
    expect(featuresAsOf(said, undefined, { entityFinder: null })?.entities_collected_count).toBe(0);
    const own = featuresAsOf(said, undefined, {
      entityFinder: () => [{ type: "name", value: "Ann" }],
      targetEntityTypes: ["name"],
    });
    expect(own).toMatchObject({ entities_collected_count: 1, has_target_entity: 1 });
  });
});
