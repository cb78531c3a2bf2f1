import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createManualClock, systemClock, utf8 } from "../core/index.ts";
import { type Answer, answerToWire, FEATURES, fromVector, type Question } from "../schema.ts";
import { keypairFromUri } from "../wallet/index.ts";
import {
  type AskResult,
  createClient,
  createMinerApp,
  type MinerAppModules,
  type Peer,
  type RunningServer,
  serve,
  signedFetch,
} from "./index.ts";

const signer = keypairFromUri("//Alice").signer;
const hotkey = keypairFromUri("//Bob").address;
const question: Question = {
  sessionId: "q-1",
  features: fromVector(new Float64Array(FEATURES.length).fill(Number.NaN)),
  landmark: null,
  horizonSeconds: 600,
};
const answer: Answer = {
  conversionHappened: 0,
  timeToConversionSeconds: -1,
  confidence: 0.2,
  timeIfConvertedSeconds: null,
};
const wireAnswer = JSON.stringify(answerToWire(answer));

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const newClient = (options: Parameters<typeof createClient>[0] = {}) => {
  const client = createClient(options, { signer });
  cleanups.push(() => client.close());
  return client;
};
async function miner(
  respond: MinerAppModules["answer"] = async () => answer,
): Promise<Peer & { server: RunningServer }> {
  const app = createMinerApp({ self: hotkey }, { authorize: async () => ({ allowed: true }), answer: respond });
  const server = await serve(app, { port: 0, closeTimeoutMs: 50 });
  cleanups.push(() => server.close());
  return { hotkey, host: "127.0.0.1", port: server.port, server };
}
async function listen(server: Server | TcpServer): Promise<Peer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => void server.close());
  const address = server.address();
  return { hotkey, host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
}
const rude = (listener: RequestListener) => {
  const server = createServer(listener);
  cleanups.push(() => server.closeAllConnections());
  return listen(server);
};
const rawPeer = (reply: string | null) =>
  listen(
    createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => (reply === null ? socket.destroy() : socket.end(reply)));
    }),
  );
const json = (status: number, body: string) => (): Promise<Peer> =>
  rude((_, response) => response.writeHead(status, { "content-type": "application/json" }).end(body));

test("a question goes to a miner and its answer comes back, over one connection kept alive", async () => {
  const seen: Question[] = [];
  const peer = await miner(async (asked) => {
    seen.push(asked);
    return answer;
  });
  const client = newClient();
  for (let i = 0; i < 3; i++) {
    const result = await client.ask(peer, question);
    expect(result).toEqual({ ok: true, answer, latencySeconds: expect.any(Number) });
  }
  expect(seen).toEqual([question, question, question]);
});

test("sixty questions to one peer are in flight at once", async () => {
  let inside = 0;
  let release = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  const peer = await miner(async () => {
    inside += 1;
    if (inside === 60) release();
    await all;
    return answer;
  });
  const client = newClient();
  const results = await Promise.all(Array.from({ length: 60 }, () => client.ask(peer, question)));
  expect(results.every(({ ok }) => ok)).toBe(true);
});

test("latency is the client's own, from sending to the last byte; what the answer says of it is ignored", async () => {
  const clock = createManualClock();
  const peer = await rude((_, response) => {
    clock.advance(250);
    response.end(`{"response_time":0.001,"miner_uid":7,${wireAnswer.slice(1)}`);
  });
  const slowSigner = {
    ...signer,
    sign: async (message: Uint8Array) => {
      clock.advance(10_000);
      return signer.sign(message);
    },
  };
  const client = createClient({}, { signer: slowSigner, clock: { ...clock, nowMs: systemClock.nowMs } });
  cleanups.push(() => client.close());
  expect(await client.ask(peer, question)).toEqual({ ok: true, answer, latencySeconds: 0.25 });
});

const failures: [string, () => Promise<Peer>, Partial<AskResult & { message: unknown }>][] = [
  ["nobody listens", async () => ({ hotkey, host: "127.0.0.1", port: 1 }), { reason: "unreachable", status: null }],
  ["the port is none", async () => ({ hotkey, host: "127.0.0.1", port: 70_000 }), { reason: "unreachable" }],
  ["the hotkey is no header", async () => ({ ...(await rawPeer(null)), hotkey: "a\nb" }), { reason: "unreachable" }],
  ["it hangs up", () => rawPeer(null), { reason: "unreachable", status: null }],
  ["it ends without a word", () => rawPeer(""), { reason: "unreachable", status: null }],
  ["it does not speak HTTP", () => rawPeer("SSH-2.0-OpenSSH\r\n"), { reason: "invalid", status: null }],
  [
    "it switches protocols",
    () => rawPeer("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    { reason: "unreachable" },
  ],
  [
    "its headers are too large",
    () => rawPeer(`HTTP/1.1 200 OK\r\nX: ${"a".repeat(9_000)}\r\n\r\n`),
    { reason: "invalid" },
  ],
  [
    "it breaks off",
    () => rawPeer('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"predic'),
    { reason: "unreachable", status: 200 },
  ],
  [
    "it refuses",
    json(403, '{"error":{"code":"FORBIDDEN","message":"not\\u0000 \\u001b[31mregistered"}}'),
    { reason: "refused", status: 403, message: "not [31mregistered" },
  ],
  [
    "it refuses as axons do",
    json(401, '{"message":"Not Verified"}'),
    { reason: "refused", status: 401, message: "Not Verified" },
  ],
  ["it refuses as others do", json(500, '{"error":"broken"}'), { reason: "refused", status: 500, message: "broken" }],
  ["it refuses without words", json(503, "<html>"), { reason: "refused", status: 503, message: "status 503" }],
  ["it refuses with odd JSON", json(400, '{"error":7}'), { reason: "refused", status: 400, message: "status 400" }],
  ["it refuses with no object", json(400, "7"), { reason: "refused", status: 400, message: "status 400" }],
  [
    "it refuses with another message",
    json(400, '{"message":7}'),
    { reason: "refused", status: 400, message: "status 400" },
  ],
  ["its answer is no JSON", json(200, "{"), { reason: "invalid", status: 200, message: "the answer is not JSON" }],
  [
    "its answer is no UTF-8",
    () => rude((_, response) => response.end(Uint8Array.of(34, 255, 34))),
    { reason: "invalid", status: 200 },
  ],
  ["its answer is no answer", json(200, "[]"), { reason: "invalid", status: 200 }],
  [
    "its answer contradicts itself",
    json(200, '{"prediction":{"conversion_happened":1,"time_to_conversion_seconds":-1}}'),
    { reason: "invalid", status: 200, message: expect.stringContaining("prediction.time_to_conversion_seconds") },
  ],
  [
    "its answer is declared too large",
    () => rude((_, response) => response.writeHead(200, { "content-length": 70_000 }).flushHeaders()),
    { reason: "too large", status: 200 },
  ],
  [
    "its answer is too large",
    () => rude((_, response) => void response.write("x".repeat(70_000))),
    { reason: "too large", status: 200 },
  ],
];
test.each(failures)("when %s, that is a value", async (_, start, expected) => {
  const result = await newClient().ask(await start(), question);
  expect(result).toMatchObject({ ok: false, latencySeconds: expect.any(Number), ...expected });
});

test("a redirect is not followed", async () => {
  const paths: (string | undefined)[] = [];
  const peer = await rude((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  expect(await newClient().ask(peer, question)).toMatchObject({ reason: "refused", status: 307 });
  expect(paths).toEqual(["/ConversionSynapse"]);
});

test("silence, and a body that never ends, are timeouts within one deadline", async () => {
  const silent = await rude(() => undefined);
  expect(await newClient({ timeoutMs: 30 }).ask(silent, question)).toMatchObject({ reason: "timeout", status: null });
  const endless = await rude((_, response) => {
    const drip = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(drip));
  });
  expect(await newClient().ask(endless, question, { timeoutMs: 700 })).toMatchObject({
    reason: "timeout",
    status: 200,
  });
});

test("one peer that drips does not delay seven others", async () => {
  const order: string[] = [];
  let othersDone = () => {};
  const others = new Promise<void>((resolve) => {
    othersDone = resolve;
  });
  const dripping = await rude((_, response) => {
    const bytes = [...wireAnswer];
    response.write(bytes.shift());
    // Its last bytes come only when the others are done: had they waited for it, nobody would ever finish.
    others.then(() => response.end(bytes.join("")));
  });
  const peers = await Promise.all(Array.from({ length: 7 }, () => miner()));
  const client = newClient();
  const slow = client.ask(dripping, question).then((result) => {
    order.push("drip");
    return result;
  });
  const fast = await Promise.all(peers.map((peer) => client.ask(peer, question)));
  order.push("others");
  othersDone();
  expect(fast.every(({ ok }) => ok)).toBe(true);
  expect((await slow).ok).toBe(true);
  expect(order).toEqual(["others", "drip"]);
});

test("a signal and a close end what is in flight, and a closed client asks nobody", async () => {
  const silent = await rude(() => undefined);
  const client = newClient();
  const controller = new AbortController();
  const mine = client.ask(silent, question, { signal: controller.signal });
  const other = client.ask(silent, question);
  controller.abort();
  expect(await mine).toMatchObject({ ok: false, reason: "aborted" });
  client.close();
  expect(await other).toMatchObject({ ok: false, reason: "aborted" });
  expect(await client.ask(silent, question)).toMatchObject({ ok: false, reason: "aborted" });
});

/** A client whose latencies are a clock's that we move. */
const timedClient = () => {
  const clock = createManualClock();
  const client = createClient({}, { signer, clock: { ...clock, nowMs: systemClock.nowMs } });
  cleanups.push(() => client.close());
  return { client, clock };
};

test("a kept-alive connection that the peer drops as it is used is replaced once, with a new signature, and both are charged", async () => {
  const { client, clock } = timedClient();
  const nonces: unknown[] = [];
  const peer = await rude((request, response) => {
    nonces.push(request.headers["x-bittensor-nonce"]);
    if (nonces.length > 1) clock.advance(40);
    if (nonces.length === 2) request.socket.destroy();
    else response.end(wireAnswer);
  });
  expect((await client.ask(peer, question)).ok).toBe(true);
  expect(await client.ask(peer, question)).toEqual({ ok: true, answer, latencySeconds: 0.08 });
  expect(new Set(nonces).size).toBe(3);
});

test("a peer that thinks, drops the kept-alive connection and has the answer ready for a retry is not asked again", async () => {
  const { client, clock } = timedClient();
  let requests = 0;
  const peer = await rude((request, response) => {
    requests += 1;
    if (requests !== 2) return response.end(wireAnswer);
    clock.advance(3_000);
    request.socket.destroy();
  });
  expect((await client.ask(peer, question)).ok).toBe(true);
  expect(await client.ask(peer, question)).toMatchObject({ reason: "unreachable", latencySeconds: 3 });
  expect(requests).toBe(2);
});

test("a peer that has begun to answer on a kept-alive connection and drops it is not asked again", async () => {
  let requests = 0;
  const peer = await rude((request, response) => {
    requests += 1;
    if (requests !== 2) return response.end(wireAnswer);
    request.socket.end("HTTP/1.1 200", () => request.socket.destroy());
  });
  const client = timedClient().client;
  expect((await client.ask(peer, question)).ok).toBe(true);
  expect((await client.ask(peer, question)).ok).toBe(false);
  expect(requests).toBe(2);
});

test("what a peer sends over an idle connection is not taken for the answer to the next question", async () => {
  const pushed = JSON.stringify(answerToWire({ ...answer, confidence: 0.99 }));
  const reply = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let connections = 0;
  let push = () => {};
  let dropped: Promise<unknown> = Promise.resolve();
  const peer = await listen(
    createTcpServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write(reply(wireAnswer)));
      push = () => void socket.write(reply(pushed));
      dropped = new Promise((resolve) => socket.on("close", resolve));
    }),
  );
  const client = newClient();
  expect(await client.ask(peer, question)).toMatchObject({ ok: true, answer });
  push();
  await dropped;
  expect(await client.ask(peer, question)).toMatchObject({ ok: true, answer });
  expect(connections).toBe(2);
});

test("hotkeys that announce the address of another bring it no more connections than it takes, and all are answered", async () => {
  const sockets = new Set<unknown>();
  const waiting: (() => void)[] = [];
  const peer = await rude((request, response) => {
    sockets.add(request.socket);
    waiting.push(() => response.end(wireAnswer));
    // Nobody is answered before 64 are there, and everybody afterwards.
    if (sockets.size >= 64) for (const answerOne of waiting.splice(0)) answerOne();
  });
  const client = newClient();
  const hotkeys = ["//Bob", "//Eve", "//Dave"].map((name) => ({ ...peer, hotkey: keypairFromUri(name).address }));
  const asked = Array.from({ length: 32 }, () => hotkeys.map((one) => client.ask(one, question))).flat();
  expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
  expect(sockets.size).toBe(64);
});

test("a connection that was never used before is not tried twice", async () => {
  let requests = 0;
  const peer = await rude((request) => {
    requests += 1;
    request.socket.destroy();
  });
  expect(await newClient().ask(peer, question)).toMatchObject({ reason: "unreachable" });
  expect(requests).toBe(1);
});

test("signedFetch sends a signed request and gives back any status", async () => {
  const { server } = await miner();
  const modules = { signer };
  const health = await signedFetch(`${server.url}/health`, { receiver: hotkey }, modules);
  expect([health.status, health.json()]).toEqual([200, { status: "ok" }]);
  const body = utf8("{}");
  const url = `${server.url}/ConversionSynapse?x=1`;
  const refused = await signedFetch(url, { method: "POST", body, receiver: hotkey }, modules);
  expect([refused.status, refused.headers.get("Content-Type"), refused.headers.get("X-None")]).toEqual([
    400,
    "application/json",
    null,
  ]);
  const unbound = await signedFetch(url, { method: "POST", body, receiver: null }, modules);
  expect(unbound.status).toBe(401);
});

test("signedFetch throws with a reason when no response came, and refuses other schemes", async () => {
  const modules = { signer };
  await expect(signedFetch("http://127.0.0.1:1/x", { receiver: null }, modules)).rejects.toMatchObject({
    code: "REQUEST_FAILED",
    reason: "unreachable",
  });
  await expect(signedFetch("https://127.0.0.1/", { receiver: null }, modules)).rejects.toMatchObject({
    argument: "url",
  });
  const signal = AbortSignal.abort();
  const aborted = signedFetch("http://[::1]/", { receiver: null, signal }, modules);
  await expect(aborted).rejects.toMatchObject({ reason: "aborted" });
});
