import { connect, createServer, type Socket } from "node:net";
import { Hono } from "hono";
import { afterEach, expect, test } from "vitest";
import { keypairFromUri } from "../wallet/index.ts";
import { createMinerApp, type RunningServer, serve, signRequest } from "./index.ts";

const servers: RunningServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});
const keep = (server: RunningServer) => {
  servers.push(server);
  return server;
};
const app = () => new Hono().get("/", (c) => c.text("ok"));
const minerApp = () =>
  createMinerApp(
    { self: "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty" },
    { authorize: async () => ({ allowed: true }), answer: () => Promise.reject(new Error("not asked in these tests")) },
  );

/** Sends raw bytes; the text received until the other side ends, or until `enough`. */
function raw(port: number, text: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    sockets.push(socket);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (enough?.test(received)) resolve(received);
    });
    socket.on("close", () => resolve(received));
    socket.on("error", (error) => (received ? resolve(received) : reject(error)));
  });
}
function gate(): { open: () => void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

test("port 0 takes a free port, and the URL leads there", async () => {
  const server = keep(await serve(app(), { port: 0 }));
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect(await (await fetch(server.url)).text()).toBe("ok");
});

test("the global Request and Response stay what they were", async () => {
  const before = [globalThis.Request, globalThis.Response];
  keep(await serve(app(), { port: 0 }));
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});

test("a taken port is an error that names it", async () => {
  const { port } = keep(await serve(app(), { port: 0 }));
  await expect(serve(app(), { port })).rejects.toMatchObject({
    code: "PORT_UNAVAILABLE",
    port,
    shortMessage: `The server cannot listen on port ${port}: it is already in use.`,
  });
  await expect(serve(app(), { port: 0, host: "203.0.113.1" })).rejects.toMatchObject({ code: "PORT_UNAVAILABLE" });
  for (const bad of [-1, 65_536, 1.5, Number.NaN]) {
    await expect(serve(app(), { port: bad })).rejects.toMatchObject({ argument: "port" });
  }
});

test("close ends idle connections at once, lets a busy one finish, and then refuses new ones", async () => {
  const [entered, release] = [gate(), gate()];
  const slow = app().get("/slow", async (c) => {
    entered.open();
    await release.passed;
    return c.text("finished");
  });
  const server = await serve(slow, { port: 0, closeTimeoutMs: 60_000 });
  const idle = raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const busy = raw(server.port, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  await entered.passed;
  const closed = server.close();
  expect(server.close()).toBe(closed);
  expect(await idle).toContain("ok");
  release.open();
  expect(await busy).toContain("finished");
  await closed;
  await expect(fetch(server.url)).rejects.toThrow();
});

test("close does not wait for a connection over which nothing was ever asked", async () => {
  const server = keep(await serve(app(), { port: 0, closeTimeoutMs: 1e9 }));
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  await new Promise((resolve) => socket.on("connect", resolve));
  await (await fetch(server.url)).text();
  await server.close();
});

test("close cuts what does not finish by the deadline", async () => {
  const entered = gate();
  const stuck = app().get("/stuck", () => {
    entered.open();
    return new Promise<Response>(() => undefined);
  });
  const server = await serve(stuck, { port: 0, closeTimeoutMs: 40 });
  const cut = raw(server.port, "GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
  await entered.passed;
  await server.close();
  expect(await cut.catch(() => "")).toBe("");
});

test("an aborted signal closes the server, and prevents one that is not yet open", async () => {
  const controller = new AbortController();
  const server = await serve(app(), { port: 0, signal: controller.signal });
  controller.abort();
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow();
  await expect(serve(app(), { port: 0, signal: controller.signal })).rejects.toThrow(/abort/);
});

test("an IPv6 host is bracketed in the URL", async ({ skip }) => {
  const supported = await new Promise<boolean>((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(0, "::1", () => probe.close(() => resolve(true)));
  });
  if (!supported) skip();
  const server = keep(await serve(app(), { port: 0, host: "::1" }));
  expect(server.url).toBe(`http://[::1]:${server.port}`);
  expect((await fetch(server.url)).status).toBe(200);
});

test.each([
  ["no HTTP at all", "\x00\x01garbage\r\n\r\n", /^HTTP\/1.1 400/],
  ["headers that are too large", `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
  ["no Host", "GET /health HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400/],
  ["a Host that is none", "GET /health HTTP/1.1\r\nHost: a b@c\r\n\r\n", /^HTTP\/1.1 400/],
  ["an absolute target", "GET http://x/health HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 200/],
  ["a backslash in the target", "GET /\\health HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 400/],
  [
    "two lengths",
    "POST /ConversionSynapse HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    /^HTTP\/1.1 400/,
  ],
  [
    "a length and chunks",
    "POST /ConversionSynapse HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    /^HTTP\/1.1 400/,
  ],
  [
    "a huge length and no body",
    "POST /ConversionSynapse HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    /^HTTP\/1.1 413.*BODY_TOO_LARGE/s,
  ],
  [
    "no signature and no body yet",
    "POST /ConversionSynapse HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
    /^HTTP\/1.1 401.*MALFORMED_AUTH/s,
  ],
  ["an unknown method", "BREW /ConversionSynapse HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 400/],
])("%s is answered at once, and the server lives on", async (_, text, expected) => {
  const server = keep(await serve(minerApp(), { port: 0 }));
  expect(await raw(server.port, text, expected)).toMatch(expected);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test("a caller who breaks off in the middle of a body is counted as gone", async () => {
  const reported = new Promise<string>((resolve) => {
    const authorize = async () => ({ allowed: true }) as const;
    const answer = () => Promise.reject(new Error("not asked"));
    const self = keypairFromUri("//Bob").address;
    const app = createMinerApp({ self }, { authorize, answer, onRequest: ({ outcome }) => resolve(outcome) });
    serve(app, { port: 0 }).then(async (server) => {
      keep(server);
      const parts = { method: "POST", target: "/ConversionSynapse", body: new Uint8Array() };
      const headers = await signRequest(parts, { signer: keypairFromUri("//Alice").signer, receiver: self });
      const lines = Object.entries({ Host: "x", "Content-Length": "10", ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
      const socket = connect(server.port, "127.0.0.1");
      socket.write(`POST /ConversionSynapse HTTP/1.1\r\n${lines.join("")}\r\n{"`, () => socket.destroy());
    });
  });
  expect(await reported).toBe("CLIENT_GONE");
});
