import fc from "fast-check";
import { expect, test } from "vitest";
import { type Clock, createManualClock, systemClock } from "../core/index.ts";
import type { ConversationEvent, Transcript } from "../schema.ts";
import { type ReplayOptions, replay } from "./replay.ts";
import { scheduleEvents } from "./schedule.ts";
import type { Source } from "./source.ts";

const forever = new AbortController().signal;
const options: ReplayOptions = { intervalSeconds: 10, seed: 1, speed: "max", keepOpenSeconds: 0 };
const modules = { clock: systemClock };

const chat = (id: string, clocks: readonly (number | null)[], convertedAt?: number): Transcript => ({
  id,
  source: "test",
  startedAt: "2024-05-06T09:30:00Z",
  messages: clocks.map((atSeconds, i) => ({ role: i % 2 === 0 ? "user" : "agent", text: `${i}`, atSeconds })),
  outcome: { converted: convertedAt !== undefined, atSeconds: convertedAt ?? null, afterMessages: null },
});

async function collect(source: Source, signal = forever): Promise<ConversationEvent[]> {
  const events: ConversationEvent[] = [];
  for await (const event of source.events(signal)) events.push(event);
  return events;
}

/** Many conversations with overlaps, clockless ones, backward clocks and outcomes of all kinds. */
const transcriptsArbitrary = fc
  .array(
    fc.record({
      clocks: fc.array(fc.option(fc.integer({ min: 0, max: 60 })), { maxLength: 12 }),
      outcome: fc.record({
        converted: fc.boolean(),
        atSeconds: fc.option(fc.integer({ min: 0, max: 80 })),
        afterMessages: fc.option(fc.integer({ min: 0, max: 12 })),
      }),
    }),
    { maxLength: 20 },
  )
  .map((chats) => chats.map(({ clocks, outcome }, i): Transcript => ({ ...chat(`chat-${i}`, clocks), outcome })));

test("merges overlapping conversations in time order, each of them whole and in its own order", async () => {
  await fc.assert(
    fc.asyncProperty(transcriptsArbitrary, fc.constantFrom(0.5, 10, 500), async (transcripts, intervalSeconds) => {
      const events = await collect(replay(transcripts, { ...options, intervalSeconds }, modules));
      const times = events.map(({ atSeconds }) => atSeconds);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      for (const transcript of transcripts) {
        const own = events.filter(({ conversationId }) => conversationId === transcript.id);
        expect(own).toEqual(scheduleEvents(transcript, own[0]?.atSeconds ?? Number.NaN, 0));
      }
      const expected = transcripts.map((transcript) => scheduleEvents(transcript, 0, 0).length);
      expect(events.length).toBe(expected.reduce((sum, length) => sum + length, 0));
    }),
  );
});

test("never delivers an outcome before its moment, nor a message of that moment after it", async () => {
  await fc.assert(
    fc.asyncProperty(transcriptsArbitrary, async (transcripts) => {
      const opened = new Map<string, number>();
      const convertedAt = new Map<string, number>();
      for (const event of await collect(replay(transcripts, options, modules))) {
        const start = opened.get(event.conversationId) ?? event.atSeconds;
        if (event.type === "opened") opened.set(event.conversationId, event.atSeconds);
        if (event.type === "message") expect(convertedAt.get(event.conversationId)).not.toBe(event.atSeconds);
        if (event.type !== "converted" || event.timeSeconds === null) continue;
        expect(event.atSeconds).toBe(start + event.timeSeconds);
        convertedAt.set(event.conversationId, event.atSeconds);
      }
    }),
  );
});

test("the same seed gives the same events, another seed other beginnings", async () => {
  const chats = Array.from({ length: 30 }, (_, i) => chat(`chat-${i}`, [0, 5, 9], 7));
  const first = await collect(replay(chats, options, modules));
  expect(await collect(replay(chats, options, modules))).toEqual(first);
  expect(await collect(replay(chats, { ...options, seed: 2 }, modules))).not.toEqual(first);
});

test("conversations begin at exponential intervals of the given mean", async () => {
  const chats = Array.from({ length: 3_000 }, (_, i) => chat(`chat-${i}`, []));
  const starts = (await collect(replay(chats, options, modules))).flatMap((e) =>
    e.type === "opened" ? [e.atSeconds] : [],
  );
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  expect(Math.abs(mean - 10)).toBeLessThan(0.6);
  expect(gaps.filter((gap) => gap > 10).length / gaps.length).toBeCloseTo(Math.exp(-1), 1);
});

test("defect 43: what is said after the conversion comes after it, so that no question can be asked on it", async () => {
  const events = await collect(replay([chat("a", [0, 10, 20, 30], 15)], options, modules));
  expect(events.map(({ type }) => type)).toEqual([
    "opened",
    "message",
    "message",
    "converted",
    "message",
    "message",
    "closed",
  ]);
});

test("keeps every conversation open until the default horizon, unless told otherwise", async () => {
  const { keepOpenSeconds: _, ...unsaid } = options;
  const events = await collect(replay([chat("a", [0, 10])], unsaid, modules));
  expect(events.at(-1)).toEqual({ conversationId: "a", atSeconds: 1800, type: "closed" });
});

test("recorded dates serve as wall clock only", async () => {
  const [opened] = await collect(replay([chat("a", [])], options, modules));
  expect(opened).toEqual({
    conversationId: "a",
    atSeconds: 0,
    type: "opened",
    source: "test",
    startedAt: "2024-05-06T09:30:00Z",
  });
});

test("reads no more of an endless supply than overlaps", async () => {
  let supplied = 0;
  const endless = function* () {
    for (;;) yield chat(`chat-${supplied++}`, [0, 5, 10]);
  };
  let closed = 0;
  for await (const event of replay(endless(), options, modules).events(forever)) {
    if (event.type === "closed" && ++closed === 500) break;
    expect(supplied - closed).toBeLessThan(15);
  }
  expect(closed).toBe(500);
});

test("passes on the error of a bad supply", async () => {
  const supply = async function* () {
    yield chat("a", [0]);
    throw new Error("line 2");
  };
  await expect(collect(replay(supply(), options, modules))).rejects.toThrow("line 2");
});

test("speed N waits so that virtual time runs N times faster", async () => {
  const clock = createManualClock();
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    clock.advance(ms);
  };
  const source = replay([chat("a", [0, 10, 40])], { ...options, speed: 20 }, { clock, sleep });
  const seen: number[] = [];
  for await (const event of source.events(forever)) if (event.type === "message") seen.push(clock.monotonicMs());
  expect(seen).toEqual([0, 500, 2_000]);
  expect(waits).toEqual([500, 1_500]);
});

test("catches up without waiting after a consumer that took its time", async () => {
  const clock = createManualClock();
  const sleep = async (ms: number) => clock.advance(ms);
  const source = replay([chat("a", [0, 10, 40])], { ...options, speed: 1 }, { clock, sleep });
  const seen: number[] = [];
  for await (const event of source.events(forever)) {
    if (event.type !== "message") continue;
    seen.push(clock.monotonicMs());
    if (seen.length === 1) clock.advance(15_000);
  }
  expect(seen).toEqual([0, 15_000, 40_000]);
});

test("an abort ends a long wait at once and without an error", async () => {
  const controller = new AbortController();
  const source = replay([chat("a", [0, 1e8])], { ...options, speed: 0.001 }, modules);
  const events: ConversationEvent[] = [];
  for await (const event of source.events(controller.signal)) {
    events.push(event);
    if (event.type === "message") setTimeout(() => controller.abort(), 1);
  }
  expect(events.map(({ type }) => type)).toEqual(["opened", "message"]);
});

test("an abort ends the wait for a supply that hangs", async () => {
  const controller = new AbortController();
  const supply = async function* () {
    yield chat("a", [0]);
    await new Promise(() => undefined);
  };
  setTimeout(() => controller.abort(), 1);
  expect(await collect(replay(supply(), options, modules), controller.signal)).toEqual([]);
});

test("at max speed a timer can still abort, and nothing comes after", async () => {
  const controller = new AbortController();
  const endless = function* () {
    for (let i = 0; ; i++) yield chat(`chat-${i}`, [0, 1, 2]);
  };
  setTimeout(() => controller.abort(), 1);
  const events = await collect(replay(endless(), options, modules), controller.signal);
  expect(events.length).toBeGreaterThan(0);
  expect(await collect(replay(endless(), options, modules), controller.signal)).toEqual([]);
});

test("gives the supply back when the consumer stops", async () => {
  let returned = false;
  const supply = function* () {
    try {
      for (let i = 0; ; i++) yield chat(`chat-${i}`, [0]);
    } finally {
      returned = true;
    }
  };
  for await (const _ of replay(supply(), options, modules).events(forever)) break;
  expect(returned).toBe(true);
});

test.each([
  [{ intervalSeconds: 0 }, "intervalSeconds"],
  [{ intervalSeconds: Number.NaN }, "intervalSeconds"],
  [{ keepOpenSeconds: -1 }, "keepOpenSeconds"],
  [{ speed: 0 }, "speed"],
  [{ speed: Number.POSITIVE_INFINITY }, "speed"],
])("refuses %o by name", (change, argument) => {
  const clock: Clock = createManualClock();
  expect(() => replay([], { ...options, ...change }, { clock })).toThrow(expect.objectContaining({ argument }));
});
