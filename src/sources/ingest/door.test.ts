import { afterEach, describe, expect, it } from "vitest";
import { createManualClock, createRandom, silentLogger } from "../../core/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import { createEventsApp } from "./app.ts";
import { createEventsDoor, type EventsDoorOptions } from "./door.ts";
import { createEventStore } from "./event-store.ts";
import { createKeyStore } from "./key-store.ts";
import type { NewKey } from "./keys.ts";
import { openLive } from "./live.ts";
import type { LiveOptions } from "./live-options.ts";
import { INGEST_SCHEMA } from "./schema.ts";
import { OWN_SCHEME, signBody } from "./signatures.ts";

const NOW_MS = Date.parse("2026-11-26T10:00:00Z");
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function setUp(options: EventsDoorOptions = {}, liveOptions: LiveOptions = {}) {
  const store = await openStore(":memory:", { schemas: [INGEST_SCHEMA] });
  stores.push(store);
  const clock = createManualClock(NOW_MS);
  const random = createRandom(1);
  const logged: object[] = [];
  const logger = {
    ...silentLogger,
    error: (message: string, fields?: object) => void logged.push({ message, ...fields }),
  };
  const events = createEventStore({ store, clock, random });
  const live = openLive(liveOptions, { store: events, clock, logger });
  const keys = createKeyStore({ store, clock, random });
  const app = createEventsApp(createEventsDoor(options, { live, keys, clock, logger }));
  const made = (key: Partial<NewKey> = {}) =>
    keys.create({ name: "shop", source: "shop", scopes: ["events:write"], ...key });
  const { key, text } = made();
  const send = async (
    path: string,
    body: string | Uint8Array | object,
    headers: Record<string, string> = { authorization: `Bearer ${text}` },
    method = "POST",
  ) => {
    const content = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const response = await app.fetch(
      new Request(`http://localhost${path}`, { method, headers, ...(method === "POST" && { body: content }) }),
    );
    const value: unknown = JSON.parse(await response.text());
    return { status: response.status, value, headers: response.headers };
  };
  return { store, clock, live, keys, key, text, made, send, logged, app };
}
const message = (more: object = {}) => ({
  id: "e1",
  type: "message",
  conversation_id: "c1",
  at: "2026-11-26T10:00:00Z",
  role: "user",
  text: "Hello",
  ...more,
});
const error = (code: string, field?: string) => ({
  error: expect.objectContaining({ code, ...(field !== undefined && { field }) }),
});

describe("POST /v1/events", () => {
  it("takes an event, once", async () => {
    const { send, store } = await setUp();
    expect(await send("/v1/events", message())).toMatchObject({ status: 202, value: { id: "e1", status: "accepted" } });
    expect(await send("/v1/events", message())).toMatchObject({
      status: 200,
      value: { id: "e1", status: "duplicate" },
    });
    // The same, written differently.
    const again = message({ at: 1_795_687_200 });
    expect(await send("/v1/events", again)).toMatchObject({ status: 200 });
    expect(await send("/v1/events", message({ text: "Bye" }))).toMatchObject({
      status: 409,
      value: error("EVENT_CONFLICT", "id"),
    });
    expect(store.sql.get("SELECT count(*) AS n FROM ingest_events")).toEqual({ n: 1 });
  });

  it.each([
    ["id", { id: "" }],
    ["id", { id: "x".repeat(129) }],
    ["id", { id: "a\u0000b" }],
    ["id", { id: "a\u202eb" }],
    ["id", { id: "a\ud800" }],
    ["id", { id: 7 }],
    ["conversation_id", { conversation_id: null }],
    ["type", { type: "opened" }],
    ["type", { type: "__proto__" }],
    ["at", { at: "yesterday" }],
    ["at", { at: "2026-11-26T10:00:00" }],
    ["at", { at: -1 }],
    ["at", { at: 1e300 }],
    ["role", { role: "bot" }],
    ["text", { text: "x".repeat(16_385) }],
    ["text", { text: ["a"] }],
    ["entities.0.confidence", { entities: [{ type: "email", value: "a", confidence: 2 }] }],
    ["entities", { entities: Array.from({ length: 65 }, () => ({ type: "a", value: "b" })) }],
    ["sequence", { sequence: 1.5 }],
    ["(whole value)", { outcome: "unknown" }],
  ])("refuses by the field's name: %s", async (field, more) => {
    const { send } = await setUp();
    expect(await send("/v1/events", message(more))).toMatchObject({ status: 400, value: error("BAD_EVENT", field) });
  });

  it("takes texts of every script, half a surrogate pair and control characters too", async () => {
    const { send, store } = await setUp();
    const text = "naïve 😀 \ud800 \u0000 \u202e \u0007 مرحبا";
    expect(await send("/v1/events", message({ text }))).toMatchObject({ status: 202 });
    expect(JSON.parse(String(store.sql.get("SELECT body FROM ingest_events")?.body))).toMatchObject({ text });
  });

  it("takes no __proto__, no constructor, and no unknown field", async () => {
    const { send } = await setUp();
    const whole = JSON.stringify(message());
    for (const extra of ['"__proto__":{"admin":true}', '"constructor":{"prototype":{}}', '"x":1']) {
      const answer = await send("/v1/events", `${whole.slice(0, -1)},${extra}}`);
      expect(answer, extra).toMatchObject({ status: 400, value: error("BAD_EVENT") });
    }
    expect(Object.prototype).not.toHaveProperty("admin");
    expect(await send("/v1/events", '{"__proto__":{"id":"e1","type":"converted"}}')).toMatchObject({ status: 400 });
  });

  it("takes the last of two fields of one name, as JSON has it, and stores one event", async () => {
    const { send, store } = await setUp();
    const whole = JSON.stringify(message());
    expect(await send("/v1/events", `${whole.slice(0, -1)},"text":"Second"}`)).toMatchObject({ status: 202 });
    expect(String(store.sql.get("SELECT body FROM ingest_events")?.body)).toContain("Second");
  });

  it("survives what is no event at all", async () => {
    const { send, logged } = await setUp();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const deepObject = `${'{"id":'.repeat(30_000)}1${"}".repeat(30_000)}`;
    for (const body of ["", "null", "[]", "7", '"a"', "{", deep, deepObject, new Uint8Array([0xff, 0xfe])]) {
      expect(await send("/v1/events", body)).toMatchObject({ status: 400, value: error("BAD_EVENT") });
    }
    expect(logged).toEqual([]);
  });

  it("refuses a body that is too large, declared or not", async () => {
    const { send } = await setUp();
    expect(await send("/v1/events", "x".repeat(262_145))).toMatchObject({
      status: 413,
      value: error("BODY_TOO_LARGE"),
    });
    expect(await send("/v1/events/batch", "x".repeat(2_097_153))).toMatchObject({ status: 413 });
  });

  it("bounds the event's clock", async () => {
    const { send } = await setUp();
    expect(await send("/v1/events", message({ at: "2026-11-26T10:02:00Z" }))).toMatchObject({
      status: 422,
      value: error("EVENT_OUT_OF_TIME", "at"),
    });
    expect(await send("/v1/events", message({ at: "2025-11-26T10:00:00Z" }))).toMatchObject({ status: 422 });
  });

  it("repeats nothing of what was said", async () => {
    const { send, logged } = await setUp();
    const secret = "my card is 4111";
    const answers = [
      await send("/v1/events", message({ role: secret })),
      await send("/v1/events", message({ [secret]: 1, text: secret, role: "x" })),
      await send("/v1/events/batch", { events: [message({ text: { a: secret } })] }),
    ];
    expect(JSON.stringify([answers.map(({ value }) => value), logged])).not.toContain("4111");
  });
});

describe("POST /v1/events/batch", () => {
  it("says of each event what became of it", async () => {
    const { send } = await setUp();
    await send("/v1/events", message());
    const { status, value } = await send("/v1/events/batch", {
      events: [message(), message({ id: "e2" }), message({ text: "Bye" }), message({ id: "e3", role: "x" }), 7],
    });
    expect(status).toBe(207);
    expect(value).toEqual({
      results: [
        { id: "e1", status: "duplicate" },
        { id: "e2", status: "accepted" },
        { id: "e1", status: "refused", ...error("EVENT_CONFLICT", "id") },
        { id: "e3", status: "refused", ...error("BAD_EVENT", "events.3.role") },
        { id: null, status: "refused", ...error("BAD_EVENT", "events.4.(whole value)") },
      ],
    });
    expect((await send("/v1/events/batch", { events: [message({ id: "e9" })] })).status).toBe(202);
  });

  it("has a most and a least", async () => {
    const { send } = await setUp();
    const many = Array.from({ length: 501 }, (_, i) => message({ id: `${i}` }));
    for (const body of [{ events: many }, { events: [] }, { events: {} }, [], { Events: [message()] }]) {
      expect(await send("/v1/events/batch", body)).toMatchObject({ status: 400, value: error("BAD_EVENT", "events") });
    }
  });
});

describe("who may", () => {
  it("is asked before the body is read", async () => {
    const { app } = await setUp();
    const request = new Request("http://localhost/v1/events", { method: "POST", body: "{}" });
    const response = await app.fetch(request);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(request.bodyUsed).toBe(false);
  });

  it("needs a key that is there, whole, of the scope, and not revoked", async () => {
    const { send, text, keys, key, made, clock } = await setUp();
    const auth = (value: string) => send("/v1/events", message(), { authorization: value });
    const other = made({ scopes: ["history:read"] });
    expect((await auth(`Bearer ${other.text}`)).value).toEqual(error("FORBIDDEN"));
    for (const value of [
      "",
      "Bearer",
      "Basic abc",
      `Bearer ${text}x`,
      `Bearer ${text.slice(0, -1)}`,
      text,
      "Bearer cs__",
    ]) {
      expect((await auth(value)).status, value).toBe(401);
    }
    const wrong = `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`;
    expect((await auth(`Bearer ${wrong}`)).status).toBe(401);
    expect((await auth(`bearer ${text}`)).status).toBe(202);
    keys.revoke(key.id);
    clock.advance(1_001);
    expect((await auth(`Bearer ${text}`)).status).toBe(401);
  });

  it("keeps no secret of a key, but the hash of it", async () => {
    const { store, text } = await setUp();
    const row = JSON.stringify(store.sql.get("SELECT * FROM ingest_keys"), (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    expect(row).not.toContain(text.slice(20));
  });

  it("may send a batch above the burst when it has been quiet, and waits after it for all of it", async () => {
    const { send, clock } = await setUp({ perSecond: 1, burst: 3 });
    const events = Array.from({ length: 5 }, (_, i) => message({ id: `e${i}` }));
    expect((await send("/v1/events/batch", { events })).status).toBe(202);
    clock.advance(2_000);
    expect((await send("/v1/events", message({ id: "one" }))).status).toBe(429);
    clock.advance(3_000);
    expect((await send("/v1/events", message({ id: "one" }))).status).toBe(202);
  });

  it("is told to wait when it is too fast", async () => {
    const { send, clock } = await setUp({ perSecond: 1, burst: 3 });
    const events = [message(), message({ id: "e2" }), message({ id: "e3" })];
    expect((await send("/v1/events/batch", { events })).status).toBe(202);
    const refused = await send("/v1/events", message());
    expect(refused).toMatchObject({ status: 429, value: error("RATE_LIMITED") });
    expect(refused.headers.get("retry-after")).toBe("1");
    clock.advance(1_000);
    expect((await send("/v1/events", message())).status).toBe(200);
  });
});

describe("signed webhooks", () => {
  const seconds = NOW_MS / 1_000;
  const signed = (keyId: string, secret: string, body: string, timestamp = seconds) => ({
    "x-key-id": keyId,
    "x-timestamp": String(timestamp),
    "x-signature": signBody(OWN_SCHEME, secret, body, timestamp),
  });

  it("need no key, but its id, a time near ours, and the right signature", async () => {
    const { send, key } = await setUp();
    const body = JSON.stringify(message());
    const secret = key.signingSecret ?? "";
    const good = signed(key.id, secret, body);
    expect((await send("/v1/events", body, good)).status).toBe(202);
    const refused = [
      signed(key.id, `${secret}x`, body),
      signed("0".repeat(16), secret, body),
      signed(key.id, secret, body, seconds - 301),
      signed(key.id, secret, body, seconds + 301),
      { ...good, "x-timestamp": String(seconds - 1) },
      { ...good, "x-timestamp": "1e9" },
      { ...good, "x-signature": good["x-signature"].slice(0, -1) },
      { "x-key-id": key.id },
    ];
    for (const headers of refused) expect((await send("/v1/events", body, headers)).status).toBe(401);
    expect((await send("/v1/events", `${body} `, good)).status).toBe(401);
  });

  it("pass once", async () => {
    const { send, key, clock } = await setUp();
    const body = JSON.stringify(message());
    const good = signed(key.id, key.signingSecret ?? "", body);
    expect((await send("/v1/events", body, good)).status).toBe(202);
    expect(await send("/v1/events", body, good)).toMatchObject({ status: 409, value: error("WEBHOOK_REPLAYED") });
    clock.advance(299_000);
    expect((await send("/v1/events", body, good)).status).toBe(409);
    // A sender that got no answer signs anew.
    expect((await send("/v1/events", body, signed(key.id, key.signingSecret ?? "", body, seconds + 299))).status).toBe(
      200,
    );
  });

  it("may come again when they were not taken", async () => {
    const { send, key, clock } = await setUp({ perSecond: 1, burst: 1 });
    const [first, second] = [JSON.stringify(message()), JSON.stringify(message({ id: "e2" }))];
    await send("/v1/events", first, signed(key.id, key.signingSecret ?? "", first));
    const again = signed(key.id, key.signingSecret ?? "", second);
    expect((await send("/v1/events", second, again)).status).toBe(429);
    clock.advance(1_000);
    expect((await send("/v1/events", second, again)).status).toBe(202);
  });

  it("of a platform's key are webhooks alone: its text stands in an address", async () => {
    const { send, made } = await setUp();
    const { text } = made({ source: "desk", adapter: "rasa" });
    const headers = { authorization: `Bearer ${text}` };
    for (const [path, body] of [
      ["/v1/events", message()],
      ["/v1/events/batch", { events: [message()] }],
    ] as const)
      expect(await send(path, body, headers)).toMatchObject({ status: 401, value: error("UNAUTHENTICATED") });
  });

  it("of a platform come by its own scheme, or with the key in the address when it signs nothing", async () => {
    const { send, made } = await setUp();
    const { key, text } = made({ source: "desk", adapter: "chatwoot", signingSecret: "chatwoot's own" });
    const body = JSON.stringify({
      event: "message_created",
      id: 118,
      content: "hi",
      created_at: "2026-11-26T09:59:50.000Z",
      message_type: "incoming",
      private: false,
      conversation: { id: 10 },
    });
    const headers = {
      "x-chatwoot-timestamp": String(seconds),
      "x-chatwoot-signature": signBody(
        { header: "", timestampHeader: "t", algorithm: "sha256", prefix: "sha256=" },
        "chatwoot's own",
        body,
        seconds,
      ),
    };
    const ok = { status: 200, value: { results: [{ id: "chatwoot:message-118", status: "accepted" }] } };
    expect(await send(`/v1/webhooks/chatwoot/${key.id}`, body, headers)).toMatchObject(ok);
    expect((await send(`/v1/webhooks/chatwoot/${key.id}`, body, {})).status).toBe(401);
    expect((await send(`/v1/webhooks/chatwoot/${text}`, body, {})).status).toBe(200);
    expect((await send(`/v1/webhooks/intercom/${text}`, body, {})).status).toBe(401);
    expect((await send(`/v1/webhooks/slack/${text}`, body, {})).status).toBe(404);
    // A platform's key is no key for signed events of our own form.
    expect((await send("/v1/events", body, signed(key.id, "chatwoot's own", body))).status).toBe(401);
  });
});

describe("the rest", () => {
  it("is answered in the same form", async () => {
    const { send } = await setUp();
    expect(await send("/health", "", {}, "GET")).toMatchObject({ status: 200, value: { status: "ok" } });
    expect(await send("/v1/other", {})).toMatchObject({ status: 404, value: error("NOT_FOUND") });
    expect(await send("/__proto__", {})).toMatchObject({ status: 404 });
    expect(await send("/v1/events", "", {}, "GET")).toMatchObject({ status: 405, value: error("METHOD_NOT_ALLOWED") });
  });

  it("says at /health when events cannot be taken now", async () => {
    const { live, keys, clock } = await setUp();
    let isReady = false;
    const door = createEventsDoor({}, { live, keys, ready: () => isReady, clock, logger: silentLogger });
    const health = async () => (await createEventsApp(door).fetch(new Request("http://localhost/health"))).status;
    expect(await health()).toBe(503);
    isReady = true;
    expect(await health()).toBe(200);
  });

  it("that fails inside is told by an id alone", async () => {
    const { send, store, logged } = await setUp();
    await store.close();
    stores.length = 0;
    const { status, value } = await send("/v1/events", message());
    expect(status).toBe(500);
    expect(JSON.stringify(value)).toMatch(/internal error [0-9a-f-]{36}/);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain("Hello");
  });
});
