/** A validator's world around live conversations, with a clock that is moved by hand. */
import { createManualClock, createRandom, silentLogger } from "../../src/core/index.ts";
import type { ConversationEvent, Landmark } from "../../src/schema.ts";
import {
  createEventStore,
  INGEST_SCHEMA,
  type IngestEvent,
  type LiveOptions,
  openLive,
} from "../../src/sources/index.ts";
import { openStore, type Store } from "../../src/store/index.ts";
// The desk is what these events are for: nothing but it can tell whether they ask the right questions.
import { createDesk, type DeskAction } from "../../src/validator/index.ts";

export const START_MS = Date.parse("2026-11-26T10:00:00Z");
export const LANDMARKS: readonly Landmark[] = [{ messages: 2 }, { messages: 4 }, { seconds: 60 }];

const stores: Store[] = [];
export const closeStores = async () => {
  for (const store of stores.splice(0)) await store.close();
};
export const memoryStore = async () => {
  const store = await openStore(":memory:", { schemas: [INGEST_SCHEMA] });
  stores.push(store);
  return store;
};

/** A validator's world with a clock that is moved by hand: waiting moves it. */
export async function world(options: LiveOptions = {}, clock = createManualClock(START_MS), given?: Store) {
  const store = given ?? (await memoryStore());
  const events = createEventStore({ store, clock, random: createRandom(1) });
  const all = { landmarks: LANDMARKS, ...options };
  const sleep = async (ms: number) => clock.advance(ms);
  const live = openLive(all, { store: events, clock, logger: silentLogger, sleep });
  const desk = createDesk({ horizonSeconds: 1_800, ...all }, { random: createRandom(2) });
  const controller = new AbortController();
  const stream = live.source.events(controller.signal)[Symbol.asyncIterator]();
  const seen: ConversationEvent[] = [];
  const actions: DeskAction[] = [];
  /** Runs the stream until its clock has passed `seconds` after the start. */
  const runUntil = async (seconds: number) => {
    for (;;) {
      const { value, done } = await stream.next();
      if (done === true) return;
      if (value.conversationId !== "(clock)") seen.push(value);
      actions.push(...desk.accept(value));
      if (value.conversationId === "(clock)" && value.atSeconds * 1_000 > START_MS + seconds * 1_000) return;
    }
  };
  const asked = () =>
    actions.flatMap((action) =>
      action.type === "ask"
        ? [{ landmark: action.open.landmark, features: action.open.question.features, id: action.open.conversationId }]
        : [],
    );
  const settled = () =>
    actions.flatMap((action) =>
      action.type === "settle" ? [{ truth: action.truth, reason: action.reason, landmark: action.open.landmark }] : [],
    );
  return { live, clock, store, desk, seen, actions, runUntil, asked, settled, controller, stream };
}

export const base = (id: string, seconds: number, conversationId = "c1") => ({
  id,
  conversationId,
  atMs: START_MS + seconds * 1_000,
  sequence: null,
});
export const say = (
  id: string,
  seconds: number,
  text: string,
  role: "user" | "agent" = "user",
  of = "c1",
): IngestEvent => ({
  ...base(id, seconds, of),
  type: "message",
  role,
  text,
  entities: null,
});
export const converted = (seconds: number, id = "x"): IngestEvent => ({ ...base(id, seconds), type: "converted" });
export const closed = (seconds: number, outcome: "not_converted" | "unknown" = "not_converted"): IngestEvent => ({
  ...base("z", seconds),
  type: "closed",
  outcome,
});
export const FOUR = [
  say("m1", 0, "Hello"),
  say("m2", 5, "Hi! How can I help?", "agent"),
  say("m3", 12, "A table for two, ann@example.com"),
  say("m4", 20, "Done?", "agent"),
];
