import { expect, test } from "vitest";
import type { Outcome, Transcript } from "../schema.ts";
import { scheduleEvents } from "./schedule.ts";

const lost: Outcome = { converted: false, atSeconds: null, afterMessages: null };
const chat = (clocks: readonly (number | null)[], outcome: Partial<Outcome> = {}): Transcript => ({
  id: "a",
  source: "test",
  startedAt: null,
  messages: clocks.map((atSeconds, i) => ({ role: i % 2 === 0 ? "user" : "agent", text: `${i}`, atSeconds })),
  outcome: { ...lost, ...outcome },
});
const story = (transcript: Transcript) =>
  scheduleEvents(transcript, 100, 0).map((event) => {
    const what = event.type === "message" ? `message ${event.message.text}` : event.type;
    return `${event.atSeconds} ${what}${event.type === "converted" ? ` ${event.timeSeconds}` : ""}`;
  });

test("opened, messages at their times, closed right after the last", () => {
  expect(story(chat([0, 7, 20]))).toEqual([
    "100 opened",
    "100 message 0",
    "107 message 1",
    "120 message 2",
    "120 closed",
  ]);
});

test("delivers a conversion at its moment, after a message of the same moment", () => {
  const events = story(chat([0, 7, 7, 20], { converted: true, atSeconds: 7 }));
  expect(events.slice(2)).toEqual(["107 message 1", "107 message 2", "107 converted 7", "120 message 3", "120 closed"]);
});

test("closes after a conversion that comes after the last message", () => {
  expect(story(chat([0, 7], { converted: true, atSeconds: 90 })).slice(-2)).toEqual(["190 converted 90", "190 closed"]);
});

test("schedules messages without a clock a second apart and leaves their time null", () => {
  const transcript = chat([null, null, null], { converted: true, afterMessages: 2 });
  const expected = [
    "100 opened",
    "100 message 0",
    "101 message 1",
    "101 converted null",
    "102 message 2",
    "102 closed",
  ];
  expect(story(transcript)).toEqual(expected);
  const clocks = scheduleEvents(transcript, 100, 0).flatMap((e) => (e.type === "message" ? [e.message.atSeconds] : []));
  expect(clocks).toEqual([null, null, null]);
});

test("a conversion at an unknown moment after unknown messages comes at the end", () => {
  expect(story(chat([0, 5], { converted: true })).slice(-2)).toEqual(["105 converted null", "105 closed"]);
});

test("a conversion before any message comes right after the opening", () => {
  const events = story(chat([3, 5], { converted: true, afterMessages: 0 }));
  expect(events.slice(0, 3)).toEqual(["100 opened", "100 converted null", "103 message 0"]);
});

test("a clock that runs backwards is scheduled at its running maximum, the message left as it is", () => {
  const transcript = chat([0, 30, 10, null, 40]);
  expect(story(transcript).slice(1, -1)).toEqual([
    "100 message 0",
    "130 message 1",
    "130 message 2",
    "131 message 3",
    "140 message 4",
  ]);
  expect(scheduleEvents(transcript, 100, 0)[3]).toMatchObject({ message: { atSeconds: 10 } });
});

test("stays open as long after its first message, whether it converts or not", () => {
  const closedAt = (transcript: Transcript) => scheduleEvents(transcript, 100, 60).at(-1)?.atSeconds;
  expect(closedAt(chat([5, 12]))).toBe(165);
  expect(closedAt(chat([5, 12], { converted: true, atSeconds: 40 }))).toBe(165);
  expect(closedAt(chat([5, 12], { converted: true, atSeconds: 90 }))).toBe(190);
  expect(closedAt(chat([5, 120]))).toBe(220);
  expect(closedAt(chat([]))).toBe(100);
});

test("a conversation without messages only opens and closes", () => {
  expect(story(chat([], { converted: true, atSeconds: 4 }))).toEqual(["100 opened", "100 closed"]);
});
