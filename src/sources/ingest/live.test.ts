import { afterEach, describe, expect, it } from "vitest";
import {
  base,
  closed,
  closeStores,
  converted,
  FOUR,
  memoryStore,
  START_MS,
  say,
  world,
} from "../../../test/support/live-world.ts";
import { createManualClock } from "../../core/index.ts";

afterEach(closeStores);

describe("live conversations", () => {
  it("are asked about when a landmark is complete, and settle when they convert", async () => {
    const { live, runUntil, asked, settled } = await world();
    expect(await live.accept("shop", [...FOUR, converted(90)].slice(0, 4))).toEqual(
      FOUR.map(() => ({ status: "accepted" })),
    );
    await runUntil(70);
    expect(asked().map(({ landmark }) => landmark)).toEqual([{ messages: 2 }, { messages: 4 }, { seconds: 60 }]);
    expect(asked()[1]?.features.has_target_entity).toBe(1);
    expect(settled()).toEqual([]);
    await live.accept("shop", [converted(90)]);
    await runUntil(100);
    expect(settled().map(({ truth, reason }) => [truth, reason])).toEqual(
      Array.from({ length: 3 }, () => [{ converted: 1, timeSeconds: 90 }, "converted"]),
    );
    expect(live.status()).toMatchObject({ open: 0, heldChars: 0, accepted: 5, late: 0 });
  });

  it("put events into their own order while the landmark is awaited", async () => {
    const { live, runUntil, seen } = await world({ latenessSeconds: 10 });
    for (const event of [...FOUR].reverse()) await live.accept("shop", [event]);
    await runUntil(25);
    const texts = seen.flatMap((event) => (event.type === "message" ? [event.message.text] : []));
    expect(texts).toEqual(FOUR.flatMap((event) => (event.type === "message" ? [event.text] : [])));
    expect(seen[0]).toEqual({
      conversationId: "shop/c1",
      atSeconds: START_MS / 1_000,
      type: "opened",
      source: "shop",
      startedAt: "2026-11-26T10:00:00.000Z",
    });
  });

  it("record what comes after its landmark, and ask nothing else because of it", async () => {
    const { live, runUntil, asked, store } = await world();
    await live.accept("shop", FOUR);
    await runUntil(30);
    const before = asked();
    expect(await live.accept("shop", [say("late", 3, "I forgot")])).toEqual([{ status: "accepted" }]);
    await runUntil(40);
    expect(asked()).toEqual(before);
    expect(live.status().late).toBe(1);
    expect(store.sql.get("SELECT count(*) AS n FROM ingest_events")).toEqual({ n: 5 });
  });

  it("know an event by its id: the same again is harmless, another under its id is refused", async () => {
    const { live, runUntil, seen } = await world();
    const [first] = FOUR;
    if (first === undefined) throw new Error("no event");
    await live.accept("shop", [first]);
    expect(await live.accept("shop", [first])).toEqual([{ status: "duplicate" }]);
    expect(await live.accept("shop", [say("m1", 0, "Goodbye")])).toMatchObject([
      { status: "refused", error: { code: "EVENT_CONFLICT", status: 409, field: "id" } },
    ]);
    // Another source has ids of its own.
    expect(await live.accept("other", [say("m1", 0, "Goodbye")])).toEqual([{ status: "accepted" }]);
    await live.accept("shop", FOUR);
    await runUntil(30);
    expect(seen.filter(({ type }) => type === "message")).toHaveLength(4);
  });

  it("take one of two that come at once under the same id", async () => {
    const { live } = await world();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => live.accept("shop", [say("same", 0, i % 2 === 0 ? "a" : "b")])),
    );
    const count = (status: string) => results.flat().filter((result) => result.status === status).length;
    expect([count("accepted"), count("duplicate"), count("refused")]).toEqual([1, 24, 25]);
  });

  it("bound an event's clock by their own", async () => {
    const { live } = await world({ maxFutureSeconds: 60, maxAgeSeconds: 3_600 });
    const results = await live.accept("shop", [
      say("a", 61, ""),
      say("b", -3_601, ""),
      say("c", 60, ""),
      say("d", -3_600, ""),
    ]);
    expect(results.map((result) => (result.status === "refused" ? result.error.code : result.status))).toEqual([
      "EVENT_OUT_OF_TIME",
      "EVENT_OUT_OF_TIME",
      "accepted",
      "accepted",
    ]);
  });

  it("are not asked about a landmark that is heard of too late", async () => {
    const { live, runUntil, asked, clock } = await world({ staleSeconds: 600 });
    clock.advance(700_000);
    await live.accept("shop", FOUR);
    await runUntil(720);
    expect(asked()).toEqual([]);
    expect(live.status()).toMatchObject({ open: 0, stale: 1 });
  });

  it("are void when closed with an unknown outcome, and not converted when closed without", async () => {
    for (const [outcome, truth] of [
      ["unknown", null],
      ["not_converted", { converted: 0, timeSeconds: null }],
    ] as const) {
      const { live, runUntil, settled } = await world();
      await live.accept("shop", [...FOUR, closed(50, outcome)]);
      await runUntil(80);
      expect(settled().map((one) => one.truth)).toEqual([truth, truth]);
    }
  });

  it("are not converted at the horizon, and let go of", async () => {
    const { live, runUntil, settled } = await world();
    await live.accept("shop", FOUR);
    await runUntil(1_810);
    expect(settled().map(({ truth, reason }) => [truth, reason])).toEqual(
      Array.from({ length: 3 }, () => [{ converted: 0, timeSeconds: null }, "horizon"]),
    );
    expect(live.status().open).toBe(0);
  });

  it("wait for a conversion that is reported hours later, after closing too, where they are told to", async () => {
    const late = { outcomeDelaySeconds: 7_200 };
    const { live, runUntil, settled, asked } = await world(late);
    await live.accept("shop", [...FOUR, closed(50)]);
    await runUntil(5_000);
    expect(asked().map(({ landmark }) => landmark)).toEqual([{ messages: 2 }, { messages: 4 }]);
    expect(settled()).toEqual([]);
    await live.accept("shop", [converted(1_000)]);
    await runUntil(5_010);
    expect(settled().map(({ truth }) => truth?.timeSeconds)).toEqual([1_000, 1_000]);
    const never = await world(late);
    await never.live.accept("shop", [...FOUR, closed(50)]);
    await never.runUntil(9_010);
    expect(never.settled().map(({ truth, reason }) => [truth?.converted, reason])).toEqual([
      [0, "closed"],
      [0, "closed"],
    ]);
    expect(never.live.status().open + never.desk.openConversations).toBe(0);
  });

  it("void a question whose conversion is reported late and lies before its landmark", async () => {
    const { live, runUntil, settled } = await world();
    await live.accept("shop", FOUR);
    await runUntil(30);
    await live.accept("shop", [converted(10)]);
    await runUntil(40);
    expect(settled().map(({ truth, landmark }) => [landmark, truth])).toEqual([
      [{ messages: 2 }, { converted: 1, timeSeconds: 10 }],
      [{ messages: 4 }, null],
    ]);
  });

  it("count entities that an agent collects, from the landmark after they were", async () => {
    const { live, runUntil, asked } = await world();
    await live.accept("shop", [
      say("m1", 0, "I am Ann"),
      say("m2", 5, "Hello Ann", "agent"),
      { ...base("e1", 3), type: "entity", entity: { type: "name", value: "Ann", confidence: 0.9 } },
      { ...base("e2", 6), type: "entity", entity: { type: "email", value: "ann@example.com" } },
      say("m3", 12, "2 people"),
      say("m4", 20, "Done?", "agent"),
    ]);
    await runUntil(30);
    const counts = asked().map(({ features }) => [features.entities_collected_count, features.has_target_entity]);
    expect(counts).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it("have a most of conversations, of messages and of text", async () => {
    const { live } = await world({ maxOpen: 2, maxMessages: 3, maxHeldChars: 100 });
    await live.accept("shop", [say("a", 0, "", "user", "1"), say("b", 0, "", "user", "2")]);
    const [full] = await live.accept("shop", [say("c", 0, "", "user", "3")]);
    expect(full).toMatchObject({ error: { code: "TOO_MANY_CONVERSATIONS", status: 429, retryAfterSeconds: 60 } });
    await live.accept("shop", [say("d", 1, "", "user", "1"), say("e", 2, "", "user", "1")]);
    const [long] = await live.accept("shop", [say("f", 3, "", "user", "1")]);
    expect(long).toMatchObject({ error: { code: "CONVERSATION_FULL", status: 422 } });
    await live.accept("shop", [say("g", 0, "x".repeat(100), "user", "2")]);
    await expect(live.accept("shop", [say("h", 0, "", "user", "2")])).rejects.toMatchObject({ code: "OVERLOADED" });
  });

  it("have a most within one batch, and in batches that come together", async () => {
    const { live } = await world({ maxMessages: 3 });
    const batch = (name: string) => Array.from({ length: 5 }, (_, i) => say(`${name}${i}`, i, "", "user", "1"));
    const results = await Promise.all([live.accept("shop", batch("a")), live.accept("shop", batch("b"))]);
    expect(results.flat().filter(({ status }) => status === "accepted")).toHaveLength(3);
    expect(results.flat().filter(({ status }) => status === "refused")).toHaveLength(7);
    // What was sent before stays known, and another conversation has its own.
    expect((await live.accept("shop", batch("a")))[0]).toEqual({ status: "duplicate" });
    expect((await live.accept("shop", [say("z", 1, "", "user", "2")]))[0]).toEqual({ status: "accepted" });
  });

  it("have a most of what is no message too, count its text, and still take their outcome", async () => {
    const { live, runUntil, settled } = await world({ maxMessages: 3 });
    const entity = { type: "size", value: "1234" };
    await live.accept("shop", [{ ...base("m", 0), type: "message", role: "user", text: "hi", entities: [entity] }]);
    const statuses: string[] = [];
    for (let i = 0; i < 10; i++)
      statuses.push((await live.accept("shop", [{ ...base(`e${i}`, 1), type: "entity", entity }]))[0]?.status ?? "");
    expect(statuses.filter((status) => status === "accepted")).toHaveLength(5);
    expect(live.status().heldChars).toBe(2 + 6 * 8);
    for (let i = 0; i < 20; i++) await live.accept("shop", [converted(2 + i, `x${i}`)]);
    expect(live.status()).toMatchObject({ accepted: 1 + 5 + 6 });
    await runUntil(70);
    expect(live.status()).toMatchObject({ open: 0, heldChars: 0 });
    expect(settled().every(({ reason }) => reason === "converted")).toBe(true);
  });

  it("hold no more than the most when many come at once", async () => {
    const { live } = await world({ maxOpen: 10 });
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => live.accept("shop", [say(`${i}`, 0, "", "user", `${i}`)])),
    );
    expect(results.flat().filter(({ status }) => status === "accepted")).toHaveLength(10);
    expect(live.status().open).toBe(10);
  });

  it("are followed by one", async () => {
    const { live, runUntil } = await world();
    await runUntil(1);
    const second = live.source.events(new AbortController().signal)[Symbol.asyncIterator]();
    await expect(second.next()).rejects.toMatchObject({ code: "ALREADY_FOLLOWED" });
  });

  it("do not let the clock go back, whatever the machine's does", async () => {
    const { live, runUntil, clock, seen } = await world();
    await live.accept("shop", FOUR.slice(0, 2));
    await runUntil(30);
    clock.advance(-30_000);
    await live.accept("shop", FOUR.slice(2));
    await runUntil(31);
    expect(seen.filter(({ type }) => type === "message")).toHaveLength(4);
  });
});

describe("after a restart", () => {
  it("what was given out is given out again, the same, and then it goes on", async () => {
    const clock = createManualClock(START_MS);
    const store = await memoryStore();
    const first = await world({}, clock, store);
    await first.live.accept("shop", FOUR.slice(0, 3));
    await first.runUntil(15);
    await first.live.accept("shop", [say("late", 3, "I forgot")]);
    const second = await world({}, clock, store);
    expect(second.live.source.replaying).toBe(false);
    const next = await second.stream.next();
    expect(next.value).toEqual(first.seen[0]);
    expect(second.live.source.replaying).toBe(true);
    await second.live.accept("shop", [...FOUR, converted(25)]);
    second.desk.accept(next.value);
    await second.runUntil(40);
    expect(second.seen.slice(0, 2)).toEqual(first.seen.slice(1, 3));
    expect(second.asked()[0]?.features).toEqual(first.asked()[0]?.features);
    expect(second.settled()).toHaveLength(2);
    const third = await world({}, clock, store);
    await third.runUntil(50);
    expect(third.seen).toEqual([]);
  });

  it("a conversation whose end was given out and not taken ends again", async () => {
    const clock = createManualClock(START_MS);
    const store = await memoryStore();
    const first = await world({}, clock, store);
    await first.live.accept("shop", [...FOUR.slice(0, 2), converted(25)]);
    for (;;) {
      const { value } = await first.stream.next();
      if (value.type === "converted") break;
    }
    const second = await world({}, clock, store);
    await second.runUntil(40);
    expect(second.settled().map(({ truth }) => truth)).toEqual([{ converted: 1, timeSeconds: 25 }]);
    expect(second.live.status().open).toBe(0);
  });

  it("silence over a long absence is no answer: the horizon makes it void", async () => {
    const clock = createManualClock(START_MS);
    const store = await memoryStore();
    const first = await world({ maxAwaySeconds: 300 }, clock, store);
    await first.live.accept("shop", FOUR);
    await first.runUntil(70);
    clock.advance(900_000);
    const second = await world({ maxAwaySeconds: 300 }, clock, store);
    await second.runUntil(1_810);
    expect(second.settled().map(({ truth, reason }) => [truth, reason])).toEqual(
      Array.from({ length: 3 }, () => [null, "void: the validator was away"]),
    );
  });
});
