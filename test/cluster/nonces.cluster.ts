import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createManualClock, silentLogger, systemClock, utf8 } from "../../src/core/index.ts";
import { btauth, nextNonce } from "../../src/protocol/index.ts";
import { createRedisNonceStore, type RedisNonceStoreOptions } from "../../src/redis/index.ts";
import { questionToWire } from "../../src/schema.ts";
import { nonceStoreSuite } from "../support/nonce-store-suite.ts";
import { isInstalled, startProxy, startRedis } from "../support/servers.ts";
import { question, self, signQuestion, start } from "../support/wires.ts";

const BODY = utf8(JSON.stringify(questionToWire(question)));
/** What a caller keeps to send it again. */
type Signed = Readonly<Record<string, string>>;
const signed = async (): Promise<Signed> => (await signQuestion(btauth, BODY)).headers;

function send(port: number, headers: Signed): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method: "POST", path: "/ConversionSynapse" };
    const asking = request({ ...options, headers: { ...headers, "content-length": BODY.length } }, (incoming) => {
      incoming.resume().on("end", () => resolve(incoming.statusCode ?? 0));
    });
    asking.on("error", reject).end(BODY);
  });
}

const open = async (options: Partial<RedisNonceStoreOptions> & { url: string }, clock = systemClock) => {
  const store = await createRedisNonceStore({ owner: self, ...options }, { clock, logger: silentLogger });
  onTestFinished(() => store.close());
  return store;
};
/** So far behind that the first seconds, in which a new store refuses, are over. */
const longAgo = () => createManualClock(Date.now() - 60_000);

describe.skipIf(!isInstalled("redis-server"))("nonces in Redis", () => {
  describe("as any store", () => {
    nonceStoreSuite(async (options) => open({ ...options, url: (await startRedis()).url }, longAgo()));
  });

  it("are shared by stores of one miner, and by nobody else", async () => {
    const { url } = await startRedis();
    const [one, two] = [await open({ url }, longAgo()), await open({ url })];
    const other = await open({ url, owner: "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y" }, longAgo());
    const nonce = BigInt(Date.now()) * 1_000_000n;
    expect([await one.accept("a", nonce), await two.accept("a", nonce)]).toEqual([true, false]);
    expect(await other.accept("a", nonce)).toBe(true);
  });

  it("are not entrusted to a Redis that may forget", async () => {
    const { url } = await startRedis(["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    await expect(open({ url })).rejects.toMatchObject({
      code: "REDIS_UNFIT",
      message: expect.stringContaining("CONFIG SET maxmemory-policy noeviction"),
    });
  });

  it("are refused from a Redis that may forget since of late, and what it took before is refused when it is fit again", async () => {
    const { url } = await startRedis();
    const tell = (command: string) =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(`${command}\r\n`));
        socket.once("data", (said) => resolve(socket.destroy() && said.toString()));
      });
    const clock = longAgo();
    const store = await open({ url }, clock);
    const nonce = BigInt(Date.now()) * 1_000_000n;
    expect(await store.accept("a", nonce)).toBe(true);
    expect(await tell("CONFIG SET maxmemory-policy allkeys-lru")).toBe("+OK\r\n");
    await vi.waitFor(() => expect(store.ready).toBe(false), { timeout: 10_000 });
    await expect(store.accept("a", nonce + 1n)).rejects.toMatchObject({ status: 503 });
    await tell(`DEL conversion-subnet:nonces:{${self}}:a:${nonce}`);
    clock.advance(60_000);
    await tell("CONFIG SET maxmemory-policy noeviction");
    await vi.waitFor(() => expect(store.ready).toBe(true), { timeout: 10_000 });
    await expect(store.accept("a", nonce)).rejects.toMatchObject({ status: 503 });
    expect(await store.accept("a", nonce + 10_000_000_000n)).toBe(true);
  }, 30_000);

  it("name the address, without its password, when nobody is there", async () => {
    await expect(open({ url: "redis://me:secret@127.0.0.1:1/0" })).rejects.toMatchObject({
      code: "REDIS_UNAVAILABLE",
      message: expect.stringMatching(/^(?!.*secret)[\s\S]*redis:\/\/127\.0\.0\.1:1\/0/),
    });
    await expect(open({ url: "http://127.0.0.1" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("say which package is missing, and how to get it", async () => {
    const load = () => Promise.reject(new Error("Cannot find package"));
    await expect(open({ url: "redis://127.0.0.1:1", load })).rejects.toMatchObject({
      code: "PACKAGE_MISSING",
      message: expect.stringContaining("npm install --save-prod ioredis@"),
    });
  });

  it("refuse for three seconds what may have been accepted before a new Redis was there", async () => {
    const { url } = await startRedis();
    const clock = createManualClock(Date.now());
    const store = await open({ url }, clock);
    const at = (ms: number) => BigInt(clock.nowMs() + ms) * 1_000_000n;
    for (const early of [-5_000, 0, 2_900]) {
      await expect(store.accept("a", at(early))).rejects.toMatchObject({
        code: "NONCE_STORE_UNAVAILABLE",
        status: 503,
      });
    }
    expect(await store.accept("a", at(3_100))).toBe(true);
  });

  it.each(["FLUSHALL", "a restart from disk"])("are not accepted again after %s", async (how) => {
    const redis = await startRedis(["--appendonly", "yes", "--appendfsync", "no"]);
    const store = await open({ url: redis.url });
    let nonce = 0n;
    const acceptNew = () => {
      nonce = nextNonce(systemClock);
      return Promise.resolve(store.accept("a", nonce)).catch(() => false);
    };
    await expect.poll(acceptNew, { timeout: 10_000, interval: 100 }).toBe(true);
    if (how === "FLUSHALL") {
      const { Redis } = await import("ioredis");
      const direct = new Redis(redis.url);
      await direct.flushall();
      direct.disconnect();
    } else {
      await redis.kill();
      await redis.start();
    }
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      seen.add(await Promise.resolve(store.accept("a", nonce)).then(String, (error) => error.code));
      await new Promise((later) => setTimeout(later, 50));
    }
    expect(seen).not.toContain("true");
    await expect.poll(acceptNew, { timeout: 10_000, interval: 100 }).toBe(true);
  });
});

describe.skipIf(!isInstalled("redis-server") || !isInstalled("haproxy"))("three miners behind HAProxy", () => {
  it("accept each request once, none while Redis is down, and none again when it is back", async () => {
    const redis = await startRedis();
    const miners = [];
    for (let i = 0; i < 3; i++) miners.push(await start({ nonceStore: await open({ url: redis.url }) }));
    const proxy = await startProxy(miners.map(({ port }) => port));
    const doors = [proxy.port, ...miners.map(({ port }) => port), proxy.port];
    await expect.poll(async () => send(proxy.port, await signed()), { timeout: 20_000, interval: 200 }).toBe(200);

    const accepted: Signed[] = [];
    for (let round = 0; round < 20; round++) {
      const requests = await Promise.all(Array.from({ length: 5 }, signed));
      const statuses = await Promise.all(
        requests.map((headers) => Promise.all(doors.map((port) => send(port, headers)))),
      );
      for (const each of statuses) expect(each.sort()).toEqual([200, 401, 401, 401, 401]);
      accepted.push(...requests);
    }

    await redis.kill();
    for (const port of doors) expect(await send(port, await signed())).toBe(503);
    for (const headers of accepted.slice(-5)) expect(await send(proxy.port, headers)).toBe(503);

    await redis.start();
    let honest = 0;
    // Until the last request accepted before has grown too old, each is thrown at every door again and again.
    while (honest !== 200) {
      const replays = accepted.slice(-20).flatMap((headers) => doors.map((port) => send(port, headers)));
      for (const status of await Promise.all(replays)) expect([401, 503]).toContain(status);
      honest = await send(proxy.port, await signed());
    }
    const replays = accepted.slice(-50).flatMap((headers) => doors.map((port) => send(port, headers)));
    for (const status of await Promise.all(replays)) expect([401, 503]).toContain(status);
  });
});
