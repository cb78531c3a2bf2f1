import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { cryptoRandom, silentLogger, systemClock } from "../../src/core/index.ts";
import { openDeadLetters } from "../../src/redis/index.ts";
import {
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  EventRefusedError,
  INGEST_SCHEMA,
} from "../../src/sources/index.ts";
import { openStore } from "../../src/store/index.ts";
import { openTelemetry } from "../../src/telemetry/index.ts";
import { ROOT, type Running, start, stop, waitFor } from "../support/processes.ts";
import { isInstalled, scratch, startRedis } from "../support/servers.ts";
import { createSetSink, message, messages, openProducer, startConsumer, startSafeRedis } from "../support/streams.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const KEY = "conversion-subnet:events:{live}";
const patient = { timeout: 60_000, interval: 50 };

/** A connection of the test's own. */
async function direct(url: string) {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  return redis;
}
const lettersOf = async (url: string) => {
  const letters = await openDeadLetters({ url }, { logger: silentLogger });
  onTestFinished(letters.close);
  return letters;
};
function startWorker(options: object): Running {
  const file = join(ROOT, "test/support/ingest-worker.mjs");
  const worker = start(process.execPath, [file, JSON.stringify(options)], ROOT, process.env);
  onTestFinished(() => stop(worker));
  return worker;
}
const cpuMicros = () => process.cpuUsage().user + process.cpuUsage().system;

describe.skipIf(!isInstalled("redis-server"))("events over a Redis stream", () => {
  it("reach a shared sink once each: three workers, two of them killed in the middle", async () => {
    const { url } = await startSafeRedis();
    const EVENTS = 300_000;
    const producer = await openProducer({ url, maxEntries: EVENTS });
    let [startMs, startCpu] = [performance.now(), cpuMicros()];
    for (let from = 0; from < EVENTS; from += 5_000) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => producer.accept("shop", messages(from + i * 100, 100))));
    }
    const rate = (count: number) => Math.round((count / (performance.now() - startMs)) * 1_000);
    const perEvent = ((cpuMicros() - startCpu) / EVENTS).toFixed(1);
    console.log(`producer: ${rate(EVENTS)} events/s, ${perEvent} us of processor time each (its Redis apart)`);

    const path = join(await scratch(), "sink.db");
    const options = { url, path, claimIdleMs: 3_000, waits: true };
    const first = startWorker(options);
    const workers = [first, startWorker(options), startWorker(options)];
    for (const worker of workers) await waitFor(worker, "running");
    startMs = performance.now();
    for (const { child } of workers) child.kill("SIGUSR2");
    const store = await openStore(path, { schemas: [], access: "read" });
    onTestFinished(() => store.close());
    const taken = () => Number(store.sql.get("SELECT count(*) AS n FROM taken")?.n);
    for (const [i, least] of [60_000, 120_000].entries()) {
      await expect.poll(taken, patient).toBeGreaterThan(least);
      workers[i + 1]?.child.kill("SIGKILL");
    }
    await expect.poll(taken, patient).toBe(EVENTS);
    const took = rate(EVENTS);
    const redis = await direct(url);
    await expect.poll(() => redis.xlen(KEY), patient).toBe(0);
    first.child.kill("SIGTERM");
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ dead: 0, later: 0, stream: { entries: 0, unread: 0, pending: 0, deadLetters: 0 } });
    expect(store.sql.get("SELECT sum(times) AS n, count(DISTINCT id) AS ids FROM taken")).toEqual({
      n: EVENTS,
      ids: EVENTS,
    });
    const each = (last.cpuMicros / (last.accepted + last.duplicates)).toFixed(1);
    console.log(
      `3 workers, 2 killed: ${took} events/s into one SQLite file; the one that was left took ${last.accepted}, ${last.claimed} of them claimed, ${last.duplicates} known already, ${each} us of processor time each`,
    );
  });

  it("that were acknowledged arrive, though Redis is killed and comes back", async () => {
    const redis = await startSafeRedis();
    const producer = await openProducer({ url: redis.url });
    const sink = createSetSink();
    const consumer = await startConsumer({ url: redis.url }, sink);
    const acknowledged = new Set<string>();
    const refused = new Set<number>();
    let isOver = false;
    let next = 0;
    const send = async () => {
      while (!isOver) {
        const some = messages(next, 20);
        next += 20;
        const error = await producer.accept("shop", some).then(
          () => null,
          (why: unknown) => why,
        );
        if (error === null) for (const { id } of some) acknowledged.add(id);
        else if (error instanceof EventRefusedError) refused.add(error.status);
        else throw error;
        await pause(1);
      }
    };
    const sending = Promise.all(Array.from({ length: 8 }, send));
    for (let kills = 0; kills < 2; kills++) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, patient).toBeGreaterThan(before + 10_000);
      await redis.kill();
      await expect.poll(() => producer.ready, patient).toBe(false);
      await redis.start();
    }
    const before = acknowledged.size;
    await expect.poll(() => acknowledged.size, patient).toBeGreaterThan(before + 10_000);
    isOver = true;
    await sending;
    expect([...refused]).toEqual([503]);
    await expect.poll(() => [...acknowledged].filter((id) => !sink.has(id)).length, patient).toBe(0);
    await expect.poll(() => consumer.status().stream, patient).toMatchObject({ entries: 0, deadLetters: 0 });
  });

  it("that were acknowledged arrive, though the network is cut, or swallows everything for a while", async () => {
    const { url, port } = await startSafeRedis();
    const wire = await startTcpProxy(port);
    onTestFinished(wire.end);
    const through = `redis://127.0.0.1:${wire.port}`;
    const producer = await openProducer({ url: through, timeoutMs: 300 });
    const sink = createSetSink();
    const consumer = await startConsumer({ url: through, timeoutMs: 300, claimIdleMs: 1_000 }, sink);
    const acknowledged: string[] = [];
    let next = 0;
    const send = async (count: number) => {
      const least = acknowledged.length + count;
      while (acknowledged.length < least) {
        const some = messages(next, 50);
        next += 50;
        const took = await producer.accept("shop", some).catch(() => null);
        if (took !== null) acknowledged.push(...some.map(({ id }) => id));
        else await pause(20);
      }
    };
    for (const isDeaf of [false, true, false]) {
      const sending = send(4_000);
      await pause(30);
      [wire.isDeaf, wire.isOpen] = [isDeaf, isDeaf];
      if (!isDeaf) wire.cut();
      await pause(700);
      // What was deaf has holes in it.
      wire.cut();
      [wire.isDeaf, wire.isOpen] = [false, true];
      await sending;
    }
    // Both ends believe in connections that a firewall has forgotten.
    const sending = send(2_000);
    await pause(30);
    wire.deafen();
    await sending;
    await expect.poll(() => acknowledged.filter((id) => !sink.has(id)).length, patient).toBe(0);
    await expect.poll(() => consumer.status().stream?.entries, patient).toBe(0);
    expect(await (await direct(url)).xlen(`${KEY}:dead`)).toBe(0);
  });

  it("count once, though they are sent by two doors, and a worker is lost between taking and acknowledging", async () => {
    const { url } = await startSafeRedis();
    const [one, two] = [await openProducer({ url }), await openProducer({ url })];
    const some = messages(0, 300);
    await Promise.all([one.accept("shop", some), two.accept("shop", some)]);
    const sink = createSetSink();
    let isStuck = true;
    const lost = await startConsumer(
      { url, sinkTimeoutMs: 60_000 },
      {
        async accept(source, events) {
          const results = await sink.accept(source, events);
          while (isStuck) await pause(20);
          return results;
        },
      },
    );
    await expect.poll(() => sink.size, patient).toBe(300);
    lost.vanish();
    const other = await startConsumer({ url, claimIdleMs: 500 }, sink);
    await expect.poll(() => other.status().stream?.entries, patient).toBe(0);
    expect(other.status()).toMatchObject({ accepted: 0, duplicates: 600, dead: 0 });
    expect(other.status().claimed).toBeGreaterThan(0);
    expect(sink.size).toBe(300);
    isStuck = false;
  });

  it("that nobody can take go to the dead letters with the reason, hold up nobody, and can be put back", async () => {
    const { url } = await startSafeRedis();
    const redis = await direct(url);
    const producer = await openProducer({ url });
    await redis.xadd(KEY, "*", "s", "shop", "e", "{");
    await redis.xadd(KEY, "*", "s", "shop", "e", '{"id":7}');
    await redis.xadd(KEY, "*", "something", "else");
    const refusal = new EventRefusedError({ code: "EVENT_CONFLICT", problem: "id: was used for another event" });
    let isMended = false;
    const good = createSetSink();
    const sink: typeof good = {
      ...good,
      async accept(source, events) {
        if (!isMended && events.some(({ id }) => id === "e-150")) throw new Error("the disk hates this one");
        const results = await good.accept(source, events);
        return results.map((result, i) => (events[i]?.id === "e-7" ? { status: "refused", error: refusal } : result));
      },
    };
    await producer.accept("shop", messages(0, 300));
    const consumer = await startConsumer({ url, maxAttempts: 5, batch: 100 }, sink);
    await expect.poll(() => good.size, patient).toBe(299);
    // Alone, it is not condemned: perhaps nothing could be taken now.
    await pause(1_500);
    expect(await redis.xlen(`${KEY}:dead`)).toBe(4);
    for (let from = 1_000; (await redis.xlen(`${KEY}:dead`)) < 5; from += 10) {
      await producer.accept("shop", messages(from, 10));
      await pause(50);
    }
    const letters = await lettersOf(url);
    const list = await letters.list();
    expect(list.map(({ reason }) => reason).sort()).toEqual([
      "BAD_ENTRY: it has no source and no event",
      "BAD_ENTRY: it is no JSON",
      "BAD_ENTRY: it is no event",
      "EVENT_CONFLICT: id: was used for another event",
      "SINK_FAILED: the disk hates this one",
    ]);
    expect(list.every(({ group, entry }) => group === "validator" && /^\d+-\d+$/.test(entry))).toBe(true);
    expect(list.find(({ reason }) => reason.endsWith("no JSON"))?.fields).toEqual(["s", "shop", "e", "{"]);
    await expect.poll(() => consumer.status(), patient).toMatchObject({ dead: 5, later: 0, stream: { entries: 0 } });

    isMended = true;
    const failed = list.find(({ reason }) => reason.startsWith("SINK_FAILED"));
    expect(await letters.requeue(failed?.id ?? "")).toBe(true);
    await expect.poll(() => good.has("e-150"), patient).toBe(true);
    expect(await letters.list()).toHaveLength(4);
    expect(await redis.hlen(`${KEY}:attempts`)).toBe(0);
  });

  it("wait while the sink takes nothing, and none of them is condemned for it", async () => {
    const { url } = await startSafeRedis();
    const producer = await openProducer({ url });
    const good = createSetSink();
    let mood: "down" | "busy" | "well" = "down";
    const sink = {
      async accept(source: string, events: Parameters<typeof good.accept>[1]) {
        if (mood === "down") throw new Error("no space is left");
        if (mood === "busy") {
          throw new EventRefusedError({
            code: "OVERLOADED",
            problem: "too much is waiting here",
            retryAfterSeconds: 1,
          });
        }
        return good.accept(source, events);
      },
    };
    await producer.accept("shop", messages(0, 500));
    const consumer = await startConsumer({ url, maxAttempts: 2 }, sink);
    await expect.poll(() => consumer.status().failed, patient).toBeGreaterThan(12);
    mood = "busy";
    await pause(1_500);
    mood = "well";
    await expect.poll(() => good.size, patient).toBe(500);
    await expect.poll(() => consumer.status(), patient).toMatchObject({ dead: 0, later: 0, stream: { entries: 0 } });
  });

  it.each([
    ["of new names", {}],
    ["of the same name", { consumer: "one" }],
  ])("that end every worker are found out, and the rest is taken, by workers %s", async (_, named) => {
    const { url } = await startSafeRedis();
    const producer = await openProducer({ url });
    await producer.accept("shop", [...messages(0, 10), message("killer"), ...messages(10, 10)]);
    const path = join(await scratch(), "sink.db");
    const redis = await direct(url);
    let deaths = 0;
    for (;;) {
      const worker = startWorker({ url, path, killer: "killer", claimIdleMs: 300, maxAttempts: 1, ...named });
      await Promise.race([
        worker.ended,
        expect.poll(async () => [await redis.xlen(KEY), await redis.xlen(`${KEY}:dead`)], patient).toEqual([0, 1]),
      ]);
      if (worker.child.signalCode !== "SIGKILL") break;
      deaths += 1;
    }
    expect(deaths).toBe(3);
    const [letter] = await (await lettersOf(url)).list();
    expect(letter?.reason).toMatch(/^WORKERS_ENDED/);
    const store = await openStore(path, { schemas: [], access: "read" });
    expect(store.sql.get("SELECT count(*) AS n FROM taken")).toEqual({ n: 20 });
    await store.close();
  });

  it("are bounded: doors say 429 and when to come back, and go on when there is place", async () => {
    const { url } = await startSafeRedis();
    const redis = await direct(url);
    const producers = [await openProducer({ url, maxEntries: 1_000 }), await openProducer({ url, maxEntries: 1_000 })];
    const store = await openStore(":memory:", { schemas: [INGEST_SCHEMA] });
    onTestFinished(() => store.close());
    const keys = createKeyStore({ store, clock: systemClock, random: cryptoRandom });
    const { text } = keys.create({ name: "shop", source: "shop", scopes: ["events:write"] });
    const doors = producers.map((live) =>
      createEventsApp(createEventsDoor({}, { live, keys, clock: systemClock, logger: silentLogger })),
    );
    let next = 0;
    const send = async (door: number) => {
      next += 1;
      const event = { id: `h-${next}`, type: "converted", conversation_id: "c", at: new Date().toISOString() };
      const request = new Request("http://localhost/v1/events", {
        method: "POST",
        headers: { authorization: `Bearer ${text}` },
        body: JSON.stringify(event),
      });
      return doors[door]?.fetch(request);
    };
    const statuses = await Promise.all(Array.from({ length: 1_300 }, async (_, i) => (await send(i % 2))?.status));
    const taken = statuses.filter((status) => status === 202).length;
    expect(new Set(statuses)).toEqual(new Set([202, 429]));
    expect(await redis.xlen(KEY)).toBe(taken);
    expect(taken).toBeLessThanOrEqual(1_000);
    // Filled to the last place, one by one.
    while ((await send(0))?.status === 202);
    expect(await redis.xlen(KEY)).toBe(1_000);
    const refused = await send(1);
    expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await refused?.json()).toMatchObject({ error: { code: "STREAM_FULL" } });

    const sink = createSetSink();
    await startConsumer({ url }, sink);
    await expect.poll(async () => (await send(1))?.status, patient).toBe(202);
    await expect.poll(() => sink.size, patient).toBe(1_001);
  });

  it("stay for a group that has not read them, whatever others have acknowledged", async () => {
    const { url } = await startSafeRedis();
    const producer = await openProducer({ url });
    await producer.accept("shop", messages(0, 400));
    const [one, two] = [createSetSink(), createSetSink()];
    const redis = await direct(url);
    await redis.xgroup("CREATE", KEY, "slow", "0");
    const quick = await startConsumer({ url, group: "quick" }, one);
    await expect.poll(() => quick.status().stream, patient).toMatchObject({ entries: 400, unread: 0, pending: 0 });
    await startConsumer({ url, group: "slow" }, two);
    await expect.poll(() => quick.status().stream?.entries, patient).toBe(0);
    expect([one.size, two.size]).toEqual([400, 400]);
  });

  it("say in metrics how far behind their group is", async () => {
    const { url } = await startSafeRedis();
    const producer = await openProducer({ url });
    await producer.accept("shop", messages(0, 700));
    const telemetry = await openTelemetry({ version: "0.0.0", process: false });
    const good = createSetSink();
    let isOpen = false;
    const sink = {
      async accept(source: string, events: Parameters<typeof good.accept>[1]) {
        while (!isOpen) await pause(20);
        return good.accept(source, events);
      },
    };
    await startConsumer({ url, batch: 100, sinkTimeoutMs: 60_000 }, sink, { metrics: telemetry.metrics });
    const read = async () => {
      const { text } = await telemetry.render();
      return (name: string) => Number(new RegExp(`^conversion_subnet_stream_${name} (.*)$`, "m").exec(text)?.[1]);
    };
    const lag = async () => {
      const value = await read();
      return ["entries", "unread", "pending", "dead_letters"].map(value);
    };
    await expect.poll(lag, patient).toEqual([700, 600, 100, 0]);
    const before = (await read())("oldest_seconds");
    await expect.poll(async () => (await read())("oldest_seconds"), patient).toBeGreaterThan(before + 0.5);
    isOpen = true;
    await expect.poll(lag, patient).toEqual([0, 0, 0, 0]);
    const value = await read();
    expect([value("oldest_seconds"), value("connected")]).toEqual([0, 1]);
    expect(value('taken_total\\{result="accepted"\\}')).toBe(700);
  });

  it.each([
    ["keeps no log", [], "CONFIG SET appendonly yes"],
    ["deletes keys", ["--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"], "maxmemory-policy noeviction"],
  ])("are not entrusted to a Redis that %s", async (_, more, hint) => {
    const { url } = await startRedis(more);
    await expect(openProducer({ url })).rejects.toMatchObject({
      code: "REDIS_UNFIT",
      message: expect.stringContaining(hint),
    });
  });
});
