/** Payloads are made after the vendors' documentation that each adapter names, with values of our own. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventRefusedError } from "../ingest/errors.ts";
import { type IngestEvent, parseEvent } from "../ingest/events.ts";
import { signBody } from "../ingest/signatures.ts";
import { textOfHtml } from "./adapter.ts";
import { adapterNamed, chatwoot, intercom, rasa } from "./index.ts";

const at = (iso: string) => Date.parse(iso);

describe("chatwoot", () => {
  const message = (more: object = {}) => ({
    event: "message_created",
    id: 118,
    content: "hi",
    created_at: "2026-07-23T18:02:48.000Z",
    message_type: "incoming",
    content_type: "text",
    private: false,
    content_attributes: {},
    source_id: null,
    sender: { id: 14, name: "little-haze", avatar: "", type: "contact" },
    inbox: { id: 1, name: "Support" },
    conversation: {
      id: 10,
      channel: "Channel::WebWidget",
      status: "open",
      messages: [],
      meta: {},
      timestamp: 1_784_829_769,
    },
    account: { id: 1, name: "Acme" },
    ...more,
  });

  it("reads messages of contacts and of agents", () => {
    expect(chatwoot.events(message(), {})).toEqual([
      {
        type: "message",
        id: "message-118",
        conversationId: "10",
        atMs: at("2026-07-23T18:02:48Z"),
        sequence: 118,
        role: "user",
        text: "hi",
        entities: null,
      },
    ]);
    expect(chatwoot.events(message({ message_type: "outgoing" }), {})).toMatchObject([{ role: "agent" }]);
    expect(chatwoot.events(message({ message_type: "template" }), {})).toMatchObject([{ role: "agent" }]);
  });

  it("reads the form of its older example: a date in words, ids as texts, the display id alone", () => {
    const old = message({ id: "1", created_at: "2026-03-03 13:05:57 UTC", conversation: { display_id: "7" } });
    expect(chatwoot.events(old, {})).toMatchObject([
      { atMs: at("2026-03-03T13:05:57Z"), conversationId: "7", sequence: 1 },
    ]);
  });

  it("leaves out notes among agents, activity lines and events that are no part of a conversation", () => {
    expect(chatwoot.events(message({ private: true, message_type: "outgoing" }), {})).toEqual([]);
    expect(chatwoot.events(message({ message_type: "activity" }), {})).toEqual([]);
    expect(chatwoot.events({ event: "webwidget_triggered", id: 12 }, {})).toEqual([]);
  });

  it("reads a resolved conversation as closed, and a label as its conversion", () => {
    const status = { event: "conversation_status_changed", id: 10, status: "resolved", timestamp: 1_784_829_769 };
    expect(chatwoot.events(status, {})).toMatchObject([
      { type: "closed", conversationId: "10", atMs: 1_784_829_769_000 },
    ]);
    expect(chatwoot.events({ ...status, status: "open" }, {})).toEqual([]);
    const labelled = {
      event: "conversation_updated",
      id: 10,
      status: "open",
      labels: ["vip", "sold"],
      updated_at: 1_784_829_770.5,
    };
    expect(chatwoot.events(labelled, { conversion: "sold" })).toMatchObject([
      { type: "converted", id: "converted-10", atMs: 1_784_829_770_500 },
    ]);
    expect(chatwoot.events(labelled, {})).toEqual([]);
  });

  it("is signed by SHA-256 over time and body", () => {
    const expected = createHmac("sha256", "s").update('1784829769.{"a":1}').digest("hex");
    expect(chatwoot.signature && signBody(chatwoot.signature, "s", '{"a":1}', 1_784_829_769)).toBe(
      `sha256=${expected}`,
    );
  });
});

describe("intercom", () => {
  const notification = (topic: string, item: object) => ({
    type: "notification_event",
    id: "notif_78c122d0",
    topic,
    app_id: "a86dr8yl",
    created_at: 1_784_829_800,
    delivery_attempts: 1,
    data: {
      type: "notification_event_data",
      item: { type: "conversation", id: "147", created_at: 1_784_829_700, ...item },
    },
  });
  const part = (more: object = {}) => ({
    type: "conversation_part",
    id: "4412",
    part_type: "comment",
    body: "<p>Hi Jane, it&#39;s all great &amp; thanks!</p>",
    created_at: 1_784_829_790,
    author: { type: "admin", id: "25" },
    ...more,
  });
  const parts = (...list: object[]) => ({
    source: { id: "3", body: "<p>Hello</p>", author: { type: "user", id: "u" } },
    conversation_parts: { type: "conversation_part.list", conversation_parts: list },
  });

  it("reads the beginning, and replies of both sides", () => {
    expect(intercom.events(notification("conversation.user.created", parts()), {})).toMatchObject([
      { type: "message", id: "source-147", role: "user", text: "Hello", atMs: 1_784_829_700_000, sequence: 0 },
    ]);
    expect(intercom.events(notification("conversation.admin.replied", parts(part())), {})).toMatchObject([
      {
        id: "part-4412",
        conversationId: "147",
        role: "agent",
        text: "Hi Jane, it's all great & thanks!",
        sequence: 4412,
      },
    ]);
    const lead = part({ id: "4413", author: { type: "lead", id: "l" }, body: "plain text, as from API 2.15 on" });
    expect(intercom.events(notification("conversation.user.replied", parts(lead)), {})).toMatchObject([
      { role: "user", text: "plain text, as from API 2.15 on" },
    ]);
  });

  it("has moments of whole milliseconds, whatever the platform sends", () => {
    const odd = 1_784_829_790.123_45;
    const close = parts(part({ part_type: "close", body: "<p>Bye</p>", created_at: odd }));
    const events = [
      ...intercom.events(notification("conversation.user.created", { ...parts(), created_at: odd }), {}),
      ...intercom.events(notification("conversation.admin.closed", close), {}),
    ];
    expect(events.map(({ atMs }) => atMs)).toEqual(Array(3).fill(1_784_829_790_123));
  });

  it("reads a close with its last words, and a tag as the conversion", () => {
    const close = part({ part_type: "close", body: "<p>Bye</p>" });
    expect(intercom.events(notification("conversation.admin.closed", parts(close)), {})).toMatchObject([
      { type: "message", text: "Bye" },
      { type: "closed", atMs: 1_784_829_790_000 },
    ]);
    const tagged = notification("conversation_part.tag.created", {
      ...parts(part()),
      tags_added: { type: "tag.list", tags: [{ type: "tag", id: "9", name: "converted" }] },
    });
    expect(intercom.events(tagged, {})).toMatchObject([{ type: "converted", id: "converted-147" }]);
    expect(intercom.events(tagged, { conversion: "sold" })).toEqual([]);
  });

  it("leaves out notes, assignments, pings and topics of other objects", () => {
    for (const topic of ["conversation.admin.noted", "conversation.admin.assigned", "user.created"]) {
      expect(intercom.events(notification(topic, parts(part())), {})).toEqual([]);
    }
    expect(
      intercom.events({ type: "notification_event", topic: "ping", data: { item: { type: "ping" } } }, {}),
    ).toEqual([]);
    const assigned = part({ part_type: "assignment", body: null });
    expect(intercom.events(notification("conversation.admin.replied", parts(assigned)), {})).toEqual([]);
  });

  it("is signed by SHA-1 over the body", () => {
    const expected = createHmac("sha1", "client secret").update("{}").digest("hex");
    expect(intercom.signature && signBody(intercom.signature, "client secret", "{}")).toBe(`sha1=${expected}`);
  });
});

describe("rasa", () => {
  const bot = {
    sender_id: "default",
    timestamp: 1_784_829_769.617099,
    event: "bot",
    text: "what your bot said",
    data: "some data about e.g. attachments",
    metadata: { "a key": "a value" },
  };
  const user = {
    sender_id: "default",
    timestamp: 1_784_829_775.25,
    event: "user",
    text: "a table for two",
    message_id: "f1d3",
    input_channel: "rest",
    parse_data: {
      intent: { name: "book", confidence: 0.98 },
      entities: [
        { entity: "people", value: 2, confidence_entity: 0.97, start: 12, end: 15, extractor: "DIETClassifier" },
      ],
      text: "a table for two",
    },
  };

  it("reads what user and bot say, with the entities that its NLU found", () => {
    expect(rasa.events(bot, {})).toMatchObject([
      {
        type: "message",
        role: "agent",
        text: "what your bot said",
        atMs: 1_784_829_769_617,
        conversationId: "default",
        entities: null,
      },
    ]);
    expect(rasa.events(user, {})).toMatchObject([
      { id: "user-default-f1d3", role: "user", entities: [{ type: "people", value: "2", confidence: 0.97 }] },
    ]);
  });

  it("reads a slot as the conversion, a restart as the close, and a whole tracker", () => {
    const slot = { event: "slot", name: "converted", value: true, timestamp: 1_784_829_780, sender_id: "default" };
    expect(rasa.events(slot, {})).toMatchObject([{ type: "converted" }]);
    expect(rasa.events({ ...slot, value: false }, {})).toEqual([]);
    expect(rasa.events(slot, { conversion: "booked" })).toEqual([]);
    const strip = ({ sender_id: _, ...rest }: typeof bot | typeof user) => rest;
    const tracker = {
      sender_id: "u7",
      slots: {},
      events: [
        { event: "action", name: "action_session_start", timestamp: 1_784_829_760 },
        { event: "session_started", timestamp: 1_784_829_760 },
        strip(bot),
        strip(user),
        { event: "restart", timestamp: 1_784_829_790 },
      ],
    };
    expect(rasa.events(tracker, {})).toMatchObject([
      { type: "message", conversationId: "u7" },
      { type: "message" },
      { type: "closed" },
    ]);
  });

  it("names the field of what it cannot read", () => {
    expect(() => rasa.events({ event: "user", text: "a", timestamp: 1 }, {})).toThrow("sender_id: must be there");
    expect(() => rasa.events({ sender_id: "a", events: [{ event: "user" }] }, {})).toThrow("timestamp: must be there");
    expect(() => rasa.events({ sender_id: "a", events: [7] }, {})).toThrow(/^events\.0\./);
  });
});

describe("every adapter", () => {
  it("is found by its name, and no other is", () => {
    expect([adapterNamed("rasa"), adapterNamed("slack"), adapterNamed("__proto__")]).toEqual([
      rasa,
      undefined,
      undefined,
    ]);
  });

  it("gives events that our own door would take, or says why not, whatever it is given", () => {
    const samples: readonly object[] = [
      {
        event: "message_created",
        id: 118,
        content: "hi",
        created_at: 1_784_829_769,
        message_type: "incoming",
        conversation: { id: 10 },
      },
      { event: "conversation_status_changed", id: 10, status: "resolved", timestamp: 1_784_829_769 },
      {
        type: "notification_event",
        topic: "conversation.user.created",
        created_at: 1_784_829_800,
        data: {
          item: {
            ...{ type: "conversation", id: "147", created_at: 1_784_829_700 },
            source: { id: "3", body: "<p>Hello</p>", author: { type: "user", id: "u" } },
            conversation_parts: { type: "conversation_part.list", conversation_parts: [] },
          },
        },
      },
      { sender_id: "u7", timestamp: 1_784_829_775.25, event: "user", text: "a table for two", message_id: "f1d3" },
      { sender_id: "u7", timestamp: 1_784_829_775.25, event: "bot", text: "for when?" },
    ];
    /** A good payload with one of its values, at any depth, replaced; or whole. */
    const replaced = (value: unknown, at: { left: number }, by: unknown): unknown => {
      if (at.left-- === 0) return by;
      if (Array.isArray(value)) return value.map((part) => replaced(part, at, by));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part, at, by)]));
    };
    const payload = fc
      .tuple(fc.constantFrom(...samples), fc.integer({ min: 0, max: 24 }), fc.oneof(fc.jsonValue(), fc.double()))
      .map(([sample, left, by]) => replaced(sample, { left }, by));
    const taken = new Map<string, number>();
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), payload, payload, payload), (value) => {
        for (const adapter of [chatwoot, intercom, rasa]) {
          let events: readonly IngestEvent[] = [];
          try {
            events = adapter.events(value, {});
          } catch (error) {
            if (!(error instanceof EventRefusedError)) throw error;
          }
          // What an adapter gives, our own door takes.
          for (const { conversationId: conversation_id, atMs, sequence, ...rest } of events) {
            const { entities, ...plain } = { entities: null, ...rest };
            parseEvent({
              ...plain,
              ...(entities && { entities }),
              ...{ conversation_id, at: atMs / 1_000 },
              ...(sequence !== null && { sequence }),
            });
            taken.set(adapter.name, (taken.get(adapter.name) ?? 0) + 1);
          }
        }
      }),
      { numRuns: 2_000 },
    );
    for (const { name } of [chatwoot, intercom, rasa]) expect(taken.get(name) ?? 0, name).toBeGreaterThan(50);
  });

  it("reads the text of HTML, however it is broken, and fast", () => {
    expect(textOfHtml("<p>One<br/>two</p><p>3 &lt; 4 &#x1F600; &bogus; &#0;</p>")).toBe(
      "One\ntwo\n3 < 4 😀 &bogus; &#0;",
    );
    const start = performance.now();
    for (const part of ["<", "<p", "&#", "<br ", "</", "&amp"]) textOfHtml(part.repeat(200_000));
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
