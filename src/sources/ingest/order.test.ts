import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { base, closeStores, LANDMARKS, START_MS, world } from "../../../test/support/live-world.ts";
import { landmarkRows } from "../../features/index.ts";
import type { Landmark, Transcript } from "../../schema.ts";
import { type IngestEvent, parseEvent, parseSlowly } from "./events.ts";
import { quickEvent } from "./quick-event.ts";

afterEach(closeStores);

const conversation = fc
  .record({
    gaps: fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 8 }),
    roles: fc.array(fc.constantFrom<"user" | "agent">("user", "agent"), { minLength: 8, maxLength: 8 }),
    texts: fc.array(fc.constantFrom("Hello?", "ann@example.com", "Which day?", "😀 ok", "12"), {
      minLength: 8,
      maxLength: 8,
    }),
    convertedAfter: fc.option(fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.constant(60_000)), { nil: null }),
  })
  .map(({ gaps, roles, texts, convertedAfter }) => {
    let atMs = START_MS;
    const messages = gaps.map((gap, i): IngestEvent => {
      if (i > 0) atMs += gap;
      const text = texts[i] ?? "";
      return {
        ...base(`m${i}`, 0),
        atMs,
        sequence: i,
        type: "message",
        role: roles[i] ?? "user",
        text,
        entities: null,
      };
    });
    const outcome: IngestEvent[] =
      convertedAfter === null ? [] : [{ ...base("x", 0), atMs: START_MS + convertedAfter, type: "converted" }];
    return { messages, events: [...messages, ...outcome] };
  });

describe("property", () => {
  it("any order and duplication within the lateness gives the questions of the ordered stream, which are those of training", async () => {
    await fc.assert(
      fc.asyncProperty(conversation, fc.infiniteStream(fc.integer({ min: 0, max: 9_000 })), async (made, delays) => {
        const run = async (delayed: boolean) => {
          const one = await world({ latenessSeconds: 10 });
          const arrivals = [...made.events, ...(delayed ? made.events : [])]
            .map((event) => ({ event, atMs: event.atMs + (delayed ? (delays.next().value ?? 0) : 0) }))
            .sort((a, b) => a.atMs - b.atMs);
          for (const { event, atMs } of arrivals) {
            // The stream's clock is ten seconds behind.
            const seconds = (atMs - START_MS) / 1_000 - 10;
            if (seconds > 0) await one.runUntil(seconds - 1.1);
            while (one.clock.nowMs() < atMs) one.clock.advance(atMs - one.clock.nowMs());
            await one.live.accept("shop", [event]);
          }
          await one.runUntil(2_200);
          one.controller.abort();
          return one;
        };
        const ordered = await run(false);
        const shuffled = await run(true);
        expect(shuffled.asked()).toEqual(ordered.asked());
        expect(shuffled.settled()).toEqual(ordered.settled());
        const outcome = made.events.find(({ type }) => type === "converted");
        const transcript: Transcript = {
          id: "shop/c1",
          source: "shop",
          startedAt: new Date(START_MS).toISOString(),
          messages: made.messages.flatMap((event) =>
            event.type === "message"
              ? [{ role: event.role, text: event.text, atSeconds: (event.atMs - START_MS) / 1_000 }]
              : [],
          ),
          outcome: {
            converted: outcome !== undefined,
            atSeconds: outcome === undefined ? null : (outcome.atMs - START_MS) / 1_000,
            afterMessages: null,
          },
        };
        const rows = landmarkRows(transcript, { landmarks: LANDMARKS, horizonSeconds: 1_800 });
        const key = (landmark: Landmark) => JSON.stringify(landmark);
        // A conversion at the very moment of a landmark: the desk asks, and voids; training has no such row.
        const voided = new Set(
          ordered.settled().flatMap(({ truth, landmark }) => (truth === null ? [key(landmark)] : [])),
        );
        const asked = ordered.asked().filter(({ landmark }) => !voided.has(key(landmark)));
        expect(new Map(asked.map(({ landmark, features }) => [key(landmark), features]))).toEqual(
          new Map(rows.map(({ landmark, features }) => [key(landmark), features])),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("the quick door", () => {
  it("says what the schema says, or nothing", () => {
    const at = fc.oneof(
      fc.constantFrom(
        "2026-11-26T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-11-26T10:00:00.123456+01:00",
        "2026-11-26",
        "",
        null,
      ),
      fc.double(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("x".repeat(16_385)), fc.constant(7));
    const event = fc.record(
      {
        id: fc.oneof(fc.string(), fc.constant("e1"), fc.constant("x".repeat(129))),
        type: fc.constantFrom("message", "converted", "closed", "entity", "x"),
        conversation_id: fc.oneof(fc.string(), fc.constant("c1")),
        at,
        sequence: fc.oneof(fc.nat(), fc.constantFrom(null, -1, 1.5, undefined)),
        role: fc.constantFrom("user", "agent", "x"),
        text,
        entities: fc.constantFrom([], null),
        __proto__: fc.constant({}),
        more: fc.nat(),
      },
      { requiredKeys: [] },
    );
    const outcome = (parse: (value: unknown) => IngestEvent, value: unknown) => {
      try {
        return parse(value);
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(fc.oneof(event, fc.jsonValue()), (value) => {
        expect(outcome(parseEvent, value)).toEqual(outcome(parseSlowly, value));
      }),
      { numRuns: 3_000 },
    );
    for (const type of ["message", "converted"]) {
      const more = type === "message" ? { role: "user", text: "Hi" } : {};
      for (const when of ["2026-11-26T10:00:00Z", 1_795_687_200.5]) {
        const value = { id: "e1", type, conversation_id: "c1", at: when, sequence: 3, ...more };
        expect(quickEvent(value)).toEqual(parseSlowly(value));
        expect(quickEvent(value)).not.toBeNull();
      }
    }
  });
});
