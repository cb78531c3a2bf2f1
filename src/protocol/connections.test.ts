import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { afterEach, expect, test } from "vitest";
import { type RunningServer, serve } from "./index.ts";

let server: RunningServer;
let release = () => {};
const sockets: Socket[] = [];
afterEach(async () => {
  release();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** Serves `/` at once, and `/slow` when `release` is called; `entered` counts those who wait there. */
async function start(limits: Partial<Parameters<typeof serve>[1]>): Promise<{ entered: () => Promise<void> }> {
  let enter = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const inside = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const app = new Hono()
    .get("/", (c) => c.text("ok"))
    .get("/slow", async (c) => {
      enter();
      await gate;
      return c.text("finished");
    });
  server = await serve(app, { port: 0, closeTimeoutMs: 50, ...limits });
  return { entered: () => inside };
}

interface Peer {
  readonly closed: Promise<void>;
  /** Asks, and gives what came back; "" when the connection was dropped. */
  ask(path?: string): Promise<string>;
}
async function open(localAddress?: string): Promise<Peer> {
  const socket = connect({ port: server.port, host: "127.0.0.1", ...(localAddress && { localAddress }) });
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise((resolve) => socket.once("connect", resolve));
  const ask = (path = "/") =>
    new Promise<string>((resolve) => {
      socket.once("data", (chunk) => resolve(chunk.toString("latin1")));
      void closed.then(() => resolve(""));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    });
  return { closed, ask };
}
/** Silent connections, opened one after the other. */
async function openMany(count: number): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) peers.push(await open());
  return peers;
}

test("silent connections of one address leave room for those of another, and for newcomers of their own", async () => {
  await start({ maxConnectionsPerAddress: 3, exemptLoopback: false });
  const other = await open("127.0.0.2");
  const [oldest, ...young] = await openMany(4);
  await oldest?.closed;
  for (const peer of [other, ...young]) expect(await peer.ask()).toContain("ok");
});

test("a newcomer of an address whose connections are all busy is dropped, and the busy ones are answered", async () => {
  const { entered } = await start({ maxConnectionsPerAddress: 1, exemptLoopback: false });
  const busy = (await open()).ask("/slow");
  await entered();
  await (await open()).closed;
  expect(await (await open("127.0.0.2")).ask()).toContain("ok");
  release();
  expect(await busy).toContain("finished");
});

test("loopback has no limit of its own unless told", async () => {
  await start({ maxConnectionsPerAddress: 1 });
  for (const peer of await openMany(3)) expect(await peer.ask()).toContain("ok");
});

test("at the limit of all connections the one without a request for longest gives way, whoever it is", async () => {
  const { entered } = await start({ maxConnections: 3 });
  const busy = await open();
  const answer = busy.ask("/slow");
  await entered();
  const [silent, asker] = await openMany(2);
  expect(await asker?.ask()).toContain("ok");
  const newcomer = await open("127.0.0.2");
  await silent?.closed;
  expect(await newcomer.ask()).toContain("ok");
  expect(await asker?.ask()).toContain("ok");
  release();
  expect(await answer).toContain("finished");
});

test("a connection that never asks is closed when the time for headers is over", async () => {
  await start({ headersTimeoutMs: 20 });
  await (await open()).closed;
});
