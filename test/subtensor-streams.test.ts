import { afterEach, describe, expect, it } from "vitest";
import { ChainDeadError } from "../src/subtensor/rpc/index.ts";
import { createRpcStage } from "./support/rpc-client.ts";
import { noAnswer } from "./support/rpc-server.ts";
import { failure } from "./support/subtensor-client.ts";
import { until } from "./support/until.ts";

const stage = createRpcStage();
const { node, client } = stage;
afterEach(stage.clear);
const heads = { method: "watch", unsubscribe: "unwatch", onEnd: () => undefined } as const;

describe("a subscription", () => {
  it("hears its items, those before its name too, and is ended at the node", async () => {
    const server = await node({
      watch: (call) => {
        call.notify("item", "s1", "early");
        setTimeout(() => call.notify("item", "s1", "later"), 5);
        return "s1";
      },
      unwatch: () => true,
    });
    const rpc = client([server]);
    const items: unknown[] = [];
    const stream = await rpc.subscribe({ ...heads, onLoss: "end", onItem: (item) => items.push(item) });
    await until(() => items.length === 2);
    stream.close();
    await until(() => server.count("unwatch") === 1);
    const unwatch = server.requests.find(({ method }) => method === "unwatch");
    expect([items, unwatch?.params]).toEqual([["early", "later"], ["s1"]]);
  });

  it("is asked for again on the next connection, if it is of that kind", async () => {
    let names = 0;
    const server = await node({
      watch: (call) => {
        const name = `s${++names}`;
        setTimeout(() => call.notify("item", name, name), 5);
        return name;
      },
    });
    const rpc = client([server]);
    const items: unknown[] = [];
    await rpc.subscribe({ ...heads, onLoss: "again", onItem: (item) => items.push(item) });
    await until(() => items.length === 1);
    server.drop();
    await until(() => items.length === 2);
    expect(items).toEqual(["s1", "s2"]);
  });

  it("ends loudly with its connection otherwise; that of a write says that its fate is unknown", async () => {
    const server = await node({ watch: () => "s1", author_submitAndWatchExtrinsic: () => "s2" });
    const rpc = client([server]);
    const ends: unknown[] = [];
    const request = { ...heads, onLoss: "end", onItem: () => undefined, onEnd: (e: unknown) => ends.push(e) } as const;
    await rpc.subscribe(request);
    await rpc.subscribe({ ...request, method: "author_submitAndWatchExtrinsic" });
    server.drop();
    await until(() => ends.length === 2);
    expect(ends).toMatchObject([{ code: "CHAIN_UNREACHABLE" }, { code: "FATE_UNKNOWN" }]);
    expect(rpc.status().subscriptions).toBe(1);
  });

  it("given up before its name came is ended when it comes", async () => {
    let release: (name: string) => void = () => undefined;
    const server = await node({ watch: () => new Promise((resolve) => (release = resolve)), unwatch: () => true });
    const rpc = client([server]);
    await rpc.request("echo", [1]);
    const request = { ...heads, onLoss: "end", onItem: () => undefined } as const;
    await failure(rpc.subscribe(request, { timeoutMs: 20 }));
    release("s1");
    await until(() => server.count("unwatch") === 1);
  });

  it("survives a listener that throws", async () => {
    const server = await node({
      watch: (call) => {
        for (const item of [1, 2]) setTimeout(() => call.notify("item", "s1", item), 5);
        return "s1";
      },
    });
    const items: unknown[] = [];
    const onItem = (item: unknown) => {
      items.push(item);
      throw new Error("the listener's own fault");
    };
    const rpc = client([server]);
    await rpc.subscribe({ ...heads, onLoss: "end", onItem });
    await until(() => items.length === 2);
    expect(rpc.status()).toMatchObject({ state: "connected", lost: 0 });
  });
});

it("tells no secret of an endpoint: not in its status, its errors, or its log", async () => {
  const server = await node({ author_submitAndWatchExtrinsic: () => "s1" });
  const said: unknown[] = [];
  const say = (sentence: string, fields?: object) => void said.push([sentence, fields]);
  const logger = { trace: say, debug: say, info: say, warn: say, error: say };
  const endpoints = [`${server.url.replace("ws://", "ws://me:secret@")}/rpc?key=secret`];
  const rpc = client([], { endpoints, maxAttempts: 1, deadAfterMs: 1_000 }, { logger });
  await rpc.subscribe({
    ...heads,
    method: "author_submitAndWatchExtrinsic",
    onLoss: "end",
    onItem: () => undefined,
    onEnd: (error) => said.push(error),
  });
  server.play.slam = true;
  server.drop();
  said.push(await failure(rpc.request("echo", [1], { timeoutMs: 500 })), await failure(rpc.died), rpc.status());
  const wrong = client([], { endpoints: [endpoints[0] ?? ""], genesisHash: `0x${"00".repeat(32)}` }, { logger });
  server.play.slam = false;
  said.push(await failure(wrong.request("echo", [1])));
  expect(said.length).toBeGreaterThan(5);
  expect(said.map((one) => (one instanceof Error ? one.message : JSON.stringify(one))).join()).not.toContain("secret");
});

describe("the watchdog", () => {
  it("gives up when no connection works, and says why", async () => {
    const server = await node();
    server.play.slam = true;
    const dead: unknown[] = [];
    const rpc = client([server], { deadAfterMs: 60, timeoutMs: 60_000 }, { onDead: (error) => dead.push(error) });
    const error = await failure(rpc.request("echo", [1]));
    expect(error).toBeInstanceOf(ChainDeadError);
    expect(String(error)).toContain("no node has answered for 0 s; last, ws://");
    expect([dead, rpc.status().state]).toEqual([[error], "dead"]);
  });

  it("gives up when a node answers and its chain stands still", async () => {
    const rpc = client([await node()], { deadAfterMs: 1_000 });
    await rpc.request("echo", [1]);
    expect(String(await failure(rpc.died))).toContain("no new block for 1 s, though a node answers");
  });
});

describe("closing", () => {
  it("refuses what waits and what comes, and leaves the node alone", async () => {
    const server = await node({ slow: () => noAnswer, watch: () => "s1" });
    const rpc = client([server]);
    const ends: unknown[] = [];
    await rpc.subscribe({ ...heads, onLoss: "again", onItem: () => undefined, onEnd: (error) => ends.push(error) });
    const waiting = failure(rpc.request("slow"));
    rpc.close();
    expect(await waiting).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    expect(await failure(rpc.request("echo", [1]))).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    await until(() => server.open() === 0);
    expect([ends.length, rpc.status().state, server.opened()]).toEqual([1, "closed", 1]);
  });
});
